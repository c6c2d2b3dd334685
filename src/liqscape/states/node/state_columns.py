"""A state snapshot's columns as bytes: a few megabytes in place of the gigabyte they came from (docs/node.md).

What the raw log keeps of a snapshot (records of kind NODE_STATE). Columns come back bit for bit.
"""

from __future__ import annotations

from dataclasses import astuple, fields

import msgspec
import numpy as np

from liqscape.errors import ModelError, RemoteWireError
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier
from liqscape.model.markets import Market, Markets
from liqscape.states.node.state_snapshot import StateSnapshot
from liqscape.units import AnyArray
from liqscape.wire.node.state_lists import keys_of, names_of

VERSION = 1


class _SavedState(msgspec.Struct, frozen=True, kw_only=True):
    """Columns little-endian; what a state does not have (published prices, marks) is not kept.

    markets: the fields of Market in order; rows written before one was added are shorter, and it takes its default.
    """

    version: int
    height: int
    time_ms: int
    markets: tuple[tuple[str | int | float | bool | None, ...], ...]
    tables: tuple[tuple[int, tuple[tuple[float, int], ...], str], ...]
    collateral: tuple[int, ...]
    user_count: int
    remarks: tuple[str, ...]
    columns: dict[str, bytes]


KINDS = {
    "oracle": "<f8",
    "keys": "<i8",
    "address_row": "<i4",
    "raw_usd": "<f8",
    "margin_source": "u1",
    "mode": "u1",
    "offsets": "<i8",
    "market_index": "<i4",
    "size": "<f8",
    "table_row": "<i4",
    "entry_price": "<f8",
    "leverage": "<f8",
}


def pack_state(state: StateSnapshot) -> bytes:
    """As MessagePack."""
    accounts = state.accounts
    columns: dict[str, AnyArray] = {"oracle": state.oracle, "keys": keys_of(tuple(accounts.addresses))}
    columns |= {name: getattr(accounts, name) for name in KINDS if name not in columns}
    return msgspec.msgpack.encode(
        _SavedState(
            version=VERSION,
            height=state.height,
            time_ms=state.time_ms,
            markets=tuple(astuple(row) for row in state.markets.rows),
            tables=tuple((table.table_id, table.tiers, table.description) for table in state.tables.tables),
            collateral=state.collateral,
            user_count=state.user_count,
            remarks=state.remarks,
            columns={name: columns[name].astype(kind).tobytes() for name, kind in KINDS.items()},
        )
    )


def unpack_state(content: bytes, source: str) -> StateSnapshot:
    """The inverse. Raises RemoteWireError for bytes that are none."""
    try:
        saved = msgspec.msgpack.decode(content, type=_SavedState)
        if saved.version != VERSION:
            raise ModelError(f"version {saved.version}, this reads {VERSION}")
        column = {
            name: np.frombuffer(saved.columns[name], kind).astype(np.dtype(kind).newbyteorder("="))
            for name, kind in KINDS.items()
        }
        oracle, keys = column.pop("oracle"), column.pop("keys")
        pools = len(column["raw_usd"])
        return StateSnapshot(
            height=saved.height,
            time_ms=saved.time_ms,
            markets=Markets.build(_market_of(row) for row in saved.markets),
            tables=MarginTables.build(
                MarginTable(table_id, tuple(MarginTier(*tier) for tier in tiers), description)
                for table_id, tiers, description in saved.tables
            ),
            collateral=saved.collateral,
            oracle=oracle,
            accounts=Accounts.build(
                addresses=names_of(keys.reshape(-1, 3)), observed_ms=np.full(pools, saved.time_ms, np.int64), **column
            ),
            user_count=saved.user_count,
            remarks=saved.remarks,
        )
    except (msgspec.MsgspecError, ModelError, KeyError, ValueError, TypeError) as error:
        raise RemoteWireError(f"{source}: no columns of a node's state: {error}", source=source) from None


def _market_of(row: tuple[str | int | float | bool | None, ...]) -> Market:
    names = [field.name for field in fields(Market)]
    if len(row) > len(names):
        raise ModelError(f"a market of {len(row)} fields, {len(names)} are known")
    return msgspec.convert(dict(zip(names, row, strict=False)), Market)
