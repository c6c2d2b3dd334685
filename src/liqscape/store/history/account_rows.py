"""From rows of changed accounts back to the accounts of a frame.

What an address holds at a time follows from its rows since it was last written whole: of each pool and each position
the last one, and between two rows of a pool the fundings that were paid (funding.py). A position's published price
holds until its pool is moved (`is_moved`, or a funding): then the venue's figure is of before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS, Accounts, PublishedState
from liqscape.store.history.funding import StoredFunding, pay_hours, split_funding
from liqscape.store.history.schema import NO_POOL, POOL_DTYPES, POSITION_DTYPES, Table
from liqscape.units import AnyArray, Int64Array

Rows = Mapping[str, AnyArray]
"""Columns of equal length by name."""

POOL_VALUES = ("time_ms", "address_row", "pool", *POOL_COLUMNS, "position_count")
POSITION_VALUES = ("time_ms", *POSITION_COLUMNS)


def accounts_of_rows(pools: Rows, positions: Rows, funding: Table, addresses: Sequence[str]) -> Accounts:
    """Accounts as they stand after all rows, which are in order of time and begin at a keyframe.

    addresses: as listed at the wanted frame. funding: rows up to it; those of the keyframe and before change nothing.
    """
    listed = len(addresses)
    whole_ms = np.full(listed, -1, np.int64)
    is_whole = pools["is_whole"]
    whole_ms[pools["address_row"][is_whole]] = pools["time_ms"][is_whole]  # of equal indices the last one stays
    in_force = np.flatnonzero((pools["time_ms"] >= whole_ms[pools["address_row"]]) & (pools["pool"] != NO_POOL))
    held = np.flatnonzero((positions["slot"] >= 0) & (positions["time_ms"] >= whole_ms[positions["address_row"]]))

    owner, place = pools["address_row"][in_force], pools["pool"][in_force]
    first_of = np.flatnonzero(is_whole[in_force])
    counts = np.bincount(owner[first_of], minlength=listed)
    starts = _starts(counts)
    total = int(pools["position_count"][in_force].sum())
    is_all_whole = len(first_of) == len(in_force) and len(held) == total
    times = pools["time_ms"][in_force]
    if is_all_whole and (_is_rising(owner) or times[0] == times[-1]):
        # Nothing to put together, and they stand in order; so do those of a keyframe alone, whatever its order.
        pool_rows, position_rows = in_force, held
    else:
        number = starts[owner] + place
        last = np.empty(int(counts.sum()), np.int64)
        last[number] = in_force
        pool_rows = last
        offsets = _starts(pools["position_count"][pool_rows])
        total = int(pools["position_count"][pool_rows].sum())
        pool_of = starts[positions["address_row"][held]] + positions["pool"][held]
        last = np.empty(total, np.int64)
        last[offsets[pool_of] + positions["slot"][held]] = held
        position_rows = last
    return _moved(
        pools,
        positions,
        pool_rows=pool_rows,
        position_rows=position_rows,
        whole_ms=whole_ms,
        fundings=split_funding(funding),
        addresses=addresses,
    )


def rows_of_accounts(accounts: Accounts, time_ms: int) -> tuple[Table, Table]:
    """All pools and positions as rows of a whole writing."""
    place = place_in_address(accounts)
    lengths = np.diff(accounts.offsets)
    pools: Table = {
        "time_ms": np.full(accounts.pool_count, time_ms, np.int64),
        "address_row": accounts.address_row,
        "pool": place,
        "is_whole": np.ones(accounts.pool_count, np.bool_),
        **{name: getattr(accounts, name) for name in POOL_COLUMNS},
        "is_moved": np.zeros(accounts.pool_count, np.bool_),
        "position_count": lengths.astype(np.int32),
    }
    pool = accounts.pool_of_position()
    positions: Table = {
        "time_ms": np.full(accounts.position_count, time_ms, np.int64),
        "address_row": accounts.address_row[pool],
        "pool": place[pool],
        "slot": slot_in_pool(accounts),
        **{name: getattr(accounts, name) for name in POSITION_COLUMNS},
        "level_at_write": np.full(accounts.position_count, np.nan, np.float32),
    }
    return pools, positions


def apply_rows(
    accounts: Accounts, pools: Table, positions: Table, funding: Table, addresses: Sequence[str], time_ms: int
) -> Accounts:
    """Accounts after the rows of the next frame, which is no keyframe."""
    if not len(pools["time_ms"]) and not len(positions["time_ms"]) and not len(funding["time_ms"]):
        return accounts if addresses is accounts.addresses else Accounts(addresses=addresses, **_columns(accounts))
    before_pools, before_positions = rows_of_accounts(accounts, time_ms - 1)
    return accounts_of_rows(_Joined(before_pools, pools), _Joined(before_positions, positions), funding, addresses)


class _Joined(Mapping[str, AnyArray]):
    """Rows of two tables, one after the other, each column joined when it is asked for: no two stand in memory."""

    def __init__(self, first: Rows, second: Rows) -> None:
        self._first, self._second = first, second

    def __getitem__(self, column: str) -> AnyArray:
        return np.concatenate((self._first[column], self._second[column]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)


def place_in_address(accounts: Accounts) -> AnyArray:
    """(A,) int32 place of each pool among those of its address."""
    order = np.argsort(accounts.address_row, kind="stable")
    counts = np.bincount(accounts.address_row) if accounts.pool_count else np.empty(0, np.int64)
    place = np.empty(accounts.pool_count, np.int32)
    place[order] = np.arange(accounts.pool_count) - np.repeat(_starts(counts), counts)
    return place


def slot_in_pool(accounts: Accounts) -> AnyArray:
    """(P,) int32 place of each position in its pool."""
    lengths = np.diff(accounts.offsets)
    slots: AnyArray = (np.arange(accounts.position_count) - np.repeat(accounts.offsets[:-1], lengths)).astype(np.int32)
    return slots


def _moved(
    pools: Rows,
    positions: Rows,
    *,
    pool_rows: Int64Array,
    position_rows: Int64Array,
    whole_ms: Int64Array,
    fundings: list[StoredFunding],
    addresses: Sequence[str],
) -> Accounts:
    """Rows in force as accounts, fundings paid and published prices that they made void taken out."""
    chosen = {name: pools[name][pool_rows] for name in POOL_VALUES}
    held = {name: positions[name][position_rows] for name in POSITION_VALUES}
    offsets = np.concatenate(([0], np.cumsum(chosen["position_count"], dtype=np.int64)))
    accounts = Accounts(
        addresses=addresses,
        address_row=chosen["address_row"].astype(np.int32, copy=False),
        offsets=offsets,
        **{name: chosen[name].astype(dtype, copy=False) for name, dtype in POOL_DTYPES.items()},
        **{name: held[name].astype(dtype, copy=False) for name, dtype in POSITION_DTYPES.items()},
    )
    written_ms, since_ms = chosen["time_ms"], whole_ms[accounts.address_row]
    void_ms = _last_moved(pools, pool_rows, chosen, whole_ms)
    if fundings:
        accounts, void_ms = pay_hours(accounts, fundings, since_ms, written_ms, void_ms)
    is_void = held["time_ms"] < np.repeat(void_ms, np.diff(offsets))
    if is_void.any():
        published, price = accounts.published.copy(), accounts.published_price.copy()
        published[is_void], price[is_void] = PublishedState.NOT_GIVEN, np.nan
        columns = _columns(accounts) | {"published": published, "published_price": price}
        accounts = Accounts(addresses=addresses, **columns)
    return accounts


def _last_moved(pools: Rows, pool_rows: Int64Array, chosen: Table, whole_ms: Int64Array) -> Int64Array:
    """(A,) time of the last row that says its pool was moved; -1 where none does."""
    moved_ms = np.full(len(pool_rows), -1, np.int64)
    is_moved = pools["is_moved"] & (pools["time_ms"] >= whole_ms[pools["address_row"]]) & (pools["pool"] != NO_POOL)
    moved = np.flatnonzero(is_moved)
    if not len(moved):
        return moved_ms
    keys = chosen["address_row"].astype(np.int64) << 32 | chosen["pool"]
    wanted = pools["address_row"][moved].astype(np.int64) << 32 | pools["pool"][moved]
    order = np.argsort(keys, kind="stable")
    moved_ms[order[np.searchsorted(keys[order], wanted)]] = pools["time_ms"][moved]
    return moved_ms


def _columns(accounts: Accounts) -> dict[str, AnyArray]:
    names = ("address_row", "offsets", *POOL_COLUMNS, *POSITION_COLUMNS)
    return {name: getattr(accounts, name) for name in names}


def _starts(counts: AnyArray) -> Int64Array:
    starts: Int64Array = np.cumsum(counts, dtype=np.int64) - counts
    return starts


def _is_rising(values: AnyArray) -> bool:
    return bool(np.all(values[1:] >= values[:-1]))
