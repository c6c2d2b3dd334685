"""The large lists of a node's state, straight from the bytes into columns (docs/node.md, "Layout").

Each kernel reads entries from `progress[AT]` on until `progress[TODO]` are done or a table is full, and can be called
again to go on. Entries are `[address, value]` in an array, or key and value in a map (`is_map`). They return a Fault.
"""

from __future__ import annotations

from enum import IntEnum

from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Int64Array, UInt8Array
from liqscape.wire.node.msgpack_kernels import (
    ARRAY,
    INT,
    MAP,
    NIL,
    STR,
    read_address,
    skip,
    token,
)

ABSENT = -(1 << 62)
"""An integer that the file does not give."""
DEFAULT, CROSS, ISOLATED = -1, 0, 1
"""Margin of a position: absent, {"C"}, {"I"}."""
FULL = -1
"""In place of a Fault: the table has no room for the positions of one more user."""


class Fault(IntEnum):
    """Why a kernel stopped."""

    NONE = 0
    CUT = 1
    PAIR = 2
    ADDRESS = 3
    STATE = 4
    CASH = 5
    POSITIONS = 6
    POSITION = 7
    NUMBER = 8
    LEVERAGE = 9
    MODE = 10
    BALANCES = 11
    BALANCE = 12


class Progress(IntEnum):
    """Columns of `progress`."""

    AT = 0
    TODO = 1
    ROWS = 2
    """Rows written of the first table."""
    MORE = 3
    """Of the second."""
    FAULT_AT = 4
    WIDTH = 5


class User(IntEnum):
    """(U, ...) users with a position, with cash, or whose cash is not given."""

    KEY = 0
    CASH = 3
    """micro-USD; ABSENT where not given."""
    COUNT = 4
    """Positions, the next rows of the other table."""
    WIDTH = 5


class Held(IntEnum):
    """(P, ...) positions."""

    USER = 0
    ASSET = 1
    LOTS = 2
    ENTRY = 3
    """Entry notional, micro-USD; ABSENT where not given."""
    MARGIN = 4
    LEVERAGE = 5
    POCKET = 6
    """Cash of the isolated pocket, micro-USD."""
    TABLE = 7
    """ABSENT where not given."""
    WIDTH = 8


@inlined
def letter(data: UInt8Array, at: int) -> tuple[int, int]:
    """(the letter of a key of one letter, else 0; offset after the key); offset -1 where none stands there."""
    kind, at, count = token(data, at)
    if kind != STR:
        return 0, -1
    return (int(data[at]) if count == 1 else 0), at + count


@inlined
def integer(data: UInt8Array, at: int) -> tuple[int, int]:
    """(value, offset after it); ABSENT for nil, offset -1 for anything else."""
    kind, at, value = token(data, at)
    if kind == INT:
        return value, at
    if kind == NIL:
        return ABSENT, at
    return ABSENT, -1


@inlined
def open_entry(data: UInt8Array, at: int, is_map: bool) -> int:
    """Offset of the key of an entry; -1 where it is no pair."""
    if is_map:
        return at
    kind, at, count = token(data, at)
    return at if kind == ARRAY and count == 2 else -1


@inlined
def leverage(data: UInt8Array, at: int, row: Int64Array) -> int:
    """{"C": leverage} or {"I": {"l": leverage, "u": cash}}; offset after it or -1."""
    kind, at, count = token(data, at)
    if kind == NIL:
        return at
    if kind != MAP or count != 1:
        return -1
    name, at = letter(data, at)
    if at < 0:
        return -1
    if name == ord("C"):
        row[Held.MARGIN] = CROSS
        row[Held.LEVERAGE], at = integer(data, at)
        return at
    if name != ord("I"):
        return -1
    row[Held.MARGIN] = ISOLATED
    kind, at, count = token(data, at)
    if kind != MAP:
        return -1
    for _ in range(count):
        name, at = letter(data, at)
        if at < 0:
            return -1
        if name == ord("l"):
            row[Held.LEVERAGE], at = integer(data, at)
        elif name == ord("u"):
            row[Held.POCKET], at = integer(data, at)
        else:
            at = skip(data, at)
        if at < 0:
            return -1
    return at


@inlined
def position(data: UInt8Array, at: int, row: Int64Array) -> tuple[int, int]:
    """(Fault, offset): one position's map into its row."""
    start = at
    kind, at, count = token(data, at)
    if kind != MAP:
        return Fault.POSITION, start
    row[Held.LOTS] = ABSENT
    row[Held.ENTRY] = ABSENT
    row[Held.MARGIN] = DEFAULT
    row[Held.LEVERAGE] = ABSENT
    row[Held.POCKET] = ABSENT
    row[Held.TABLE] = ABSENT
    for _ in range(count):
        start = at
        name, at = letter(data, at)
        if at < 0:
            return Fault.POSITION, start
        if name == ord("s"):
            row[Held.LOTS], at = integer(data, at)
        elif name == ord("e"):
            row[Held.ENTRY], at = integer(data, at)
        elif name == ord("M"):
            row[Held.TABLE], at = integer(data, at)
        elif name == ord("l"):
            at = leverage(data, at, row)
            if at < 0:
                return Fault.LEVERAGE, start
        else:
            at = skip(data, at)
        if at < 0:
            return Fault.NUMBER, start
    if row[Held.LOTS] == ABSENT:
        return Fault.NUMBER, start
    return Fault.NONE, at


@inlined
def read_positions(
    data: UInt8Array, at: int, user: int, held: int, progress: Int64Array, positions: Int64Array
) -> tuple[int, int, int]:
    """(Fault or FULL, offset after it, rows written): {"p": list of positions}, from row `held` on."""
    kind, at, inner = token(data, at)
    if kind != MAP:
        return Fault.POSITIONS, at, held
    for _ in range(inner):
        name, at = letter(data, at)
        if at < 0:
            return Fault.POSITIONS, at, held
        if name != ord("p"):
            at = skip(data, at)
            if at < 0:
                return Fault.CUT, at, held
            continue
        kind, at, count = token(data, at)
        if kind != ARRAY and kind != MAP:
            return Fault.POSITIONS, at, held
        is_map = kind == MAP
        if held + count > len(positions):
            return (FULL if progress[Progress.MORE] > 0 else Fault.POSITIONS), at, held
        for _ in range(count):
            progress[Progress.FAULT_AT] = at
            at = open_entry(data, at, is_map)
            if at < 0:
                return Fault.POSITIONS, at, held
            positions[held, Held.USER] = user
            positions[held, Held.ASSET], at = integer(data, at)
            if at < 0:
                return Fault.POSITIONS, at, held
            fault, at = position(data, at, positions[held])
            if fault != Fault.NONE:
                progress[Progress.FAULT_AT] = at
                return fault, at, held
            if positions[held, Held.LOTS] != 0:
                held += 1
    return Fault.NONE, at, held


@compiled
def scan_users(data: UInt8Array, is_map: bool, progress: Int64Array, users: Int64Array, positions: Int64Array) -> int:
    """user_to_state. A user whose positions do not fit any more is left for the next call."""
    while progress[Progress.TODO] > 0:
        row, held = progress[Progress.ROWS], progress[Progress.MORE]
        if row >= len(users):
            return Fault.NONE
        at = open_entry(data, progress[Progress.AT], is_map)
        if at < 0:
            progress[Progress.FAULT_AT] = progress[Progress.AT]
            return Fault.PAIR
        progress[Progress.FAULT_AT] = at
        at = read_address(data, at, users[row])
        if at < 0:
            return Fault.ADDRESS
        users[row, User.CASH] = ABSENT
        users[row, User.COUNT] = 0
        progress[Progress.FAULT_AT] = at
        kind, at, keys = token(data, at)
        if kind != MAP:
            return Fault.STATE
        for _ in range(keys):
            progress[Progress.FAULT_AT] = at
            name, at = letter(data, at)
            if at < 0:
                return Fault.STATE
            if name == ord("u"):
                users[row, User.CASH], at = integer(data, at)
                if at < 0:
                    return Fault.CASH
            elif name == ord("p"):
                fault, at, held = read_positions(data, at, row, held, progress, positions)
                if fault == FULL:
                    return Fault.NONE
                if fault != Fault.NONE:
                    return fault
            else:
                at = skip(data, at)
                if at < 0:
                    return Fault.CUT
        users[row, User.COUNT] = held - progress[Progress.MORE]
        if held > progress[Progress.MORE] or users[row, User.CASH] != 0:
            progress[Progress.ROWS] = row + 1
            progress[Progress.MORE] = held
        progress[Progress.AT] = at
        progress[Progress.TODO] -= 1
    return Fault.NONE
