"""Pair the positions of two minutes and gather what was noted of each (insight/reasons/legs.py)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.model.minute_notes import MinuteKind
from liqscape.risk.kernels.jit import compiled
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array

NO_ROW = -1


class MinuteColumns(NamedTuple):
    """Positions and pools of one minute.

    owner (A,) row of each pool's address in a list both minutes share; first, last (U,) positions of each of it.
    """

    owner: Int64Array
    first: Int64Array
    last: Int64Array
    market: Int32Array
    pool: Int32Array
    is_isolated: BoolArray


class LegPairs(NamedTuple):
    """How the positions of two minutes belong together.

    match      (P0,) position of now; NO_ROW: gone.
    is_new     (P1,) not there before.
    home       (P1,) of the new ones: the shared pool of before in which it was opened; NO_ROW: none, or isolated.
    pool_now   (A0,) the same pool now; NO_ROW: none.
    """

    match: Int64Array
    is_new: BoolArray
    home: Int64Array
    pool_now: Int64Array


class NoteColumns(NamedTuple):
    """(R,) rows of the account sums of a minute; owner in the shared list."""

    owner: Int64Array
    market: Int64Array
    kind: Int64Array
    size: Float64Array
    usd: Float64Array


class LegSums(NamedTuple):
    """What was noted of each leg, and of owners beyond their legs.

    size      (5, L) coins by MinuteKind: trades, then the four of LIQUIDATED_BOOK to DELEVERAGED_AS_WINNER.
    usd       (3, L) cash of trades, liquidations, funding.
    is_noted  (L,) size was noted.
    has_cash  (U,) cash of the owner moved by its own hand.
    traded    (U,) the owner traded what is not a leg of a shared pool; forced (U,) the same for liquidations.
    """

    size: Float64Array
    usd: Float64Array
    is_noted: BoolArray
    has_cash: BoolArray
    traded: BoolArray
    forced: BoolArray


@compiled
def pair_legs(before: MinuteColumns, now: MinuteColumns, dex: Int64Array, pairs: LegPairs) -> None:
    """Fill the pairs. dex (M,) of each market: a shared pool is of one dex, or of several."""
    match, is_new, home, pool_now = pairs.match, pairs.is_new, pairs.home, pairs.pool_now
    match[:] = NO_ROW
    is_new[:] = True
    home[:] = NO_ROW
    pool_now[:] = NO_ROW
    for owner in range(len(before.first)):
        for row in range(before.first[owner], before.last[owner]):
            for other in range(now.first[owner], now.last[owner]):
                if is_new[other] and now.market[other] == before.market[row]:
                    match[row] = other
                    is_new[other] = False
                    pool, pool_other = before.pool[row], now.pool[other]
                    if before.is_isolated[pool] == now.is_isolated[pool_other] and pool_now[pool] == NO_ROW:
                        pool_now[pool] = pool_other
                    break
        for other in range(now.first[owner], now.last[owner]):
            pool_other = now.pool[other]
            if not is_new[other] or now.is_isolated[pool_other]:
                continue
            for row in range(before.first[owner], before.last[owner]):
                pool = before.pool[row]
                if before.is_isolated[pool]:
                    continue
                if pool_now[pool] == pool_other:
                    home[other] = pool
                    break
                if pool_now[pool] == NO_ROW and dex[before.market[row]] == dex[now.market[other]]:
                    home[other] = pool
                    pool_now[pool] = pool_other
                    break


@compiled
def sum_notes(
    before: MinuteColumns,
    now: MinuteColumns,
    new_leg: Int64Array,
    notes: NoteColumns,
    sums: LegSums,
) -> None:
    """Add each note to its leg. new_leg (P1,) leg of a position that was not there; NO_ROW of the others."""
    for note in range(len(notes.owner)):
        owner, market, kind = notes.owner[note], notes.market[note], notes.kind[note]
        if kind == MinuteKind.DEPOSIT or kind == MinuteKind.WITHDRAWAL or kind == MinuteKind.TRANSFER:
            sums.has_cash[owner] = True
            continue
        is_trade, is_funding = kind == MinuteKind.TRADE, kind == MinuteKind.FUNDING
        leg, is_shared = NO_ROW, False
        for row in range(before.first[owner], before.last[owner]):
            if before.market[row] == market:
                leg, is_shared = row, not before.is_isolated[before.pool[row]]
                break
        if leg == NO_ROW:
            for other in range(now.first[owner], now.last[owner]):
                if new_leg[other] != NO_ROW and now.market[other] == market:
                    leg, is_shared = new_leg[other], not now.is_isolated[now.pool[other]]
                    break
        if not is_shared and not is_funding:
            if is_trade:
                sums.traded[owner] = True
            else:
                sums.forced[owner] = True
        if leg == NO_ROW:
            continue
        usd = 0.0 if np.isnan(notes.usd[note]) else notes.usd[note]
        if is_funding:
            sums.usd[2, leg] += usd
        elif is_trade:
            sums.is_noted[leg] = True
            sums.size[0, leg] += notes.size[note]
            sums.usd[0, leg] += usd
        elif MinuteKind.LIQUIDATED_BOOK <= kind <= MinuteKind.DELEVERAGED_AS_WINNER:
            sums.is_noted[leg] = True
            sums.size[1 + kind - MinuteKind.LIQUIDATED_BOOK, leg] += notes.size[note]
            sums.usd[1, leg] += usd
