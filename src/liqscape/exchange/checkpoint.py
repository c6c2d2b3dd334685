"""The used part of every table: what a checkpoint holds and a hash covers."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from liqscape.errors import ModelError
from liqscape.exchange.columns import ClockColumn, MarketColumn, TriggerCounter
from liqscape.exchange.room import no_triggers
from liqscape.exchange.rules import RuleAt
from liqscape.exchange.state import State
from liqscape.units import AnyArray

LOGS = ("fill", "event")
"""Drained tables; they decide nothing."""
TRIGGER_TABLES = ("trigger", "trigger_side", "triggers_of", "trigger_counter")
"""Tables that say something only once a trigger order was placed; states written before there were any lack them."""


def significant(state: State) -> Iterator[tuple[str, AnyArray]]:
    """Name and used rows of every table that decides the future, in a fixed order."""
    clock = state.clock.copy()
    clock[ClockColumn.FILL_COUNT] = clock[ClockColumn.EVENT_COUNT] = 0
    used = {
        "account": int(clock[ClockColumn.ACCOUNT_COUNT]),
        "setting": int(clock[ClockColumn.ACCOUNT_COUNT]),
        "pool": int(clock[ClockColumn.POOL_COUNT]),
        "position": int(clock[ClockColumn.POSITION_END]),
        "holding": int(clock[ClockColumn.HOLDING_COUNT]),
        "order": int(clock[ClockColumn.ORDER_END]),
        "trigger": int(state.trigger_counter[TriggerCounter.END]),
        "triggers_of": int(clock[ClockColumn.ACCOUNT_COUNT]),
    }
    for name, table in zip(State._fields, state, strict=True):
        if name in LOGS:
            continue
        if name == "clock":
            yield name, clock
        elif name == "level":
            deepest = int(state.market[:, [MarketColumn.BIDS, MarketColumn.ASKS]].max(initial=0))
            levels = table[:, :, :deepest].copy()
            place = np.arange(deepest)
            for side, column in ((0, MarketColumn.BIDS), (1, MarketColumn.ASKS)):
                levels[:, side][place >= state.market[:, column][:, None]] = 0
            yield name, levels
        else:
            yield name, table[: used[name]] if name in used else table


def digest(state: State) -> str:
    """SHA-256 of everything that decides the future, in a fixed order; capacities and drained logs do not count.

    Where no trigger order was ever placed, tables and rules that only triggers know do not count either: such a state
    has the digest it had before the exchange knew triggers.
    """
    total = hashlib.sha256()
    has_triggers = state.trigger_counter[TriggerCounter.END] > 0
    for name, table in significant(state):
        if not has_triggers and name in TRIGGER_TABLES:
            continue
        if not has_triggers and name == "rules":
            table = table[: RuleAt.TRIGGER_TURN]
        total.update(name.encode())
        total.update(np.ascontiguousarray(table, table.dtype.newbyteorder("<")).data)
    return total.hexdigest()


class SavedTable(msgspec.Struct, frozen=True):
    """One table in a checkpoint, little-endian."""

    kind: str
    shape: tuple[int, ...]
    used: tuple[int, ...]
    content: bytes


def pack(state: State, more: dict[str, Any]) -> bytes:
    """A checkpoint: used rows and capacities of every table, and what else the exchange knows."""
    used = dict(significant(state))
    tables = {}
    for name, table in zip(State._fields, state, strict=True):
        rows = used.get(name, table[:0])
        kind = "f8" if table.dtype == np.float64 else "i8"
        content = np.ascontiguousarray(rows).astype(f"<{kind}", copy=False).tobytes()
        tables[name] = SavedTable(kind, table.shape, rows.shape, content)
    return zlib.compress(msgspec.msgpack.encode({"tables": tables, "more": more}), 1)


def unpack(content: bytes) -> tuple[State, dict[str, Any]]:
    """State and the rest of a checkpoint. Raises ModelError for bytes that are none."""
    try:
        held = msgspec.msgpack.decode(zlib.decompress(content))
        tables = {name: msgspec.convert(table, SavedTable) for name, table in held["tables"].items()}
        arrays = {name: _unpack_table(tables[name]) for name in State._fields if name in tables}
        accounts, markets = len(arrays["account"]), len(arrays["market"])
        if not set(TRIGGER_TABLES) & set(arrays):
            arrays |= zip(TRIGGER_TABLES, no_triggers(accounts, markets), strict=True)
        missing = set(State._fields) - set(arrays)
        if missing:
            raise KeyError(", ".join(sorted(missing)))
        more = held["more"]
    except (zlib.error, msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"these {len(content)} bytes are no checkpoint of an exchange: {error}") from None
    return State(**arrays), more


def _unpack_table(table: SavedTable) -> AnyArray:
    full = np.zeros(table.shape, np.float64 if table.kind == "f8" else np.int64)
    rows = np.frombuffer(table.content, f"<{table.kind}").reshape(table.used)
    full[tuple(slice(0, length) for length in table.used)] = rows
    return full
