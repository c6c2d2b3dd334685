"""Divide the change of spans by reason (docs/clusters.md, eq. 2 to 4), position by position.

Theory of operation. A position's part in the change of a span is size_now * in_now - size_before * in_before. What
took size away did so where the level was before, what brought size where it is now, and what stayed throughout moved
with the level. Of that last part, whether level or span moved is told from where either would be without the other;
why the level moved, from the level at each of a row of states that lead from the pool before to the pool now,
changing one thing at a time. Only pools of positions that crossed an edge are solved, with the map's own root.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.insight.records import ChangeReason
from liqscape.risk.columns import TierColumns
from liqscape.risk.kernels.jit import compiled, inlined, merged
from liqscape.risk.kernels.levels import position_root
from liqscape.units import BoolArray, Float64Array, Int8Array, Int32Array, Int64Array

NO_ROW = -1
STATES = 8
"""Before; marks; tiers; tables; funding; trades; liquidations; now."""
REASONS = len(ChangeReason)


class LegColumns(NamedTuple):
    """(L,) positions of either minute: first those of before in their order, then the new ones by shared pool.

    lots, lots_now     signed, 0 where not held.
    noted              (5, L) lots moved by own trades, then by each kind of force.
    level, level_now   USD, NaN where it has none.
    table, table_now   rows of the tiers of both minutes.
    rest               reason of the lots that no note tells.
    override           reason of a level that came or went because of what is known of it; NO_ROW: none.
    is_switched        it went from one margin mode to the other.
    size, size_traded, size_forced   coins before, after own trades, after force too.
    usd                (3, L) cash of trades, liquidations, funding.
    is_quiet           its size stayed and nothing was noted of it; is_explained: what was noted is all that moved it.
    """

    market: Int32Array
    lots: Int64Array
    lots_now: Int64Array
    noted: Int64Array
    level: Float64Array
    level_now: Float64Array
    table: Int64Array
    table_now: Int64Array
    rest: Int8Array
    override: Int8Array
    is_switched: BoolArray
    size: Float64Array
    size_traded: Float64Array
    size_forced: Float64Array
    usd: Float64Array
    is_quiet: BoolArray
    is_explained: BoolArray


class CoinLegs(NamedTuple):
    """(K,) legs of one coin side by side, so that going over them reads memory in order.

    row of the leg; held, held_now signed lots; is_quiet: its size stayed and nothing was noted of it.
    """

    row: Int64Array
    held: Int64Array
    held_now: Int64Array
    level: Float64Array
    level_now: Float64Array
    is_quiet: BoolArray

    def of_rows(self, first: int, last: int) -> CoinLegs:
        """Some of them."""
        return CoinLegs(
            row=self.row[first:last],
            held=self.held[first:last],
            held_now=self.held_now[first:last],
            level=self.level[first:last],
            level_now=self.level_now[first:last],
            is_quiet=self.is_quiet[first:last],
        )


class PoolsBefore(NamedTuple):
    """(A0,) pools of before. last: reason of what is left when all that was noted is taken in.

    offsets (A0 + 1,) of their positions; new_offsets (A0 + 1,) of the new legs opened in them.
    """

    raw_usd: Float64Array
    offsets: Int64Array
    new_offsets: Int64Array
    of_leg: Int64Array
    last: Int8Array


@compiled
def divide_changes(
    legs: LegColumns,
    pools: PoolsBefore,
    tiers: TierColumns,
    marks: Float64Array,
    coin: CoinLegs,
    side: int,
    spans: Float64Array,
    lots: Int64Array,
    count: Int64Array,
) -> None:
    """Add to lots and count (S, REASONS) what each leg of a coin had to do with each span.

    marks (2, M) of both minutes; spans (S, 4) low and high of before, low and high of now, low >= high where none was.
    """
    part = np.zeros(REASONS, np.int64)
    moves = np.zeros((6, 2), np.int64)
    state_level = np.empty(STATES)
    row, held, held_now, is_quiet = coin.row, coin.held, coin.held_now, coin.is_quiet
    level, level_now = coin.level, coin.level_now
    for place in range(len(row)):
        before, now = max(0, side * held[place]), max(0, side * held_now[place])
        if before == 0 and now == 0:
            continue
        leg = row[place]
        is_divided = is_solved = False
        price, price_now = level[place], level_now[place]
        for span in range(len(spans)):
            low, high, low_now, high_now = spans[span, 0], spans[span, 1], spans[span, 2], spans[span, 3]
            was_in = before > 0 and low <= price < high
            is_in = now > 0 and low_now <= price_now < high_now
            if (not was_in and not is_in) or (was_in and is_in and is_quiet[place]):
                continue
            if not is_divided:
                _divide_size(legs, leg, side, moves)
                is_divided = True
            part[:] = 0
            staying = _place_size(moves, before, was_in, is_in, part)
            if staying > 0 and was_in != is_in:
                came = staying if is_in else -staying
                if is_in and low_now <= price < high_now:
                    is_both = low <= price_now < high
                    part[ChangeReason.INTERACTION if is_both else ChangeReason.SPAN_MOVED] += came
                elif was_in and low <= price_now < high:
                    is_both = low_now <= price < high_now
                    part[ChangeReason.INTERACTION if is_both else ChangeReason.SPAN_MOVED] += came
                elif legs.override[leg] != NO_ROW:
                    part[legs.override[leg]] += came
                else:
                    if not is_solved:
                        _solve_states(legs, pools, tiers, marks, leg, side, state_level)
                        is_solved = True
                    edge, far_edge = (low_now, high_now) if is_in else (low, high)
                    _place_level(legs, pools, leg, state_level, edge, far_edge, staying, part)
            for reason in range(REASONS):
                if part[reason] != 0:
                    lots[span, reason] += part[reason]
                    count[span, reason] += 1


@merged
def _divide_size(legs: LegColumns, leg: int, side: int, moves: Int64Array) -> None:
    """moves (6, 2): reason and lots on this side of trades, each kind of force, and what nobody told.

    Force only closes, so it went before trades where it could have, else after them.
    """
    forced = 0
    for kind in range(1, 5):
        forced += legs.noted[kind, leg]
    held = legs.lots[leg]
    is_forced_first = held * forced < 0 and abs(forced) <= abs(held)
    for place in range(6):
        if place == 5:
            step, reason = legs.lots_now[leg] - held, np.int64(legs.rest[leg])
        elif place == (4 if is_forced_first else 0):
            step = legs.noted[0, leg]
            reason = _trade_reason(side * held, side * (held + step))
        else:
            kind = place + 1 if is_forced_first else place
            step, reason = legs.noted[kind, leg], np.int64(ChangeReason.LIQUIDATED_BOOK + kind - 1)
        moves[place, 0] = reason
        moves[place, 1] = max(0, side * (held + step)) - max(0, side * held)
        held += step


@inlined
def _trade_reason(held: int, after: int) -> int:
    """What an own trade did to a side; sizes > 0 are of it."""
    if after > held:
        if held == 0:
            return np.int64(ChangeReason.OPENED)
        return np.int64(ChangeReason.FLIPPED if held < 0 else ChangeReason.ADDED)
    if after == 0:
        return np.int64(ChangeReason.CLOSED)
    return np.int64(ChangeReason.FLIPPED if after < 0 else ChangeReason.REDUCED)


@inlined
def _place_size(moves: Int64Array, before: int, was_in: bool, is_in: bool, part: Int64Array) -> int:
    """Count what went where the level was, what came where it is; returns what was there all the time."""
    staying = before
    for place in range(6):
        reason, step = moves[place, 0], moves[place, 1]
        if step < 0:
            gone = min(-step, staying)
            staying -= gone
            part[reason] -= gone * was_in + (-step - gone) * is_in
        elif step > 0:
            part[reason] += step * is_in
    return staying


@merged
def _place_level(
    legs: LegColumns,
    pools: PoolsBefore,
    leg: int,
    level: Float64Array,
    low: float,
    high: float,
    staying: int,
    part: Int64Array,
) -> None:
    """Each crossing of the span's edge on the way is that step's."""
    was_in = low <= level[0] < high
    for state in range(1, STATES):
        is_in = low <= level[state] < high
        if is_in != was_in:
            if state == 1:
                reason = np.int64(ChangeReason.MOVED_BY_MARKS)
            elif state == 2:
                reason = np.int64(ChangeReason.MOVED_BY_TIER)
            elif state == 3:
                reason = np.int64(ChangeReason.RULE_CHANGED)
            elif state == 4:
                reason = np.int64(ChangeReason.MOVED_BY_FUNDING)
            elif state == 5:
                reason = np.int64(ChangeReason.MOVED_BY_TRADES)
            elif state == 6:
                reason = np.int64(ChangeReason.MOVED_BY_LIQUIDATION)
            elif legs.is_switched[leg]:
                reason = np.int64(ChangeReason.MOVED_BY_MARGIN)
            else:
                reason = np.int64(pools.last[pools.of_leg[leg]])
            part[reason] += staying if is_in else -staying
        was_in = is_in


@merged
def _solve_states(
    legs: LegColumns,
    pools: PoolsBefore,
    tiers: TierColumns,
    marks: Float64Array,
    leg: int,
    side: int,
    level: Float64Array,
) -> None:
    """level (STATES,) of one leg: eq. 2 of docs/liquidation.md on the pool of before, moved on one thing at a time."""
    pool = pools.of_leg[leg]
    first, last = pools.offsets[pool], pools.offsets[pool + 1]
    first_new, last_new = pools.new_offsets[pool], pools.new_offsets[pool + 1]
    count = last - first
    level[0], level[STATES - 1] = legs.level[leg], legs.level_now[leg]
    for state in range(1, STATES - 1):
        total, own, held = pools.raw_usd[pool], 0.0, 0
        for place in range(count + last_new - first_new):
            other = first + place if place < count else first_new + place - count
            if state >= 4:
                total += legs.usd[2, other]
            if state >= 5:
                total += legs.usd[0, other]
            if state >= 6:
                total += legs.usd[1, other]
        raw_usd = total
        for place in range(count + last_new - first_new):
            other = first + place if place < count else first_new + place - count
            size = _size_at(legs, other, state)
            if size == 0.0:
                continue
            held += 1
            table = legs.table[other] if state < 3 else legs.table_now[other]
            exposure = size * marks[1, legs.market[other]]
            if state == 1:
                tier = _tier_of(abs(size * marks[0, legs.market[other]]), table, tiers)
            else:
                tier = _tier_of(abs(exposure), table, tiers)
            net = exposure - (abs(exposure) * tiers.rate[table, tier] - tiers.deduction[table, tier])
            total += net
            if other == leg:
                own = net
        size = _size_at(legs, leg, state)
        if side * size <= 0.0:
            level[state] = np.nan
            continue
        others = total - own if held > 1 else raw_usd
        table = legs.table[leg] if state < 3 else legs.table_now[leg]
        level[state] = position_root(size, others, table, tiers.deduction, tiers.weight, tiers.first_bound)


@merged
def _size_at(legs: LegColumns, leg: int, state: int) -> float:
    if state < 5:
        return legs.size[leg]
    return legs.size_traded[leg] if state == 5 else legs.size_forced[leg]


@inlined
def _tier_of(notional: float, table: int, tiers: TierColumns) -> int:
    """Tier whose maintenance is the largest; the first of equals."""
    best, most = 0, notional * tiers.rate[table, 0] - tiers.deduction[table, 0]
    for tier in range(1, tiers.rate.shape[1]):
        maintenance = notional * tiers.rate[table, tier] - tiers.deduction[table, tier]
        if maintenance > most:
            best, most = tier, maintenance
    return best
