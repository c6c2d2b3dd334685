"""What may be asked: bounds of every argument of a question, and the errors that name the one that is off.

The checks need no data but the list of markets, so a bad question costs nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from liqscape.errors import ModelError, NotFound, QuestionError
from liqscape.heatmap.grid import MAX_LEVEL
from liqscape.model.markets import Markets
from liqscape.risk.liquidation import HIGHEST_PRICE

MAX_COLUMNS = 4_000
MAX_ROWS = 2_000
MAX_HISTORY_COLUMNS = 1_000
"""Of one account through time: some milliseconds of a core each."""
MAX_CELLS = 4_000_000
"""A 4k screen has half as many pixels in its chart; beyond it lies only memory."""
LAST_TIME_MS = 4_102_444_800_000
"""2100-01-01: later is a mistake in the unit."""
BAND_LIMIT = 160_000
"""Base bands away from 1 USD: 1e35 and 1e-35 USD, beyond any price."""
LOWEST_PRICE = 1e-12
MAX_WITHIN_PERCENT = 1_000.0
"""Beyond the map's own reach, a factor of 7.75 from the mark."""


@dataclass(frozen=True)
class BandChoice:
    """One band of the grid at a level."""

    band: int
    level: int


@dataclass(frozen=True)
class PriceChoice:
    """Liquidation prices in [low, high), USD."""

    low: float
    high: float


@dataclass(frozen=True)
class WithinChoice:
    """Levels at most so far from the mark, in percent of it: abs(distance_percent) <= percent."""

    percent: float


Choice = BandChoice | PriceChoice | WithinChoice


def market_row(markets: Markets, coin: str) -> int:
    """Row of a coin. Raises NotFound, with a hint at the spelling."""
    try:
        return markets.index_of(coin)
    except ModelError as error:
        raise NotFound(str(error), coin=coin) from None


def checked_time(at_ms: int | None) -> int | None:
    """The time itself, None for now. Raises QuestionError outside 1970 to 2100."""
    if at_ms is not None:
        _check_time("at_ms", at_ms)
    return at_ms


def check_range(start_ms: int, end_ms: int) -> None:
    """Raises QuestionError unless [start, end) is a range of times in 1970 to 2100."""
    _check_time("start_ms", start_ms)
    _check_time("end_ms", end_ms)
    if not start_ms < end_ms:
        raise QuestionError(f"start_ms {start_ms} is not before end_ms {end_ms}")


def check_level(level: int) -> None:
    """Raises QuestionError unless it is a level of the price grid."""
    if not 0 <= level <= MAX_LEVEL:
        raise QuestionError(f"level {level} is outside 0..{MAX_LEVEL}")


def check_mode(mode: str) -> None:
    """Raises QuestionError unless it is a mode of the map."""
    if mode not in ("solo", "joint"):
        raise QuestionError(f"mode {mode!r} is neither 'solo' nor 'joint'")


def check_side(side: int | None) -> None:
    """Raises QuestionError unless it is 1 (long), -1 (short) or None (both)."""
    if side not in (None, 1, -1):
        raise QuestionError(f"side {side} is neither 1 (long) nor -1 (short)")


def check_prices(*named: tuple[str, float | None]) -> None:
    """Raises QuestionError, naming it, for a price that no coin can have; None is not asked about."""
    for name, price in named:
        if price is not None and not (math.isfinite(price) and LOWEST_PRICE <= price <= HIGHEST_PRICE):
            raise QuestionError(f"{name} {price} is outside 1e-12..1e15")


def check_width(width: int, most: int = MAX_COLUMNS) -> None:
    """Raises QuestionError unless so many columns may be asked for."""
    if not 1 <= width <= most:
        raise QuestionError(f"width {width} is outside 1..{most}")


def check_picture(width: int, height: int, value: str) -> None:
    """Raises QuestionError for a heatmap of too many cells or of another value than "mark" and "level"."""
    check_width(width)
    if not 1 <= height <= MAX_ROWS:
        raise QuestionError(f"height {height} is outside 1..{MAX_ROWS}")
    if width * height > MAX_CELLS:
        raise QuestionError(f"width {width} times height {height} is more than {MAX_CELLS} cells")
    if value not in ("mark", "level"):
        raise QuestionError(f"value {value!r} is neither 'mark' nor 'level'")


def check_within(percent: float) -> None:
    """Raises QuestionError unless levels may be asked for so far from the mark."""
    if not 0.0 < percent <= MAX_WITHIN_PERCENT:
        raise QuestionError(f"within_percent {percent:g} is outside 0..{MAX_WITHIN_PERCENT:g}")


def choose_positions(
    band: int | None, level: int, low: float | None, high: float | None, within_percent: float | None = None
) -> Choice:
    """A band at a level, prices in [low, high), or levels near the mark. Raises QuestionError for anything else."""
    if within_percent is not None:
        if band is not None or low is not None or high is not None:
            raise QuestionError("within_percent excludes band, price_low and price_high")
        check_within(within_percent)
        return WithinChoice(float(within_percent))
    if band is not None and low is None and high is None:
        check_level(level)
        limit = BAND_LIMIT >> level
        if not -limit <= band <= limit:
            raise QuestionError(f"band {band} is outside -{limit}..{limit} at level {level}")
        return BandChoice(band, level)
    if band is None and low is not None and high is not None:
        check_prices(("price_low", low), ("price_high", high))
        if not low < high:
            raise QuestionError(f"price_low {low} is not below price_high {high}")
        return PriceChoice(low, high)
    raise QuestionError("give either band (and level), price_low and price_high, or within_percent")


def _check_time(name: str, time_ms: int) -> None:
    if not 0 <= time_ms <= LAST_TIME_MS:
        raise QuestionError(f"{name} {time_ms} is outside 0..{LAST_TIME_MS}")
