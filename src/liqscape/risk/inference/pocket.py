"""Is a row an isolated pocket? Three tests on its own numbers (docs/accuracy.md, "Isolated rows").

The pocket's cash leg raw_usd follows from the row's own price (free_margin.py, eq. 2). A pocket opened at entry price
e with leverage L holds raw_usd = -s e + |s| e / L; funding and margin added or taken move it by `extra`.
"""

from __future__ import annotations

import numpy as np

from liqscape.units import BoolArray, Float64Array

OPENING_TOLERANCE = 0.05
"""Test 1: |extra| within 5 % of the opening margin. Met by chance by 0.04 % of the recorded shared rows."""

MAX_EXTRA = 20.0
"""Test 3 (only against a consensus of the account, or where its prices show that there is none): margin added, in
opening margins, at most this. Downwards nothing but solvency binds: profit may be taken out of a pocket that moved in
its favour."""

FUNDING_ALLOWANCE = 3e-3
"""Test 2: change of raw_usd between two snapshots that funding may cause, as a share of notional."""


def opening_extra(
    size: Float64Array, entry_price: Float64Array, leverage: Float64Array, raw_usd: Float64Array
) -> Float64Array:
    """(raw_usd - raw_usd at opening) / opening margin; NaN where entry price or leverage is unknown."""
    opening_margin = np.abs(size) * entry_price / leverage
    with np.errstate(divide="ignore", invalid="ignore"):
        return (raw_usd + size * entry_price - opening_margin) / opening_margin


def looks_opened(extra: Float64Array, free_margin: Float64Array) -> BoolArray:
    """Test 1: the pocket is solvent and holds what its entry price and leverage say it was opened with."""
    with np.errstate(invalid="ignore"):
        looks: BoolArray = (np.abs(extra) <= OPENING_TOLERANCE) & (free_margin > 0.0)
    return looks


def is_plausible(extra: Float64Array, free_margin: Float64Array) -> BoolArray:
    """Test 3: solvent, and no more margin added than MAX_EXTRA."""
    with np.errstate(invalid="ignore"):
        plausible: BoolArray = (extra <= MAX_EXTRA) & (free_margin > 0.0)
    return plausible
