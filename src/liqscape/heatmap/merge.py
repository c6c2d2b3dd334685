"""Coarser levels: merging 2^level base bands by summing (docs/heatmap.md, eq. 2)."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.grid import merge_band


def merge_bands(bands: Bands, level: int) -> Bands:
    """Merge bands to a coarser level; `band` is then an index at that level. Level 0 returns them unchanged."""
    if level == 0 or not len(bands):
        return bands
    merged = merge_band(bands.band, level)
    order = np.lexsort((bands.margin_source, bands.side, merged, bands.market_index))
    keys = np.stack([bands.market_index[order], merged[order], bands.side[order], bands.margin_source[order]])
    starts = np.flatnonzero(np.concatenate(([True], np.any(keys[:, 1:] != keys[:, :-1], axis=0))))
    first = order[starts]
    return Bands(
        market_index=bands.market_index[first],
        band=merged[first],
        side=bands.side[first],
        margin_source=bands.margin_source[first],
        size=np.add.reduceat(bands.size[order], starts),
        level_notional=np.add.reduceat(bands.level_notional[order], starts),
        first_order_size=np.add.reduceat(bands.first_order_size[order], starts),
        position_count=np.add.reduceat(bands.position_count[order], starts),
    )
