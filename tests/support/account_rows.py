"""The slow twin of the changed rows of accounts (store/history/schema.py): one address after the other, plain loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from liqscape.model import Accounts

Dues = Sequence[tuple[int, np.ndarray]]
"""(time_ms of the frame, (M,) USD a coin, NaN unknown)."""

Position = tuple[int, float, int]
"""market_index, size, table_row."""
Pool = tuple[float, bool, tuple[Position, ...]]
"""raw_usd, is_exempt, positions."""

POOL_NAMES = ("time_ms", "address_row", "pool", "is_whole", "raw_usd", "is_exempt")
POSITION_NAMES = ("time_ms", "address_row", "pool", "slot", "market_index", "size", "table_row")
FUNDING_NAMES = ("time_ms", "market_index", "due")
KINDS: dict[str, type] = {
    "time_ms": np.int64,
    "address_row": np.int32,
    "pool": np.int32,
    "is_whole": np.bool_,
    "raw_usd": np.float64,
    "is_exempt": np.bool_,
    "slot": np.int32,
    "market_index": np.int32,
    "size": np.float64,
    "table_row": np.int32,
    "due": np.float64,
}


def pay(accounts: Accounts, due: np.ndarray) -> Accounts:
    """Raw USD after one hour's funding, position by position in the order of the rows."""
    raw = accounts.raw_usd.copy()
    for pool in range(accounts.pool_count):
        for row in range(accounts.offsets[pool], accounts.offsets[pool + 1]):
            amount = due[accounts.market_index[row]]
            if not np.isnan(amount):
                raw[pool] += -accounts.size[row] * amount
    return replace(accounts, raw_usd=raw)


def change_rows(
    states: Sequence[tuple[int, Accounts]], dues: Dues = ()
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """(pools, positions, funding) of accounts at rising times; what funding explains is not written."""
    pools: list[tuple[object, ...]] = []
    positions: list[tuple[object, ...]] = []
    before = Accounts.empty()
    for time_ms, after in states:
        for paid_ms, due in dues:
            if paid_ms == time_ms:
                before = pay(before, due)
        old, new = _by_address(before), _by_address(after)
        for address in sorted(old.keys() | new.keys()):
            _write(time_ms, address, old.get(address, []), new.get(address, []), pools, positions)
        before = after
    funding = [(paid_ms, market, value) for paid_ms, due in dues for market, value in enumerate(due.tolist())]
    return (
        _table(POOL_NAMES, pools),
        _table(POSITION_NAMES, positions),
        _table(FUNDING_NAMES, funding),
    )


def _by_address(accounts: Accounts) -> dict[int, list[Pool]]:
    found: dict[int, list[Pool]] = {}
    for pool in range(accounts.pool_count):
        rows = range(accounts.offsets[pool], accounts.offsets[pool + 1])
        held = tuple(
            (int(accounts.market_index[row]), float(accounts.size[row]), int(accounts.table_row[row])) for row in rows
        )
        raw, is_exempt = float(accounts.raw_usd[pool]), bool(accounts.is_exempt[pool])
        found.setdefault(int(accounts.address_row[pool]), []).append((raw, is_exempt, held))
    return found


def _write(
    time_ms: int,
    address: int,
    old: list[Pool],
    new: list[Pool],
    pools: list[tuple[object, ...]],
    positions: list[tuple[object, ...]],
) -> None:
    shapes = [[[position[0] for position in pool[2]] for pool in state] for state in (old, new)]
    if shapes[0] != shapes[1]:
        kept = {held[0] for pool in new for held in pool[2]}
        for place, pool in enumerate(old):
            positions += [(time_ms, address, place, -1, held[0], 0.0, 0) for held in pool[2] if held[0] not in kept]
        if not new:
            pools.append((time_ms, address, -1, True, np.nan, False))
    for place, (raw, is_exempt, held) in enumerate(new):
        is_whole = shapes[0] != shapes[1]
        former = None if is_whole else old[place]
        changed = [slot for slot, each in enumerate(held) if former is None or former[2][slot] != each]
        is_same = former is not None and _bits(former[0]) == _bits(raw) and former[1] == is_exempt
        if is_whole or changed or not is_same:
            pools.append((time_ms, address, place, is_whole, raw, is_exempt))
        positions += [(time_ms, address, place, slot, *held[slot]) for slot in changed]


def _bits(value: float) -> bytes:
    return np.float64(value).tobytes()


def _table(names: Sequence[str], rows: list[tuple[object, ...]]) -> dict[str, np.ndarray]:
    return {name: np.array([row[place] for row in rows], KINDS[name]) for place, name in enumerate(names)}
