"""Changed accounts: from two states to the addresses that differ, and from rows back to the accounts of a frame.

When anything of an address changes, all its pools and positions are written again; a row with pool NO_POOL says
that it has none any more. That is enough to give every column back bit for bit, as long as pools stand in order
of `address_row` and the list of addresses only grows, which the ledger keeps. Where one of the two does not
hold, the whole state is written (a keyframe), so any Accounts can be stored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS, Accounts
from liqscape.store.history.schema import NO_POOL, POOL_DTYPES, POSITION_DTYPES, Table
from liqscape.units import AnyArray, BoolArray, Int64Array


@dataclass(frozen=True)
class AccountRows:
    """Rows of one frame for POOLS, POSITIONS and ADDRESSES (without time_ms)."""

    is_keyframe: bool
    pools: Table
    positions: Table
    addresses: Table


def changed_accounts(before: Accounts, after: Accounts, *, is_keyframe: bool) -> AccountRows:
    """What must be written so that `after` follows `before`; a keyframe if asked for or needed."""
    known = len(before.addresses)
    if not is_keyframe and after is not before:
        is_grown = before.addresses is after.addresses or before.addresses == after.addresses[:known]
        is_keyframe = not (is_grown and _is_sorted(before) and _is_sorted(after))
    if is_keyframe:
        everything = np.arange(after.pool_count)
        return AccountRows(True, _pool_rows(after, everything, ()), *_rest(after, everything, 0))
    if after is before:
        nothing = np.empty(0, np.int64)
        return AccountRows(False, _pool_rows(after, nothing, ()), *_rest(after, nothing, known))
    is_changed, is_gone = _changed_addresses(before, after)
    pools = np.flatnonzero(is_changed[after.address_row])
    gone = tuple(np.flatnonzero(is_gone).tolist())
    return AccountRows(False, _pool_rows(after, pools, gone), *_rest(after, pools, known))


def accounts_of_rows(pools: Table, positions: Table, addresses: tuple[str, ...]) -> Accounts:
    """Accounts as they stand after all rows, which are in order of time and begin at a keyframe.

    addresses: as listed at the wanted frame.
    """
    last_ms = np.full(len(addresses), -1, np.int64)
    last_ms[pools["address_row"]] = pools["time_ms"]  # of equal indices the last one stays
    pool_rows = np.flatnonzero((pools["time_ms"] == last_ms[pools["address_row"]]) & (pools["pool"] != NO_POOL))
    position_rows = np.flatnonzero(positions["time_ms"] == last_ms[positions["address_row"]])
    if len(pools["time_ms"]) and pools["time_ms"][0] != pools["time_ms"][-1]:
        pool_rows = pool_rows[np.argsort(pools["address_row"][pool_rows], kind="stable")]
        position_rows = position_rows[np.argsort(positions["address_row"][position_rows], kind="stable")]
    offsets = np.concatenate(([0], np.cumsum(pools["position_count"][pool_rows], dtype=np.int64)))
    return Accounts(
        addresses=addresses,
        address_row=pools["address_row"][pool_rows],
        offsets=offsets.astype(np.int64),
        **{name: pools[name][pool_rows] for name in POOL_COLUMNS},
        **{name: positions[name][position_rows] for name in POSITION_COLUMNS},
    )


def _is_sorted(accounts: Accounts) -> bool:
    return bool(np.all(accounts.address_row[1:] >= accounts.address_row[:-1]))


def _changed_addresses(before: Accounts, after: Accounts) -> tuple[BoolArray, BoolArray]:
    """(is_changed (N,), is_gone (N,)) by address row of `after`; gone: had pools and has none."""
    count = len(after.addresses)
    pools_before, pools_after = _pools_by_address(before, count), _pools_by_address(after, count)
    held_before, held_after = _positions_by_address(before, count), _positions_by_address(after, count)
    is_changed = (pools_before != pools_after) | (held_before != held_after)
    is_gone = (pools_after == 0) & (pools_before > 0)

    # Rows of addresses with equal counts face their old rows; the rest is changed anyway and faces any row.
    owner = after.address_row
    shift = (_starts(pools_after) - _starts(pools_before))[owner]
    old = _facing(shift, before.pool_count)
    differs = _differ(np.diff(before.offsets), np.diff(after.offsets), old)
    for name in POOL_COLUMNS:
        differs |= _differ(getattr(before, name), getattr(after, name), old)
    is_changed[owner[differs]] = True

    owner = np.repeat(after.address_row, np.diff(after.offsets))
    shift = (_starts(held_after) - _starts(held_before))[owner]
    old = _facing(shift, before.position_count)
    differs = np.zeros(after.position_count, np.bool_)
    for name in POSITION_COLUMNS:
        differs |= _differ(getattr(before, name), getattr(after, name), old)
    is_changed[owner[differs]] = True
    return is_changed, is_gone


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
    owners = np.repeat(accounts.address_row, np.diff(accounts.offsets))
    return np.bincount(owners, minlength=count).astype(np.int64, copy=False)


def _starts(counts: Int64Array) -> Int64Array:
    starts: Int64Array = np.cumsum(counts) - counts
    return starts


def _pool_rows(accounts: Accounts, pools: Int64Array, gone: tuple[int, ...]) -> Table:
    rows: Table = {
        "address_row": accounts.address_row[pools],
        "pool": pools.astype(np.int32),
        **{name: getattr(accounts, name)[pools] for name in POOL_COLUMNS},
        "position_count": np.diff(accounts.offsets)[pools].astype(np.int32),
    }
    if not gone:
        return rows
    blank: Table = {
        "address_row": np.array(gone, np.int32),
        "pool": np.full(len(gone), NO_POOL, np.int32),
        **{name: np.zeros(len(gone), dtype) for name, dtype in POOL_DTYPES.items()},
        "position_count": np.zeros(len(gone), np.int32),
    }
    blank["raw_usd"][:] = np.nan
    return {name: np.concatenate((rows[name], blank[name])) for name in rows}


def _rest(accounts: Accounts, pools: Int64Array, known_addresses: int) -> tuple[Table, Table]:
    """Rows of POSITIONS of the given pools, and of ADDRESSES from `known_addresses` on."""
    lengths = np.diff(accounts.offsets)[pools]
    ends = np.cumsum(lengths)
    rows = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths - accounts.offsets[pools], lengths)
    positions: Table = {
        "address_row": np.repeat(accounts.address_row[pools], lengths),
        "pool": np.repeat(pools, lengths).astype(np.int32),
        **{name: getattr(accounts, name)[rows].astype(dtype, copy=False) for name, dtype in POSITION_DTYPES.items()},
    }
    new = np.arange(known_addresses, len(accounts.addresses), dtype=np.int32)
    names = np.empty(len(new), np.object_)
    names[:] = accounts.addresses[known_addresses:]
    return positions, {"address_row": new, "address": names}
