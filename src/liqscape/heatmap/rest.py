"""What a frame says of all positions besides its bands: sums by coin, and the stated rest.

For who stores frames by the thousand and solves their bands again when asked: in the order of the accounts, without
sorting anything by coin. The same to the bit as `build.build_bands` and `plan.plan_bands` give.
"""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.bands import REST_REASONS, OutsideReason, OutsideSums
from liqscape.heatmap.columns import RestColumns, WindowColumns
from liqscape.heatmap.grid import EDGE_TABLE_FIRST, LOG_WIDTH, edge_table
from liqscape.heatmap.plan import HoldingTotals, holders_of, new_totals, totals_of
from liqscape.model.accounts import Accounts
from liqscape.units import Float64Array, MarginSource


def sum_positions(
    accounts: Accounts, root: Float64Array, window: WindowColumns, window_bands: int
) -> tuple[OutsideSums, HoldingTotals]:
    """(rest, totals) of all positions. root (P,); window: where each market's begins."""
    from liqscape.heatmap import rest_kernels

    markets = len(window.start)
    rest_size = np.zeros((markets, len(REST_REASONS), 2, len(MarginSource)))
    rest_count = np.zeros((markets, len(REST_REASONS), 2), np.int64)
    exempt_size, exempt_count = np.zeros((markets, 2)), np.zeros((markets, 2), np.int64)
    totals = new_totals(markets)
    rest_kernels.sum_positions(
        holders_of(accounts),
        root,
        _edges(window.start),
        _edges(window.start + window_bands),
        window.lots_per_coin,
        rest=RestColumns(
            rest_size=rest_size, rest_count=rest_count, exempt_size=exempt_size, exempt_count=exempt_count
        ),
        totals=totals,
    )
    outside = OutsideSums.empty(markets)
    for code, reason in enumerate(REST_REASONS):
        for margin_source in range(len(MarginSource)):
            outside.size[:, :, reason] += rest_size[:, code, :, margin_source] / window.lots_per_coin[:, None]
        outside.position_count[:, :, reason] = rest_count[:, code]
    outside.size[:, :, OutsideReason.EXEMPT] = exempt_size
    outside.position_count[:, :, OutsideReason.EXEMPT] = exempt_count
    return outside, totals_of(accounts, totals)


def _edges(band: Float64Array) -> Float64Array:
    """(M,) lower edges of bands, NaN where unknown."""
    edges = edge_table()
    place = np.nan_to_num(band, nan=float(EDGE_TABLE_FIRST)).astype(np.int64) - EDGE_TABLE_FIRST
    listed = edges[np.clip(place, 0, len(edges) - 1)]
    beyond = (place < 0) | (place >= len(edges))
    found: Float64Array = np.where(beyond, np.exp(np.nan_to_num(band) * LOG_WIDTH), listed)
    found[np.isnan(band)] = np.nan
    return found
