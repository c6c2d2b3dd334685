"""Compiled fundings of many hours (store/history/funding.py). Import inside functions: Numba takes long to load."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.risk.kernels.jit import compiled
from liqscape.units import Float64Array, Int32Array, Int64Array, MarginSource, UInt8Array

TRACKED = int(MarginSource.TRACKED)


class PayingColumns(NamedTuple):
    """Pools (A,) and their positions (P,), pool `a` those of offsets[a]:offsets[a + 1]; size signed coins."""

    offsets: Int64Array
    market_index: Int32Array
    size: Float64Array


class HourColumns(NamedTuple):
    """(H,) hours, their times rising; due (H, M) USD a coin of each market."""

    time_ms: Int64Array
    due: Float64Array


class PaidColumns(NamedTuple):
    """(A,) what payments change of a pool."""

    raw_usd: Float64Array
    margin_source: UInt8Array
    void_ms: Int64Array


@compiled
def pay_hours(
    held: PayingColumns, hours: HourColumns, since_ms: Int64Array, written_ms: Int64Array, paid: PaidColumns
) -> None:
    """Pay the hours from each pool: position by position, hour by hour.

    since_ms (A,): the pool was there then already, hours up to it change nothing. written_ms (A,): what was paid until
    then is in raw_usd. Changes raw_usd, margin source where that is known, and void_ms: the last hour it paid for.
    """
    offsets, market_index, size = held.offsets, held.market_index, held.size
    time_ms, due = hours.time_ms, hours.due
    raw_usd, margin_source, void_ms = paid.raw_usd, paid.margin_source, paid.void_ms
    for pool in range(len(raw_usd)):
        for hour in range(len(time_ms)):
            if time_ms[hour] <= since_ms[pool]:
                continue
            pays, moves = False, time_ms[hour] > written_ms[pool]
            for row in range(offsets[pool], offsets[pool + 1]):
                amount = -size[row] * due[hour, market_index[row]]
                if not np.isnan(amount):
                    pays = True
                    if moves and amount != 0.0:
                        raw_usd[pool] += amount
            if pays:
                void_ms[pool] = max(void_ms[pool], time_ms[hour])
                if moves and not np.isnan(raw_usd[pool]):
                    margin_source[pool] = TRACKED
