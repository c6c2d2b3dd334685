"""The positions of two minutes side by side, with what was noted of each, as kernels take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from liqscape.insight.minute import Minute
from liqscape.insight.reasons.owners import SharedOwners, minute_columns
from liqscape.insight.reasons.tables import JoinedTables
from liqscape.insight.records import ChangeReason
from liqscape.units import AnyArray, BoolArray, Float64Array, Int8Array, Int32Array, Int64Array

if TYPE_CHECKING:
    from liqscape.insight.kernels.legs import LegPairs, LegSums
    from liqscape.insight.kernels.reasons import LegColumns

NO_ROW = -1


class PairedLegs(NamedTuple):
    """(L,) legs: positions of before in their order, then the new ones by the shared pool they were opened in.

    held_now (H,) legs held now, row_now (H,) their positions; home (L,) pool of before, NO_ROW: none;
    new_offsets (A0 + 1,) of new legs by pool; owner (L,) in the list both minutes share.
    """

    count_before: int
    held_now: Int64Array
    row_now: Int64Array
    market: Int32Array
    home: Int64Array
    new_offsets: Int64Array
    owner: Int64Array
    pool_now: Int64Array
    sums: LegSums

    def before(self, column: AnyArray, missing: float) -> AnyArray:
        """A column of the positions of before, by leg."""
        return np.concatenate((column, np.full(len(self.market) - self.count_before, missing, column.dtype)))

    def now(self, column: AnyArray, missing: float) -> AnyArray:
        """A column of the positions of now, by leg."""
        by_leg = np.full(len(self.market), missing, column.dtype)
        by_leg[self.held_now] = column[self.row_now]
        return by_leg


def pair_legs(before: Minute, now: Minute, owners: SharedOwners) -> PairedLegs:
    """Pair what each owner holds of a coin, in whatever pool, and sum up what was noted of it."""
    from liqscape.insight.kernels import legs as kernels

    held, held_now = before.accounts, now.accounts
    columns = minute_columns(held, owners.of_before, owners.count), minute_columns(held_now, None, owners.count)
    pairs = kernels.LegPairs(
        match=np.empty(held.position_count, np.int64),
        is_new=np.empty(held_now.position_count, np.bool_),
        home=np.empty(held_now.position_count, np.int64),
        pool_now=np.empty(held.pool_count, np.int64),
    )
    kernels.pair_legs(*columns, _dex_of_market(now), pairs)
    new, home, new_offsets = _by_home(pairs, held.pool_count)
    new_leg = np.full(held_now.position_count, NO_ROW, np.int64)
    new_leg[new] = held.position_count + np.arange(len(new))
    count = held.position_count + len(new)
    sums = kernels.LegSums(
        size=np.zeros((5, count)),
        usd=np.zeros((3, count)),
        is_noted=np.zeros(count, np.bool_),
        has_cash=np.zeros(owners.count, np.bool_),
        traded=np.zeros(owners.count, np.bool_),
        forced=np.zeros(owners.count, np.bool_),
    )
    if now.notes is not None and now.notes.accounts is not None:
        noted = now.notes.accounts
        notes = kernels.NoteColumns(
            owner=noted["address_row"].astype(np.int64),
            market=noted["market_index"].astype(np.int64),
            kind=noted["kind"].astype(np.int64),
            size=noted["size"].astype(np.float64),
            usd=noted["usd"].astype(np.float64),
        )
        kernels.sum_notes(*columns, new_leg, notes, sums)
    kept = np.flatnonzero(pairs.match != NO_ROW)
    return PairedLegs(
        count_before=held.position_count,
        held_now=np.concatenate((kept, np.arange(held.position_count, count))),
        row_now=np.concatenate((pairs.match[kept], new)),
        market=np.concatenate((held.market_index, held_now.market_index[new])),
        home=np.concatenate((held.pool_of_position().astype(np.int64), home)),
        new_offsets=held.position_count + new_offsets,
        owner=np.concatenate((columns[0].owner[columns[0].pool], columns[1].owner[columns[1].pool[new]])),
        pool_now=pairs.pool_now,
        sums=sums,
    )


def leg_columns(
    before: Minute, now: Minute, paired: PairedLegs, owners: SharedOwners, tables: JoinedTables
) -> LegColumns:
    """What each leg was, is, and is known to have gone through."""
    from liqscape.insight.kernels.reasons import LegColumns
    from liqscape.insight.reasons.owners import is_isolated

    held, held_now = before.accounts, now.accounts
    decimals = np.array([market.size_decimals for market in now.snapshot.markets.rows], np.int64)
    scale = (10.0**decimals)[paired.market]
    size, size_now = paired.before(held.size, 0.0), paired.now(held_now.size, 0.0)
    lots, lots_now = np.rint(size * scale).astype(np.int64), np.rint(size_now * scale).astype(np.int64)
    noted = np.zeros(paired.sums.size.shape, np.int64)
    own = np.flatnonzero(paired.sums.is_noted)
    noted[:, own] = np.rint(paired.sums.size[:, own] * scale[own])
    reported, traded = lots.copy(), lots.copy()
    reported[own] += noted[:, own].sum(axis=0)
    traded[own] += noted[0, own]
    # Where all is reported, sizes are those of now to the last bit, so that levels are.
    is_explained = reported == lots_now
    size_forced = np.where(is_explained, size_now, reported / scale)
    size_traded = np.where(traded == reported, size_forced, traded / scale)
    table = paired.before(held.table_row, NO_ROW).astype(np.int64)
    table_now = paired.now(tables.of_now(held_now.table_row), NO_ROW)
    table_now = np.where(table_now == NO_ROW, tables.followed(table), table_now)
    was_pocket = paired.before(is_isolated(held)[held.pool_of_position()].astype(np.int8), NO_ROW)
    is_pocket = paired.now(is_isolated(held_now)[held_now.pool_of_position()].astype(np.int8), NO_ROW)
    return LegColumns(
        market=paired.market,
        lots=lots,
        lots_now=lots_now,
        noted=noted,
        level=paired.before(_levels(before), np.nan),
        level_now=paired.now(_levels(now), np.nan),
        table=np.where(table == NO_ROW, table_now, table),
        table_now=table_now,
        rest=_rest_reasons(before, now, paired, owners),
        override=_overrides(before, now, paired),
        is_switched=(was_pocket != is_pocket) & (was_pocket != NO_ROW) & (is_pocket != NO_ROW),
        size=size,
        size_traded=size_traded,
        size_forced=size_forced,
        usd=paired.sums.usd,
        is_quiet=(lots == lots_now) & ~paired.sums.is_noted,
        is_explained=is_explained,
    )


def is_noted(before: Minute, now: Minute) -> bool:
    """Whether all that lies between is written down: not after a hole or a restart, of which only the end is."""
    notes = now.notes
    if notes is None or notes.accounts is None or now.is_gap:
        return False
    since_ms = None if notes.coins is None else notes.coins.get("since_ms")
    return since_ms is None or not len(since_ms) or int(since_ms.max()) <= before.time_ms


def newly_delisted(before: Minute, now: Minute) -> BoolArray:
    """(M,) coins that the exchange has settled since."""
    was = np.array([market.is_delisted for market in before.snapshot.markets.rows], np.bool_)
    has_been = np.array([market.is_delisted for market in now.snapshot.markets.rows], np.bool_)
    has_been[: len(was)] &= ~was[: len(has_been)]
    return has_been


def _by_home(pairs: LegPairs, pools: int) -> tuple[Int64Array, Int64Array, Int64Array]:
    """New positions by the pool of before they were opened in, those of none last; that pool; where each begins."""
    new = np.flatnonzero(pairs.is_new)
    place = np.where(pairs.home[new] == NO_ROW, pools, pairs.home[new])
    order = np.argsort(place, kind="stable")
    new = new[order]
    return new, pairs.home[new], np.searchsorted(place[order], np.arange(pools + 1))


def _dex_of_market(now: Minute) -> Int64Array:
    number: dict[str, int] = {}
    return np.array([number.setdefault(market.dex, len(number)) for market in now.snapshot.markets.rows], np.int64)


def _levels(minute: Minute) -> Float64Array:
    """(P,) as held: those of exempt pools are none."""
    accounts = minute.accounts
    return np.where(accounts.is_exempt[accounts.pool_of_position()], np.nan, minute.level)


def _rest_reasons(before: Minute, now: Minute, paired: PairedLegs, owners: SharedOwners) -> Int8Array:
    """(L,) why lots came or went that no note tells."""
    corrected = ChangeReason.CORRECTED if is_noted(before, now) else ChangeReason.NOT_REPORTED
    reason = np.full(len(paired.market), corrected, np.int8)
    reason[newly_delisted(before, now)[paired.market]] = ChangeReason.RULE_CHANGED
    reason[~owners.was_known[paired.owner]] = ChangeReason.LEARNT
    reason[paired.owner >= owners.count_now] = ChangeReason.FORGOTTEN
    return reason


def _overrides(before: Minute, now: Minute, paired: PairedLegs) -> Int8Array:
    """(L,) reason of a level that comes or goes because of what we know of it, not of what was done."""
    was_unknown = paired.before(_is_unknown(before), missing=False)
    is_unknown = paired.now(_is_unknown(now), missing=False)
    accounts, accounts_now = before.accounts, now.accounts
    was_exempt = paired.before(accounts.is_exempt[accounts.pool_of_position()], missing=False)
    is_exempt = paired.now(accounts_now.is_exempt[accounts_now.pool_of_position()], missing=False)
    override = np.full(len(paired.market), NO_ROW, np.int8)
    override[was_unknown] = ChangeReason.LEARNT
    override[is_unknown] = ChangeReason.FORGOTTEN
    override[was_exempt != is_exempt] = ChangeReason.CORRECTED
    return override


def _is_unknown(minute: Minute) -> BoolArray:
    """(P,) positions whose level cannot be solved: the cash, or a mark of a pool of several, is not known."""
    accounts = minute.accounts
    pool = accounts.pool_of_position()
    is_dark = np.isnan(minute.snapshot.mark)[accounts.market_index]
    dark = np.bincount(pool, is_dark, accounts.pool_count) > 0.0
    is_unknown: BoolArray = np.isnan(accounts.raw_usd)[pool] | (dark[pool] & (accounts.is_lone == 0))
    return is_unknown
