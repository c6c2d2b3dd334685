"""The large lists of a node's state as columns: users of a dex, modes, spot balances, and a table of addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.units import BoolArray, Float64Array, Int64Array, PoolMode, UInt8Array

if TYPE_CHECKING:
    from liqscape.wire.node.state_layout import Places

ROWS_A_CALL = 1 << 17
"""Rows of a kernel's tables; what was read is copied away after each call."""
MODES = {"u": PoolMode.UNIFIED, "p": PoolMode.PORTFOLIO, "d": PoolMode.CROSS}
"""Letters of ust[].a; absent is standard. Dex abstraction keeps a balance a dex, like standard."""


@dataclass(frozen=True, kw_only=True)
class DexUsers:
    """One dex. U users with cash or positions, P positions in the order of their users.

    keys (U, 3), cash (U,) micro-USD, is_cash_known (U,).
    holder_keys (P, 3) user of each position. asset, lots, table_id, pocket (P,) as in the file; entry (P,) USD, NaN
    unknown; leverage (P,) 0 unknown. has_table, names_margin (P,): whether the file says so.
    state_count: user states in the file, with or without anything in them.
    """

    keys: Int64Array
    cash: Int64Array
    is_cash_known: BoolArray
    holder_keys: Int64Array
    asset: Int64Array
    lots: Int64Array
    entry: Float64Array
    names_margin: BoolArray
    is_isolated: BoolArray
    leverage: Int64Array
    pocket: Int64Array
    table_id: Int64Array
    has_table: BoolArray
    state_count: int


class StateAddressTable:
    """Addresses (n, 3) as rows in order of first sight; room for `most`."""

    def __init__(self, most: int) -> None:
        self.keys = np.zeros((most, 3), np.int64)
        self.slots = np.full(1 << max(4, (2 * most).bit_length()), -1, np.int64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, keys: Int64Array) -> Int64Array:
        """(n,) rows, new ones for new addresses."""
        from liqscape.wire.node.msgpack_kernels import add_keys

        rows = np.empty(len(keys), np.int64)
        self._count = add_keys(self.keys, self._count, self.slots, np.ascontiguousarray(keys), rows)
        return rows

    def find(self, keys: Int64Array) -> Int64Array:
        """(n,) rows; -1 where not known."""
        from liqscape.wire.node.msgpack_kernels import find_keys

        rows = np.empty(len(keys), np.int64)
        find_keys(self.keys, self.slots, np.ascontiguousarray(keys), rows)
        return rows

    def names(self) -> tuple[str, ...]:
        """All addresses as text."""
        return names_of(self.keys[: self._count])


def names_of(keys: Int64Array) -> tuple[str, ...]:
    """(n, 3) addresses as lower-case text."""
    whole = np.ascontiguousarray(keys[:, :2]).astype(">i8").view(np.uint8).reshape(-1, 16)
    last = np.ascontiguousarray(keys[:, 2]).astype(">i8").view(np.uint8).reshape(-1, 8)[:, 4:]
    text = np.concatenate((whole, last), axis=1).tobytes().hex()
    return tuple([f"0x{text[at : at + 40]}" for at in range(0, len(text), 40)])


def keys_of(addresses: list[str] | tuple[str, ...]) -> Int64Array:
    """The inverse. Raises ValueError for text that is no address."""
    packed = np.zeros((len(addresses), 24), np.uint8)
    if addresses:
        joined = bytes.fromhex("".join([address.removeprefix("0x") for address in addresses]))
        packed[:, :20] = np.frombuffer(joined, np.uint8).reshape(len(addresses), 20)
        packed[:, 20:] = packed[:, 16:20].copy()
        packed[:, 16:20] = 0
    return packed.view(">i8").astype(np.int64)


def read_users(places: Places, path: str) -> DexUsers:
    """user_to_state of one dex. Raises RemoteWireError naming path, entry and rule."""
    from liqscape.wire.node.state_kernels import ABSENT, CROSS, ISOLATED, Held, Progress, User, scan_users

    is_map, progress = _open(places, path)
    count = int(progress[Progress.TODO])
    users, held, before = [], [], 0
    while progress[Progress.TODO] > 0:
        user_rows = np.zeros((ROWS_A_CALL, User.WIDTH), np.int64)
        held_rows = np.zeros((ROWS_A_CALL, Held.WIDTH), np.int64)
        progress[Progress.ROWS] = progress[Progress.MORE] = 0
        fault = scan_users(places.data, is_map, progress, user_rows, held_rows)
        _check(fault, places, path, count, progress)
        users.append(user_rows[: progress[Progress.ROWS]].copy())
        held.append(held_rows[: progress[Progress.MORE]].copy())
        held[-1][:, Held.USER] += before
        before += len(users[-1])
    user = np.concatenate(users) if users else np.zeros((0, User.WIDTH), np.int64)
    rows = np.concatenate(held) if held else np.zeros((0, Held.WIDTH), np.int64)
    cash = user[:, User.CASH]
    return DexUsers(
        keys=user[:, :3],
        cash=cash,
        is_cash_known=cash != ABSENT,
        holder_keys=user[rows[:, Held.USER], :3],
        asset=rows[:, Held.ASSET],
        lots=rows[:, Held.LOTS],
        entry=np.where(rows[:, Held.ENTRY] == ABSENT, np.nan, rows[:, Held.ENTRY] / 1e6),
        names_margin=(rows[:, Held.MARGIN] == CROSS) | (rows[:, Held.MARGIN] == ISOLATED),
        is_isolated=rows[:, Held.MARGIN] == ISOLATED,
        leverage=np.where(rows[:, Held.LEVERAGE] == ABSENT, 0, rows[:, Held.LEVERAGE]),
        pocket=rows[:, Held.POCKET],
        table_id=rows[:, Held.TABLE],
        has_table=rows[:, Held.TABLE] != ABSENT,
        state_count=count,
    )


def read_modes(places: Places, path: str, table: StateAddressTable) -> tuple[UInt8Array, dict[str, int]]:
    """((N,) PoolMode of the addresses of the table, how many have each letter that is not known)."""
    from liqscape.wire.node.spot_kernels import scan_modes
    from liqscape.wire.node.state_kernels import Progress

    mode = np.full(len(table), PoolMode.CROSS, np.uint8)
    others: dict[str, int] = {}
    is_map, progress = _open(places, path)
    count = int(progress[Progress.TODO])
    while progress[Progress.TODO] > 0:
        rows = np.zeros((ROWS_A_CALL, 4), np.int64)
        progress[Progress.ROWS] = 0
        _check(scan_modes(places.data, is_map, progress, rows), places, path, count, progress)
        rows = rows[: progress[Progress.ROWS]]
        owner = table.find(rows[:, :3])
        for code in np.unique(rows[owner >= 0, 3]).tolist():
            chosen = owner[(owner >= 0) & (rows[:, 3] == code)]
            known = MODES.get(chr(code))
            mode[chosen] = PoolMode.UNKNOWN if known is None else known
            if known is None:
                others[chr(code)] = others.get(chr(code), 0) + len(chosen)
    return mode, others


def read_spot(places: Places, path: str, table: StateAddressTable) -> tuple[Int64Array, BoolArray]:
    """((N,) USDC in 1e-8, (N,) whether the address has spot balances at all)."""
    from liqscape.wire.node.spot_kernels import scan_spot
    from liqscape.wire.node.state_kernels import ABSENT, Progress

    balance = np.full(len(table), ABSENT, np.int64)
    is_map, progress = _open(places, path)
    count = int(progress[Progress.TODO])
    key = np.zeros(3, np.int64)
    fault = scan_spot(places.data, is_map, progress, table.keys, table.slots, key=key, balance=balance)
    _check(fault, places, path, count, progress)
    is_known = balance != ABSENT
    return np.where(is_known, balance, 0), is_known


def _open(places: Places, path: str) -> tuple[bool, Int64Array]:
    """(whether it is a map, progress at its first entry)."""
    from liqscape.wire.node.msgpack_kernels import ARRAY, MAP, token_at
    from liqscape.wire.node.state_kernels import Progress

    kind, at, count = token_at(places.data, places.span(path)[0])
    if kind not in (ARRAY, MAP):
        raise RemoteWireError(f"{places.source}: {path} is neither list nor map", source=places.source, field=path)
    progress = np.zeros(Progress.WIDTH, np.int64)
    progress[Progress.AT], progress[Progress.TODO] = at, count
    return kind == MAP, progress


RULES = {
    "CUT": "is cut",
    "PAIR": "is no pair of address and value",
    "ADDRESS": "is no address",
    "STATE": "is no map with names",
    "CASH": ".u is no whole number",
    "POSITIONS": ".p.p is no list of asset and position",
    "POSITION": ".p.p: a position is no map with names",
    "NUMBER": ".p.p: a position's s, e or M is no whole number",
    "LEVERAGE": '.p.p: l is neither {"C": leverage} nor {"I": {"l", "u"}}',
    "MODE": ".a is no letter",
    "BALANCES": ".b is no list of token and balance",
    "BALANCE": ".b: a balance's t is no whole number",
}
"""By Fault."""


def _check(fault: int, places: Places, path: str, count: int, progress: Int64Array) -> None:
    from liqscape.wire.node.state_kernels import Fault, Progress

    if fault != Fault.NONE:
        place = f"{path}[{count - int(progress[Progress.TODO])}]"
        rule = RULES[Fault(fault).name]
        message = f"{places.source}: {place}{rule if rule.startswith('.') else f' {rule}'}"
        raise RemoteWireError(f"{message} (byte {int(progress[Progress.FAULT_AT])})", source=places.source, field=place)
