"""Holders of some markets as the banding kernel takes them (heatmap/coin_bands.py). Import only inside functions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.heatmap.columns import OrderColumns
from liqscape.heatmap.exact_kernels import lots_of
from liqscape.ledger.kernels.by_market import EXEMPT_BIT, LONG_BIT, part_at
from liqscape.risk.kernels.jit import compiled
from liqscape.units import Float64Array, Int64Array, UInt8Array


class ApartSums(NamedTuple):
    """Of positions that are kept apart, by market and side, longs first (K, 2)."""

    size: Float64Array
    position_count: Int64Array


@compiled
def take_holders(
    parts: Int64Array,
    root_of_row: Float64Array,
    layer_of: UInt8Array,
    lots_per_coin: Float64Array,
    into: OrderColumns,
    price: Float64Array,
    apart: ApartSums,
) -> int:
    """Put positions of markets, given by the places of their parts (K, 8), in columns to be banded, with their roots;
    how many.

    root_of_row  by row of the ledger's position table. layer_of: of each code. lots_per_coin (K,).
    into.place stays: they are in order.
    """
    kept = 0
    for market in range(len(parts)):
        into.market_start[market] = kept
        held = part_at(parts[market])
        for row in range(len(held.size)):
            code, amount = held.code[np.uint64(row)], held.size[np.uint64(row)]
            if code >= EXEMPT_BIT:
                side = 0 if code & LONG_BIT else 1
                apart.size[market, side] += abs(amount)
                apart.position_count[market, side] += 1
                continue
            into.lots[np.uint64(kept)] = lots_of(abs(amount), lots_per_coin[market])
            into.layer[np.uint64(kept)] = layer_of[np.uint64(code)]
            price[np.uint64(kept)] = root_of_row[np.uint64(held.row[np.uint64(row)])]
            kept += 1
    into.market_start[len(parts)] = kept
    return kept
