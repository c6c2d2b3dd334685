"""Liquidation map and max pain in CoinGlass's shape, of the bands of one frame."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.density import CELL_LEVEL
from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.grid import band_edge
from liqscape.heatmap.max_pain import MaxPain, find_max_pain
from liqscape.service.answers.coinglass import CoinglassMap, CoinglassMaxPain, MapLevel
from liqscape.service.answers.in_view import merge_sides
from liqscape.service.answers.parts import known
from liqscape.units import SIDE_WORDS, Side

MAP_NOTES = (
    "levels of all open positions of the newest frame: `range` changes nothing, for nothing is guessed from an age",
    "leverage is null: a level follows from the account's margin, and a band holds accounts of different leverage",
    "the fourth field is the side of the positions; CoinGlass leaves it null",
)
PAIN_NOTES = (
    "levels of all open positions of the newest frame, within 10 % of the mark: `range` changes nothing",
    "long is the fullest cell of longs, below the mark; short that of shorts, above it",
)
DIGITS = 9


def map_of_bands(frame: MarketFrame, market_index: int) -> CoinglassMap:
    """Cells of 0.1 % of price of one coin, margin sources together; USD null where the mark is unknown."""
    held = merge_sides(frame.bands_of(market_index), CELL_LEVEL)
    mark = known(frame.snapshot.mark[market_index])
    found: dict[str, list[MapLevel]] = {}
    for row in np.argsort(held.key ^ 1).tolist():  # by price, longs first
        price = middle_of(int(held.key[row]) >> 1)
        side = Side.LONG if held.key[row] & 1 else Side.SHORT
        usd = None if mark is None else float(held.size[row]) * mark
        found.setdefault(price_text(price), []).append((price, usd, None, SIDE_WORDS[int(side)]))
    return CoinglassMap(data=found)


def pain_of_coins(frame: MarketFrame) -> list[CoinglassMaxPain]:
    """Every coin of a frame, in its order; null where a side has no level within reach, or the mark is unknown.

    Delisted coins only where a position is still held.
    """
    rows = []
    for index, market in enumerate(frame.snapshot.markets.rows):
        if market.is_delisted and not frame.position_count[index].any():
            continue
        mark = known(frame.snapshot.mark[index])
        bands = frame.bands_of(index)
        long, short = (None if mark is None else find_max_pain(bands, mark, side) for side in (Side.LONG, Side.SHORT))
        rows.append(
            CoinglassMaxPain(
                symbol=market.coin,
                price=mark,
                long_max_pain_liq_level=None if long is None else long.notional,
                long_max_pain_liq_price=_price_of(long),
                short_max_pain_liq_level=None if short is None else short.notional,
                short_max_pain_liq_price=_price_of(short),
            )
        )
    return rows


def middle_of(cell: int) -> float:
    """Geometric middle of a cell of 0.1 %, USD."""
    low, high = (float(edge) for edge in band_edge(np.array([cell, cell + 1], np.int32), CELL_LEVEL))
    return float((low * high) ** 0.5)


def price_text(price: float) -> str:
    """A price as the name of a field: digits and a point, no exponent."""
    return np.format_float_positional(price, precision=DIGITS, unique=True, fractional=False, trim="-")


def _price_of(found: MaxPain | None) -> float | None:
    return None if found is None else float((found.price_low * found.price_high) ** 0.5)
