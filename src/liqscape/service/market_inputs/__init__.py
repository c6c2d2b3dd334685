"""What a cascade starts from, read from wherever a market is known (docs/cascade.md, "Inputs").

    read_recorded(folder, at_ms)     a recorded market at a time
    read_stored(folder, at_ms)       stored history of `serve --data` or `demo --data`
    of_view(view, at_ms)             the map being served: newest state, or an earlier frame
    read_api(url, coin)              the info interface of the exchange or of a sandbox, order books included

Each gives a MarketInput: the CascadeInput, where it is from, how sure it is, and betas for shocks along them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from liqscape.service.market_inputs.from_view import of_view, read_stored
from liqscape.service.market_inputs.market_input import MarketInput

if TYPE_CHECKING:
    from liqscape.service.market_inputs.from_api import read_api
    from liqscape.service.market_inputs.from_recording import read_recorded

__all__ = ["MarketInput", "of_view", "read_api", "read_recorded", "read_stored"]

_LATER = {"read_api": "from_api", "read_recorded": "from_recording"}
"""What brings an HTTP client, or Polars: a server that only answers has to start without either."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
