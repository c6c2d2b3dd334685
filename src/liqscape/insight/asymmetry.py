"""Long levels below the mark and short levels above it, of one stored minute (docs/heatmap.md, eq. 3)."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.asymmetry import DISTANCES_PERCENT
from liqscape.heatmap.grid import band_edge, band_of_price
from liqscape.insight.minute import Minute
from liqscape.insight.study_rows import AsymmetryRow
from liqscape.units import Side


def asymmetry_rows(now: Minute, market_index: int) -> tuple[AsymmetryRow, ...]:
    """One row a distance of 1, 2, 5 and 10 %, in USD at the mark; None where the mark is unknown.

    Whole base bands, as the map's own asymmetry counts them (heatmap/asymmetry.py): from the band of the limit to the
    one of the mark.
    """
    mark, coin = now.mark(market_index), now.snapshot.markets.coins[market_index]
    usd: list[tuple[float | None, float | None]] = [(None, None)] * len(DISTANCES_PERCENT)
    if mark > 0.0:
        share = np.array(DISTANCES_PERCENT) / 100.0
        centre = int(band_of_price(np.array([mark]))[0])
        low = band_edge(band_of_price(mark * (1.0 - share)))
        high = band_edge(band_of_price(mark * (1.0 + share)) + 1)
        longs = _between(now, market_index, Side.LONG, low, np.full(len(share), band_edge(centre + 1)))
        shorts = _between(now, market_index, Side.SHORT, np.full(len(share), band_edge(centre)), high)
        usd = [(long * mark, short * mark) for long, short in zip(longs, shorts, strict=True)]
    return tuple(
        AsymmetryRow(
            time_ms=now.time_ms,
            coin=coin,
            percent=percent,
            long_usd=long_usd,
            short_usd=short_usd,
            known_at_ms=now.time_ms,
        )
        for percent, (long_usd, short_usd) in zip(DISTANCES_PERCENT, usd, strict=True)
    )


def _between(now: Minute, market_index: int, side: Side, low: np.ndarray, high: np.ndarray) -> list[float]:
    """Coins of levels in [low, high), for each pair."""
    held = now.held(market_index, side)
    upto = np.concatenate(([0.0], np.cumsum(held.size)))
    first, last = np.searchsorted(held.level, low), np.searchsorted(held.level, high)
    coins: list[float] = (upto[last] - upto[first]).tolist()
    return coins
