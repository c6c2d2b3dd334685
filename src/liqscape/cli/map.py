"""`liqscape map`: the map of one coin as a ladder of prices in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.output import open_console, print_json
from liqscape.cli.serving import check_bounds

if TYPE_CHECKING:
    from liqscape.service.view import MapView

DEFAULT_ROWS = 36
DEFAULT_REACH_PERCENT = 15.0
MAX_ROWS = 500
MAX_REACH_PERCENT = 500.0
BOUNDS = {"rows": (4, MAX_ROWS), "within-percent": (0.1, MAX_REACH_PERCENT)}
"""Of numbers, by option; `config check` reads them too."""


def draw_map(
    coin: str,
    *,
    recording: Path | None = None,
    data: Path | None = None,
    at: str | None = None,
    rows: int = DEFAULT_ROWS,
    within_percent: float = DEFAULT_REACH_PERCENT,
    json: bool = False,
) -> None:
    """Draw the liquidation map of a coin in the terminal.

    A row is a step of price, highest on top; its bar is what would be liquidated there, in USD at the mark.

    Parameters
    ----------
    coin
        Coin as the exchange spells it, such as BTC.
    recording
        Folder of a recorded market (positions.parquet, markets.parquet).
    data
        Folder of stored history.
    at
        ISO 8601 time (UTC unless it says otherwise) or milliseconds since 1970; the newest by default.
    rows
        Rows of the ladder at most.
    within_percent
        How far from the mark the ladder goes, in percent; what lies beyond is summed.
    json
        Print one JSON document: frame, clusters and asymmetry as the API answers them.
    """
    from liqscape.cli.open_map import open_map

    check_bounds("--rows", rows, *BOUNDS["rows"])
    check_bounds("--within-percent", within_percent, *BOUNDS["within-percent"])
    view, at_ms = open_map(recording, data, at, coin)
    if json:
        print_json(
            {
                "frame": view.frame(coin, at_ms),
                "clusters": view.clusters(coin, at_ms),
                "asymmetry": view.asymmetry(coin, at_ms),
            }
        )
    else:
        _draw(view, coin, at_ms, rows, within_percent)


def _draw(view: MapView, coin: str, at_ms: int | None, rows: int, within_percent: float) -> None:
    from liqscape.cli.ladder import build_ladder, ladder_level
    from liqscape.cli.map_picture import print_map

    mark = view.frame(coin, at_ms).mark
    level = ladder_level(mark, rows, within_percent)
    frame = view.frame(coin, at_ms, level)
    print_map(
        open_console(),
        frame,
        build_ladder(frame, within_percent),
        view.clusters(coin, at_ms, has_holders=False),
        view.asymmetry(coin, at_ms),
    )
