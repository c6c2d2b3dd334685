"""The rows of the terminal map: merged bands of both sides from the highest price to the lowest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from liqscape.heatmap.grid import LOG_WIDTH, MAX_LEVEL, level_for_rows

if TYPE_CHECKING:
    from liqscape.service.answers.frame import FrameAnswer


@dataclass(frozen=True, kw_only=True)
class LadderRow:
    """One step of price [price_low, price_high) with the USD at mark on either side."""

    price_low: float
    price_high: float
    long: float
    short: float
    has_mark: bool


@dataclass(frozen=True)
class Ladder:
    """Rows from high to low without a gap, and the USD in bands beyond them."""

    rows: tuple[LadderRow, ...]
    long_beyond: float
    short_beyond: float


def ladder_level(mark: float | None, rows: int, reach_percent: float) -> int:
    """Finest level of the grid at which the reach on both sides of the mark fits in `rows`."""
    if mark is None:
        return MAX_LEVEL
    low, high = _span(mark, reach_percent)
    return level_for_rows(low, high, rows)


def build_ladder(frame: FrameAnswer, reach_percent: float) -> Ladder:
    """Rows of a frame merged to its level; no row where the mark is unknown."""
    if frame.mark is None:
        return Ladder((), 0.0, 0.0)
    width = LOG_WIDTH * (1 << frame.level)
    low, high = (math.floor(math.log(price) / width) for price in _span(frame.mark, reach_percent))
    at_mark = math.floor(math.log(frame.mark) / width)
    cells: dict[tuple[int, int], float] = {}
    beyond = {1: 0.0, -1: 0.0}
    columns = frame.bands
    for band, side, notional in zip(columns.band, columns.side, columns.notional, strict=True):
        amount = notional or 0.0  # the mark is known, so every notional is
        if low <= band <= high:
            cells[band, side] = cells.get((band, side), 0.0) + amount
        else:
            beyond[side] += amount
    rows = tuple(
        LadderRow(
            price_low=math.exp(band * width),
            price_high=math.exp((band + 1) * width),
            long=cells.get((band, 1), 0.0),
            short=cells.get((band, -1), 0.0),
            has_mark=band == at_mark,
        )
        for band in range(high, low - 1, -1)
    )
    return Ladder(rows, beyond[1], beyond[-1])


def _span(mark: float, reach_percent: float) -> tuple[float, float]:
    """As far down as up on the logarithmic grid."""
    factor = 1.0 + reach_percent / 100.0
    return mark / factor, mark * factor
