"""Forced closing, once a step: market orders first, the backstop below two thirds of maintenance.

Simplified from the venue's stages (docs/generated-market.md says how): a pool below maintenance at the new
marks sends orders, its position with the largest maintenance first, 20 % of a position above 100k USD and the
whole of a smaller one; if the pool is still below maintenance at the same marks, the next order for that
position is for all the rest. A pool already below 2/3 of maintenance is taken over by the second vault.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.risk.ladder import PARTIAL_SHARE, PARTIAL_THRESHOLD_USD
from liqscape.risk.stages import BACKSTOP_SHARE
from liqscape.sources.generated.holdings import Holdings, Margins
from liqscape.sources.generated.population import VAULTS
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, PoolMode

SLIPPAGE = 0.0005
"""A forced order fills this much behind the mark."""


@dataclass(frozen=True)
class Liquidated:
    """n forced closings of one step, in the order they happened.

    address_row  (n,) row of the market's addresses.
    market_index (n,)
    size         (n,) coins closed, signed as the position was.
    price        (n,) USD, the mark.
    is_backstop  (n,) taken over by the vault rather than sold on the book.
    """

    address_row: Int32Array
    market_index: Int32Array
    size: Float64Array
    price: Float64Array
    is_backstop: BoolArray

    def __len__(self) -> int:
        return len(self.size)

    @classmethod
    def none(cls) -> Liquidated:
        return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0), np.empty(0), np.empty(0, np.bool_))


def liquidate(holdings: Holdings, margins: Margins, marks: Float64Array) -> Liquidated:
    """Close what the marks liquidate. Exempt vaults never are."""
    is_below = margins.account_value < margins.maintenance
    is_below[:VAULTS] = False
    below = np.flatnonzero(is_below)
    if not len(below):
        return Liquidated.none()
    is_sunk = margins.account_value[below] < BACKSTOP_SHARE * margins.maintenance[below]
    parts = []
    if is_sunk.any():
        parts.append(_take_over(holdings, below[is_sunk], marks))
    pools = below[~is_sunk]
    if len(pools):
        parts.extend(_send_orders(holdings, pools, marks))
        _settle_rest(holdings, pools)
    return Liquidated(*(np.concatenate([getattr(part, name) for part in parts]) for name in _FIELDS))


_FIELDS = ("address_row", "market_index", "size", "price", "is_backstop")


def _take_over(holdings: Holdings, pools: Int64Array, marks: Float64Array) -> Liquidated:
    slots = _held_slots(holdings, pools)
    taken = _record(holdings, slots, holdings.size[slots], marks, is_backstop=True)
    holdings.hand_over(pools, slots, marks)
    return taken


def _send_orders(holdings: Holdings, pools: Int64Array, marks: Float64Array) -> list[Liquidated]:
    population = holdings.population
    slots = _held_slots(holdings, pools)
    pool_of = np.searchsorted(pools, population.slot_pool[slots])
    slot_marks = marks[population.slot_market[slots]]
    is_sliced = np.zeros(len(slots), np.bool_)
    orders: list[Liquidated] = []
    while True:
        exposure = holdings.size[slots] * slot_marks
        notional = np.abs(exposure)
        maintenance = holdings.maintenance_of(notional, slots)
        value = holdings.cash[pools] + np.bincount(pool_of, exposure, len(pools))
        is_short = value < np.bincount(pool_of, maintenance, len(pools))
        candidates = np.flatnonzero(is_short[pool_of] & (notional > 0.0))
        if not len(candidates):
            return orders
        # Last of each pool in the order of maintenance: its largest.
        order = candidates[np.lexsort((maintenance[candidates], pool_of[candidates]))]
        is_last = np.append(pool_of[order[1:]] != pool_of[order[:-1]], True)
        chosen = order[is_last]
        is_partial = (notional[chosen] > PARTIAL_THRESHOLD_USD) & ~is_sliced[chosen]
        is_sliced[chosen] = True
        held = holdings.lots[slots[chosen]]
        slice_lots = np.sign(held) * np.ceil(PARTIAL_SHARE * np.abs(held)).astype(np.int64)
        left = np.where(is_partial, held - slice_lots, 0)
        before = holdings.size[slots[chosen]]
        fill = slot_marks[chosen] * (1.0 - SLIPPAGE * np.sign(held))
        holdings.trade(slots[chosen], left, fill)
        orders.append(_record(holdings, slots[chosen], before - holdings.size[slots[chosen]], marks, is_backstop=False))


def _settle_rest(holdings: Holdings, pools: Int64Array) -> None:
    """A pool left without positions keeps no debt (the second vault bears it), an isolated one keeps no cash."""
    population = holdings.population
    held = _held_slots(holdings, pools)
    is_empty = np.bincount(np.searchsorted(pools, population.slot_pool[held]), minlength=len(pools)) == 0
    empty = pools[is_empty]
    left = holdings.cash[empty]
    holdings.cash[1] += float(np.minimum(left, 0.0).sum())
    is_pocket = population.pool_mode[empty] == PoolMode.ISOLATED
    holdings.cash[empty] = np.where(is_pocket, 0.0, np.maximum(left, 0.0))


def _held_slots(holdings: Holdings, pools: Int64Array) -> Int64Array:
    """Slots with a position of the given (sorted) pools."""
    slots = rows_of_runs(holdings.population.pool_slot, pools)
    held: Int64Array = slots[holdings.lots[slots] != 0]
    return held


def rows_of_runs(offsets: Int64Array, runs: Int64Array) -> Int64Array:
    """All rows offsets[r] : offsets[r + 1] of the given runs, one after the other."""
    starts = offsets[runs]
    lengths = offsets[runs + 1] - starts
    before = np.cumsum(lengths) - lengths
    rows: Int64Array = np.arange(int(lengths.sum()), dtype=np.int64) + np.repeat(starts - before, lengths)
    return rows


def _record(
    holdings: Holdings, slots: Int64Array, size: Float64Array, marks: Float64Array, *, is_backstop: bool
) -> Liquidated:
    population = holdings.population
    market = population.slot_market[slots]
    return Liquidated(
        population.pool_address[population.slot_pool[slots]],
        market,
        size,
        marks[market],
        np.full(len(slots), is_backstop),
    )
