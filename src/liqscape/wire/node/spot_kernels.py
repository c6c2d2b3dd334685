"""Modes and spot balances of a node's state, straight from the bytes into columns; see state_kernels.py."""

from __future__ import annotations

from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Int64Array, UInt8Array
from liqscape.wire.node.msgpack_kernels import ARRAY, MAP, NIL, STR, place_of, read_address, skip, token
from liqscape.wire.node.state_kernels import ABSENT, Fault, Progress, integer, letter, open_entry


@compiled
def scan_modes(data: UInt8Array, is_map: bool, progress: Int64Array, modes: Int64Array) -> int:
    """ust: (n, 4) address and letter of those that chose a mode."""
    while progress[Progress.TODO] > 0 and progress[Progress.ROWS] < len(modes):
        row = progress[Progress.ROWS]
        progress[Progress.FAULT_AT] = progress[Progress.AT]
        at = open_entry(data, progress[Progress.AT], is_map)
        if at < 0:
            return Fault.PAIR
        at = read_address(data, at, modes[row])
        if at < 0:
            return Fault.ADDRESS
        kind, at, keys = token(data, at)
        if kind != MAP:
            return Fault.STATE
        modes[row, 3] = 0
        for _ in range(keys):
            name, at = letter(data, at)
            if at < 0:
                return Fault.STATE
            if name == ord("a"):
                kind, at, count = token(data, at)
                if kind == STR and count == 1:
                    modes[row, 3] = data[at]
                elif kind != NIL:
                    return Fault.MODE
                at += count
            else:
                at = skip(data, at)
                if at < 0:
                    return Fault.CUT
        if modes[row, 3] != 0:
            progress[Progress.ROWS] = row + 1
        progress[Progress.AT] = at
        progress[Progress.TODO] -= 1
    return Fault.NONE


@inlined
def usdc(data: UInt8Array, at: int, progress: Int64Array) -> tuple[int, int]:
    """(balance of token 0, 0 where there is none; offset after the list): `b` of a spot state. Negative: -Fault."""
    kind, at, tokens = token(data, at)
    if kind != ARRAY and kind != MAP:
        return 0, -Fault.BALANCES
    is_map, balance = kind == MAP, 0
    for _ in range(tokens):
        progress[Progress.FAULT_AT] = at
        at = open_entry(data, at, is_map)
        if at < 0:
            return 0, -Fault.BALANCES
        coin, at = integer(data, at)
        if at < 0:
            return 0, -Fault.BALANCES
        kind, at, parts = token(data, at)
        if kind != MAP:
            return 0, -Fault.BALANCE
        for _ in range(parts):
            name, at = letter(data, at)
            if at < 0:
                return 0, -Fault.BALANCE
            if name == ord("t"):
                total, at = integer(data, at)
                if coin == 0 and total != ABSENT:
                    balance = total
            else:
                at = skip(data, at)
            if at < 0:
                return 0, -Fault.BALANCE
    return balance, at


@compiled
def scan_spot(
    data: UInt8Array,
    is_map: bool,
    progress: Int64Array,
    keys: Int64Array,
    slots: Int64Array,
    key: Int64Array,
    balance: Int64Array,
) -> int:
    """scl.user_states: balance (N,) of token 0 of the addresses in the table; others are left as they are.

    key (3,) is room to work in.
    """
    while progress[Progress.TODO] > 0:
        progress[Progress.FAULT_AT] = progress[Progress.AT]
        at = open_entry(data, progress[Progress.AT], is_map)
        if at < 0:
            return Fault.PAIR
        at = read_address(data, at, key)
        if at < 0:
            return Fault.ADDRESS
        row = slots[place_of(keys, slots, key)]
        kind, inner, count = token(data, at)
        if kind != MAP:
            return Fault.STATE
        if row < 0:
            at = skip(data, at)
            if at < 0:
                return Fault.CUT
        else:
            at = inner
            for _ in range(count):
                name, at = letter(data, at)
                if at < 0:
                    return Fault.STATE
                if name == ord("b"):
                    balance[row], at = usdc(data, at, progress)
                    if at < 0:
                        return -at
                else:
                    at = skip(data, at)
                    if at < 0:
                        return Fault.CUT
        progress[Progress.AT] = at
        progress[Progress.TODO] -= 1
    return Fault.NONE
