"""Everything known at one instant as bytes: what a restart begins with, and a replay that begins in the middle."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import msgspec
import numpy as np

from liqscape.errors import InputError, ModelError
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS, Accounts
from liqscape.model.events import TriggersKept
from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier
from liqscape.model.markets import Market, Markets, MarketSnapshot
from liqscape.model.trigger_rows import TriggerRows
from liqscape.units import AnyArray

VERSION = 1
ORDER_COLUMNS = tuple(field.name for field in fields(TriggerRows) if field.name != "addresses")
TRIGGER_COLUMNS = ("seen_ms", "whole_ms", "observed_ms", "dex_of_market")
COLUMNS = ("address_row", "offsets", *POOL_COLUMNS, *POSITION_COLUMNS)


class _Table(msgspec.Struct, frozen=True):
    table_id: int
    tiers: tuple[tuple[float, int], ...]
    description: str


class _Market(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A market as a list; what older checkpoints end before has its default."""

    coin: str
    size_decimals: int
    max_leverage: int
    table_row: int
    dex: str
    is_delisted: bool
    is_isolated_only: bool
    is_strict_isolated: bool = False
    collateral_token: int = 0
    deployer_fee_scale: float | None = None
    is_in_growth: bool = False


class _SavedTriggers(msgspec.Struct, frozen=True, kw_only=True):
    addresses: tuple[str, ...]
    columns: dict[str, tuple[str, bytes]]
    read: tuple[str, bytes]
    dex_count: int


class _SavedCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    time_ms: int
    markets: tuple[_Market, ...]
    tables: tuple[_Table, ...]
    mark: bytes
    oracle: bytes
    open_interest: bytes
    addresses: tuple[str, ...]
    columns: dict[str, tuple[str, bytes]]
    triggers: _SavedTriggers | None = None


@dataclass(frozen=True)
class Checkpoint:
    """Markets, marks and accounts of one instant, and trigger orders where any were read."""

    snapshot: MarketSnapshot
    tables: MarginTables
    accounts: Accounts
    triggers: TriggersKept | None = None


def write_checkpoint(checkpoint: Checkpoint) -> bytes:
    """As MessagePack; columns little-endian."""
    snapshot, accounts = checkpoint.snapshot, checkpoint.accounts
    return msgspec.msgpack.encode(
        _SavedCheckpoint(
            version=VERSION,
            time_ms=snapshot.time_ms,
            markets=tuple(_Market(**asdict(each)) for each in snapshot.markets.rows),
            tables=tuple(_Table(each.table_id, each.tiers, each.description) for each in checkpoint.tables.tables),
            mark=snapshot.mark.astype("<f8").tobytes(),
            oracle=snapshot.oracle.astype("<f8").tobytes(),
            open_interest=snapshot.open_interest.astype("<f8").tobytes(),
            addresses=tuple(accounts.addresses),
            columns={name: _packed(getattr(accounts, name)) for name in COLUMNS},
            triggers=None if checkpoint.triggers is None else _saved_triggers(checkpoint.triggers),
        )
    )  # fmt: skip


def read_checkpoint(content: bytes) -> Checkpoint:
    """The inverse. Raises InputError for bytes that are none."""
    try:
        saved = msgspec.msgpack.decode(content, type=_SavedCheckpoint)
        if saved.version != VERSION:
            raise InputError(f"checkpoint has version {saved.version}, this is version {VERSION}")
        markets = Markets.build(Market(**msgspec.structs.asdict(row)) for row in saved.markets)
        tables = MarginTables.build(
            MarginTable(each.table_id, tuple(MarginTier(*tier) for tier in each.tiers), each.description)
            for each in saved.tables
        )
        prices = {name: _unpacked("<f8", getattr(saved, name)) for name in ("mark", "oracle", "open_interest")}
        snapshot = MarketSnapshot(markets=markets, time_ms=saved.time_ms, **prices)
        columns: dict[str, Any] = {name: _unpacked(*saved.columns[name]) for name in COLUMNS}
        accounts = Accounts(addresses=saved.addresses, **columns)
        triggers = None if saved.triggers is None else _triggers(saved.triggers, saved.time_ms)
        return Checkpoint(snapshot, tables, accounts, triggers)
    except (msgspec.MsgspecError, ModelError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"checkpoint cannot be read: {error}") from None


def _saved_triggers(kept: TriggersKept) -> _SavedTriggers:
    columns = {name: _packed(getattr(kept.orders, name)) for name in ORDER_COLUMNS}
    return _SavedTriggers(
        addresses=kept.orders.addresses,
        columns=columns | {name: _packed(getattr(kept, name)) for name in TRIGGER_COLUMNS},
        read=_packed(kept.read_ms),
        dex_count=kept.read_ms.shape[1],
    )


def _triggers(saved: _SavedTriggers, time_ms: int) -> TriggersKept:
    orders: dict[str, Any] = {name: _unpacked(*saved.columns[name]) for name in ORDER_COLUMNS}
    known: dict[str, Any] = {name: _unpacked(*saved.columns[name]) for name in TRIGGER_COLUMNS}
    return TriggersKept(
        time_ms=time_ms,
        received_ns=0,
        orders=TriggerRows(addresses=saved.addresses, **orders),
        read_ms=_unpacked(*saved.read).reshape(len(saved.addresses), saved.dex_count),
        **known,
    )


def _packed(column: AnyArray) -> tuple[str, bytes]:
    kind = column.dtype.newbyteorder("<")
    return kind.str, column.astype(kind).tobytes()


def _unpacked(kind: str, content: bytes) -> AnyArray:
    return np.frombuffer(content, kind).astype(np.dtype(kind).newbyteorder("="))
