"""GET /api/v1/coins and /api/v1/coins/{coin}/frame."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from liqscape.service.answers.coins import CoinsAnswer
from liqscape.service.answers.frame import FrameAnswer
from liqscape.service.view import MapView
from liqscape.web.parameters import AtMs, Coin, Level, MapMode
from liqscape.web.problems import PROBLEMS


@get("/coins", sync_to_thread=True, tags=["map"], summary="All coins", responses=PROBLEMS)
def get_coins(view: NamedDependency[MapView]) -> CoinsAnswer:
    """Every coin with its mark, coverage and positions, by notional, largest first."""
    return view.coins()


@get("/coins/{coin:str}/frame", sync_to_thread=True, tags=["coin"], summary="Bands of one instant", responses=PROBLEMS)
def get_frame(
    view: NamedDependency[MapView], coin: Coin, at_ms: AtMs = None, level: Level = 0, mode: MapMode = "solo"
) -> FrameAnswer:
    """Every band of a coin at one instant, the stated rest, and the totals both add up to."""
    return view.frame(coin, at_ms, level, mode)
