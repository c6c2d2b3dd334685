"""Rows of one coin that another frame has otherwise (service/answers/changes.py). Import only inside functions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Float64Array, Int8Array, Int32Array, UInt8Array


class ChangeColumns(NamedTuple):
    """As Bands has them (heatmap/bands.py), without the market: of one coin, rising by (band, side, margin source)."""

    band: Int32Array
    side: Int8Array
    margin_source: UInt8Array
    size: Float64Array
    level_notional: Float64Array
    first_order_size: Float64Array
    position_count: Int32Array


@compiled
def find_changed(before: ChangeColumns, after: ChangeColumns, into: ChangeColumns) -> int:
    """Rows of `after` that are new or hold another size, first order or count, then those that went, at 0; how many.

    into  room for all rows of both. Both are walked once, side by side.
    """
    gone = np.empty(len(before.band), np.int64)
    old, gone_count, count = 0, 0, 0
    for row in range(len(after.band)):
        band, side, source = after.band[row], after.side[row], after.margin_source[row]
        key = _key(band, side, source)
        while old < len(before.band) and _key(before.band[old], before.side[old], before.margin_source[old]) < key:
            gone[gone_count] = old
            gone_count += 1
            old += 1
        size, first, positions = after.size[row], after.first_order_size[row], after.position_count[row]
        if old < len(before.band) and _key(before.band[old], before.side[old], before.margin_source[old]) == key:
            is_same = (
                before.size[old] == size
                and before.first_order_size[old] == first
                and before.position_count[old] == positions
            )
            old += 1
            if is_same:
                continue
        into.band[count], into.side[count], into.margin_source[count] = band, side, source
        into.size[count], into.first_order_size[count], into.position_count[count] = size, first, positions
        into.level_notional[count] = after.level_notional[row]
        count += 1
    while old < len(before.band):
        gone[gone_count] = old
        gone_count += 1
        old += 1
    for number in range(gone_count):
        old = gone[number]
        into.band[count], into.side[count] = before.band[old], before.side[old]
        into.margin_source[count] = before.margin_source[old]
        into.size[count], into.level_notional[count], into.first_order_size[count] = 0.0, 0.0, 0.0
        into.position_count[count] = 0
        count += 1
    return count


@inlined
def _key(band: int, side: int, source: int) -> int:
    """As Bands.row_key."""
    return int((np.int64(band) << 4) | (8 if side > 0 else 0) | np.int64(source))
