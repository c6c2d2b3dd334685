"""What if price gets there: liquidations, book, backstop and ADL from one snapshot on (docs/cascade.md). Pure.

Not loaded by the rest: the runs compile kernels on first use, so everything heavy is imported when called.
"""

from __future__ import annotations

from liqscape.cascade.ensemble import run_ensemble
from liqscape.cascade.question import (
    BookSource,
    CascadeInput,
    CascadeSettings,
    DepthSettings,
    Mode,
    OutsideSettings,
    RealBook,
)
from liqscape.cascade.results import CascadeResult, EnsembleResult, PartialRows
from liqscape.cascade.run import run_cascade
from liqscape.cascade.shocks import Shape, Shock, along_betas, october_2025, of_vector, to_price

__all__ = [
    "BookSource",
    "CascadeInput",
    "CascadeResult",
    "CascadeSettings",
    "DepthSettings",
    "EnsembleResult",
    "Mode",
    "OutsideSettings",
    "PartialRows",
    "RealBook",
    "Shape",
    "Shock",
    "along_betas",
    "october_2025",
    "of_vector",
    "run_cascade",
    "run_ensemble",
    "to_price",
]
