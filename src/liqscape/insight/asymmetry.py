"""Long levels below the mark and short levels above it, of one stored minute (docs/heatmap.md, eq. 3)."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.asymmetry import DISTANCES_PERCENT
from liqscape.heatmap.grid import band_edge, band_of_price
from liqscape.insight.minute import Minute
from liqscape.insight.study_rows import StudiedAsymmetry
from liqscape.units import Float64Array, Side

SHARE = np.array(DISTANCES_PERCENT) / 100.0
FACTOR = np.concatenate((1.0 - SHARE, [1.0], 1.0 + SHARE))
COUNT = len(SHARE)


def asymmetry_rows(now: Minute, market_index: int) -> tuple[StudiedAsymmetry, ...]:
    """One row a distance of 1, 2, 5 and 10 %, in USD at the mark; None where the mark is unknown.

    Whole base bands, as the map's own asymmetry counts them (heatmap/asymmetry.py): from the band of the limit to the
    one of the mark.
    """
    mark, coin, time_ms = now.mark(market_index), now.snapshot.markets.coins[market_index], now.time_ms
    long_usd: list[float | None] = [None] * COUNT
    short_usd: list[float | None] = [None] * COUNT
    if mark > 0.0:
        band = band_of_price(mark * FACTOR)
        edge = band_edge(np.concatenate((band, band + 1)))  # lower edges, then upper ones
        lower, upper = edge[: len(band)], edge[len(band) :]
        longs = _coins_below(now, market_index, Side.LONG, np.append(lower[:COUNT], upper[COUNT]))
        shorts = _coins_below(now, market_index, Side.SHORT, np.append(upper[COUNT + 1 :], lower[COUNT]))
        long_usd = ((longs[-1] - longs[:-1]) * mark).tolist()
        short_usd = ((shorts[:-1] - shorts[-1]) * mark).tolist()
    return tuple(
        StudiedAsymmetry(
            time_ms=time_ms, coin=coin, percent=percent, long_usd=long, short_usd=short, known_at_ms=time_ms
        )
        for percent, long, short in zip(DISTANCES_PERCENT, long_usd, short_usd, strict=True)
    )


def _coins_below(now: Minute, market_index: int, side: Side, price: Float64Array) -> Float64Array:
    """Coins of the levels below each price."""
    held = now.held(market_index, side)
    upto = np.zeros(len(held.size) + 1)
    held.size.cumsum(out=upto[1:])
    below: Float64Array = upto[held.level.searchsorted(price)]
    return below
