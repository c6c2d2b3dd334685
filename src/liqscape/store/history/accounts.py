"""Changed accounts: from two states to the rows that differ (account_rows.py reads them back).

A pool or a position is written again when something of it changes. Where the shape of an address changes (number or
order of its pools, or of the coins in them) all of it is, and coins it holds no more get a row of size 0: so the last
row of an address and coin is its position at any time. That gives every column back bit for bit, as long as pools
stand in order of `address_row` and the list of addresses only grows, which the ledger keeps. Where one of the two does
not hold, the whole state is written (a keyframe), so any Accounts can be stored.

A reading that tells nothing new is not written: sizes, entries and margin as stored, raw USD within its noise. What
is compared with is what is stored, so nothing adds up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS, Accounts
from liqscape.store.history.account_rows import place_in_address, rows_of_accounts
from liqscape.store.history.schema import (
    CONFIRM_MS,
    GONE,
    NO_POOL,
    POOLS,
    POSITIONS,
    RAW_NOISE_USD,
    TABLES,
    Table,
)
from liqscape.units import AnyArray, BoolArray, Int64Array

FEW_SHARE = 0.2
"""Of the addresses; with more of them nothing is won by looking at them alone."""


@dataclass(frozen=True, kw_only=True)
class AccountRows:
    """Rows of one frame for POOLS, POSITIONS and ADDRESSES.

    stored: the accounts as they are read back; those that were given but for readings that tell nothing new.
    """

    is_keyframe: bool
    pools: Table
    positions: Table
    addresses: Table
    stored: Accounts


def changed_accounts(
    before: Accounts, after: Accounts, time_ms: int, *, is_keyframe: bool, is_exact: bool = False
) -> AccountRows:
    """What must be written so that `after` follows `before`; a keyframe if asked for or needed.

    before: as stored, with the funding that was paid since (funding.pay_funding).
    is_exact: write readings that tell nothing new as well.
    """
    known = len(before.addresses)
    is_grown = before.addresses is after.addresses or before.addresses == after.addresses[:known]
    is_alike = is_grown and _is_sorted(before) and _is_sorted(after)
    is_keyframe = is_keyframe or not is_alike
    if not is_alike:
        pools, positions = rows_of_accounts(after, time_ms)
        pools["is_moved"] = _moved_pools(after)
        return AccountRows(
            is_keyframe=True, pools=pools, positions=positions, addresses=_address_rows(after, 0, time_ms), stored=after
        )
    compared = _Compared(before, after)
    is_shape, is_gone = compared.shapes()
    if is_keyframe:
        pool_mask = np.ones(after.pool_count, np.bool_)
        position_mask = np.ones(after.position_count, np.bool_)
        stored = after
    else:
        pool_mask, position_mask, stored = compared.changes(is_shape, is_exact=is_exact)
    pools = _pool_rows(after, pool_mask, is_shape, np.flatnonzero(is_gone), time_ms, is_keyframe=is_keyframe)
    # A keyframe needs nothing before it, and what was before may name other markets.
    gone = compared.gone_coins(np.zeros_like(is_gone) if is_keyframe else is_shape | is_gone)
    positions = _position_rows(after, position_mask, gone, time_ms)
    listed = 0 if is_keyframe else known
    return AccountRows(
        is_keyframe=is_keyframe,
        pools=pools,
        positions=positions,
        addresses=_address_rows(after, listed, time_ms),
        stored=stored,
    )


def exact_changes(before: Accounts, after: Accounts, time_ms: int) -> AccountRows:
    """What leads from `before` to `after` bit for bit; made of those addresses alone that changed, where the ledger
    says which."""
    changed = after.changed_since(before)
    if changed is not None and len(changed) <= FEW_SHARE * len(after.addresses):
        is_changed = np.zeros(len(after.addresses), np.bool_)
        is_changed[changed] = True
        old = before.take(np.flatnonzero(is_changed[before.address_row]))
        new = after.take(np.flatnonzero(is_changed[after.address_row]))
        rows = changed_accounts(old, new, time_ms, is_keyframe=False, is_exact=True)
        if not rows.is_keyframe:
            return replace(rows, stored=after)
    return changed_accounts(before, after, time_ms, is_keyframe=False, is_exact=True)


def is_reading_alone(stored: Accounts, given: Accounts) -> bool:
    """Whether `given` equals `stored` apart from readings that are not written again."""
    if stored.addresses != given.addresses or not (_is_sorted(stored) and _is_sorted(given)):
        return False
    compared = _Compared(stored, given)
    is_shape, is_gone = compared.shapes()
    return not (is_shape.any() or is_gone.any() or compared.tells_something())


class _Compared:
    """Two states over one list of addresses, row by row: rows of an address with equal counts face its old rows."""

    def __init__(self, before: Accounts, after: Accounts) -> None:
        self._before, self._after = before, after
        count = len(after.addresses)
        self._pools_before, self._pools_after = _pools_by_address(before, count), _pools_by_address(after, count)
        self._held_before, self._held_after = _positions_by_address(before, count), _positions_by_address(after, count)
        self._pool_owner = after.address_row
        self._position_owner = after.address_row[after.pool_of_position()]
        # The rest is of another shape anyway and faces any row.
        shift = (_starts(self._pools_after) - _starts(self._pools_before))[self._pool_owner]
        self._old_pool = _facing(shift, before.pool_count)
        shift = (_starts(self._held_after) - _starts(self._held_before))[self._position_owner]
        self._old_position = _facing(shift, before.position_count)

    def shapes(self) -> tuple[BoolArray, BoolArray]:
        """(is_shape (N,), is_gone (N,)) by address: has another shape than before; had pools and has none."""
        before, after = self._before, self._after
        is_shape = (self._pools_before != self._pools_after) | (self._held_before != self._held_after)
        is_gone = (self._pools_after == 0) & (self._pools_before > 0)
        differs = _differ(np.diff(before.offsets), np.diff(after.offsets), self._old_pool)
        is_shape[self._pool_owner[differs]] = True
        differs = _differ(before.market_index, after.market_index, self._old_position)
        is_shape[self._position_owner[differs]] = True
        return is_shape, is_gone

    def changes(self, is_shape: BoolArray, *, is_exact: bool) -> tuple[BoolArray, BoolArray, Accounts]:
        """(pools (A,), positions (P,) to write, accounts as stored then)."""
        before, after = self._before, self._after
        pool = {name: self._pool_differs(name) for name in POOL_COLUMNS}
        held = {name: self._position_differs(name) for name in POSITION_COLUMNS}
        pool_mask = np.logical_or.reduce(list(pool.values()))
        position_mask = np.logical_or.reduce(list(held.values()))
        stored = after
        if not is_exact:
            is_reported = is_shape | self._tells(pool, held)
            is_quiet_pool = pool_mask & ~is_reported[self._pool_owner]
            is_quiet_position = position_mask & ~is_reported[self._position_owner]
            pool_mask &= ~is_quiet_pool
            position_mask &= ~is_quiet_position
            stored = _kept(before, after, is_quiet_pool, self._old_pool, POOL_COLUMNS)
            stored = _kept(before, stored, is_quiet_position, self._old_position, POSITION_COLUMNS)

        pool_of = after.pool_of_position()
        others = [values for name, values in held.items() if name not in ("published", "published_price")]
        is_void = position_mask & ~np.logical_or.reduce(others) & _moved_pools(after)[pool_of]
        pool_mask[pool_of[is_void]] = True  # the row of the pool says it for all its positions
        position_mask &= ~is_void
        pool_mask[pool_of[position_mask & held["size"]]] = True  # so that funding is paid on what was held
        return (
            pool_mask | is_shape[self._pool_owner],
            position_mask | is_shape[self._position_owner],
            stored,
        )

    def gone_coins(self, is_concerned: BoolArray) -> Table:
        """Address, pool and market of positions of `is_concerned` (N,) addresses in coins they hold no more."""
        before, after = self._before, self._after
        owner = before.address_row[before.pool_of_position()]
        rows = np.flatnonzero(is_concerned[owner]) if before.position_count else np.empty(0, np.int64)
        own = np.flatnonzero(is_concerned[self._position_owner])
        key = owner[rows].astype(np.int64) << 32 | before.market_index[rows]
        kept = self._position_owner[own].astype(np.int64) << 32 | after.market_index[own]
        rows = rows[~np.isin(key, kept)]
        pool = place_in_address(before)[before.pool_of_position()[rows]] if len(rows) else np.empty(0, np.int32)
        return {"address_row": owner[rows], "pool": pool, "market_index": before.market_index[rows]}

    def tells_something(self) -> bool:
        """Whether more than a reading changed; of equal shapes."""
        pool = {name: self._pool_differs(name) for name in POOL_COLUMNS}
        held = {name: self._position_differs(name) for name in POSITION_COLUMNS}
        return bool(self._tells(pool, held).any())

    def _tells(self, pool: dict[str, BoolArray], held: dict[str, BoolArray]) -> BoolArray:
        """(N,) whether something of an address changed that a mere reading does not change."""
        before, after = self._before, self._after
        raw_before = before.raw_usd[self._old_pool] if before.pool_count else np.full(after.pool_count, np.nan)
        seen_before = before.observed_ms[self._old_pool] if before.pool_count else after.observed_ms
        is_near = np.abs(after.raw_usd - raw_before) <= RAW_NOISE_USD
        later_ms = after.observed_ms - seen_before
        news = pool["margin_source"] | pool["mode"] | pool["is_exempt"] | (pool["raw_usd"] & ~is_near)
        news |= pool["observed_ms"] & ~((later_ms >= 0) & (later_ms < CONFIRM_MS))
        is_reported = np.zeros(len(after.addresses), np.bool_)
        is_reported[self._pool_owner[news]] = True
        news = held["size"] | held["table_row"] | held["entry_price"] | held["leverage"] | held["published"]
        if before.position_count:
            for name in ("observed_mark", "published_price"):
                is_unknown = np.isnan(getattr(before, name))[self._old_position]
                news = news | (held[name] & (is_unknown != np.isnan(getattr(after, name))))
        is_reported[self._position_owner[news]] = True
        return is_reported

    def _pool_differs(self, name: str) -> BoolArray:
        return _differ(getattr(self._before, name), getattr(self._after, name), self._old_pool)

    def _position_differs(self, name: str) -> BoolArray:
        return _differ(getattr(self._before, name), getattr(self._after, name), self._old_position)


def _kept(
    before: Accounts, after: Accounts, is_quiet: BoolArray, old: Int64Array | slice, names: tuple[str, ...]
) -> Accounts:
    """`after` with the stored values where a reading brought nothing new."""
    rows = np.flatnonzero(is_quiet)
    if not len(rows):
        return after
    from_rows = rows if isinstance(old, slice) else old[rows]
    columns = {}
    for name in names:
        columns[name] = getattr(after, name).copy()
        columns[name][rows] = getattr(before, name)[from_rows]
    return replace(after, **columns)


def _moved_pools(accounts: Accounts) -> BoolArray:
    """(A,) pools with positions of which none has a published figure."""
    is_given = (accounts.published != 0) | ~np.isnan(accounts.published_price)
    given = np.bincount(accounts.pool_of_position()[is_given], minlength=accounts.pool_count)
    moved: BoolArray = (given == 0) & (np.diff(accounts.offsets) > 0)
    return moved


def _is_sorted(accounts: Accounts) -> bool:
    return bool(np.all(accounts.address_row[1:] >= accounts.address_row[:-1]))


def _facing(shift: Int64Array, count: int) -> Int64Array | slice:
    """Old row of each new row; a slice where both stand alike, which needs no gathering."""
    if len(shift) == count and not shift.any():
        return slice(None)
    old: Int64Array = np.clip(np.arange(len(shift)) - shift, 0, max(count - 1, 0))
    return old


def _differ(before: AnyArray, after: AnyArray, old: Int64Array | slice) -> BoolArray:
    """Whether bits differ: NaN equals NaN, and -0.0 is not 0.0. Everything does where nothing was before."""
    if before is after and isinstance(old, slice):
        return np.zeros(len(after), np.bool_)
    if not len(before):
        return np.ones(len(after), np.bool_)
    if before.dtype == np.float64:
        before, after = np.ascontiguousarray(before).view(np.int64), np.ascontiguousarray(after).view(np.int64)
    differs: BoolArray = before[old] != after
    return differs


def _pools_by_address(accounts: Accounts, count: int) -> Int64Array:
    return np.bincount(accounts.address_row, minlength=count).astype(np.int64, copy=False)


def _positions_by_address(accounts: Accounts, count: int) -> Int64Array:
    owners = accounts.address_row[accounts.pool_of_position()]
    return np.bincount(owners, minlength=count).astype(np.int64, copy=False)


def _starts(counts: Int64Array) -> Int64Array:
    starts: Int64Array = np.cumsum(counts) - counts
    return starts


def _pool_rows(
    accounts: Accounts,
    is_written: BoolArray,
    is_shape: BoolArray,
    gone: Int64Array,
    time_ms: int,
    *,
    is_keyframe: bool,
) -> Table:
    """Rows of the written pools, and one of each address that has none any more."""
    rows = np.flatnonzero(is_written)
    owner = accounts.address_row[rows]
    table: Table = {
        "address_row": owner,
        "pool": place_in_address(accounts)[rows],
        "is_whole": np.ones(len(rows), np.bool_) if is_keyframe else is_shape[owner],
        **{name: getattr(accounts, name)[rows] for name in POOL_COLUMNS},
        "is_moved": _moved_pools(accounts)[rows],
        "position_count": np.diff(accounts.offsets)[rows],
    }
    if len(gone) and not is_keyframe:
        blank: Table = {name: np.zeros(len(gone), dtype) for name, dtype in TABLES[POOLS].items()}
        blank["address_row"], blank["pool"][:], blank["is_whole"][:] = gone, NO_POOL, True
        blank["raw_usd"][:] = np.nan
        table = {name: np.concatenate((values, blank[name])) for name, values in table.items()}
    return _typed(table, POOLS, time_ms)


def _position_rows(accounts: Accounts, is_written: BoolArray, gone: Table, time_ms: int) -> Table:
    """Rows of the written positions, and one of each coin that is held no more."""
    rows = np.flatnonzero(is_written)
    pool = accounts.pool_of_position()[rows]
    table: Table = {
        "address_row": accounts.address_row[pool],
        "pool": place_in_address(accounts)[pool],
        "slot": rows - accounts.offsets[pool],
        **{name: getattr(accounts, name)[rows] for name in POSITION_COLUMNS},
        "level_at_write": np.full(len(rows), np.nan),
    }
    count = len(gone["address_row"])
    if count:
        blank: Table = {
            name: np.full(count, np.nan if np.issubdtype(dtype, np.floating) else 0, dtype)
            for name, dtype in TABLES[POSITIONS].items()
        }
        blank |= {**gone, "slot": np.full(count, GONE, np.int32), "size": np.zeros(count)}
        table = {name: np.concatenate((values, blank[name])) for name, values in table.items()}
    return _typed(table, POSITIONS, time_ms)


def _address_rows(accounts: Accounts, known: int, time_ms: int) -> Table:
    """Rows of addresses from `known` on."""
    new = np.arange(known, len(accounts.addresses), dtype=np.int32)
    names = np.empty(len(new), np.object_)
    names[:] = list(accounts.addresses[known:])
    return {"time_ms": np.full(len(new), time_ms, np.int64), "address_row": new, "address": names}


def _typed(table: Table, name: str, time_ms: int) -> Table:
    """With the time of the frame, in order and type of the schema."""
    table["time_ms"] = np.full(len(table["address_row"]), time_ms, np.int64)
    return {column: table[column].astype(dtype, copy=False) for column, dtype in TABLES[name].items()}
