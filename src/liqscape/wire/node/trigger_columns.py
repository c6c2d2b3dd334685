"""Everybody's trigger orders at one block as bytes: what a record keeps of a snapshot that is many times as long."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from liqscape.errors import InputError, ModelError
from liqscape.model.trigger_rows import TriggerFault, TriggerFaults, TriggerRows
from liqscape.wire.node.trigger_snapshot import TriggerSnapshot

TYPES = {
    "user": "<i4",
    "market_index": "<i4",
    "order_id": "<i8",
    "side": "|i1",
    "kind": "|i1",
    "is_market": "|b1",
    "trigger_price": "<f8",
    "limit_price": "<f8",
    "size": "<f8",
    "is_whole_position": "|b1",
    "is_reduce_only": "|b1",
    "placed_ms": "<i8",
}


class _Packed(msgspec.Struct, frozen=True, kw_only=True):
    """coins: names by market_index. named: coins that were looked at, those without a row have none; None: all."""

    height: int
    time_ms: int
    coins: tuple[str, ...]
    named: tuple[str, ...] | None
    addresses: tuple[str, ...]
    columns: dict[str, bytes]
    faults: dict[str, int]


class UnpackedTriggers(msgspec.Struct, frozen=True, kw_only=True):
    """As packed; orders.market_index are rows of `coins`."""

    height: int
    time_ms: int
    coins: tuple[str, ...]
    named: tuple[str, ...] | None
    orders: TriggerRows
    faults: TriggerFaults


def pack_triggers(snapshot: TriggerSnapshot, coins: Sequence[str], named: Sequence[str]) -> bytes:
    """As MessagePack. coins: of the markets in force, whose rows the snapshot names. named: those it speaks for."""
    orders = snapshot.orders
    return msgspec.msgpack.encode(
        _Packed(
            height=snapshot.height,
            time_ms=snapshot.time_ms,
            coins=tuple(coins),
            named=tuple(named),
            addresses=orders.addresses,
            columns={name: getattr(orders, name).astype(dtype).tobytes() for name, dtype in TYPES.items()},
            faults={reason.value: count for reason, count in snapshot.faults.items()},
        )
    )


def unpack_triggers(content: bytes) -> UnpackedTriggers:
    """The inverse. Raises InputError for bytes that are none."""
    try:
        packed = msgspec.msgpack.decode(content, type=_Packed)
        columns = {
            name: np.frombuffer(packed.columns[name], dtype).astype(np.dtype(dtype).newbyteorder("="))
            for name, dtype in TYPES.items()
        }
        orders = TriggerRows(addresses=packed.addresses, **columns)
        return UnpackedTriggers(
            height=packed.height,
            time_ms=packed.time_ms,
            coins=packed.coins,
            named=packed.named,
            orders=orders,
            faults=TriggerFaults({TriggerFault(reason): count for reason, count in packed.faults.items()}),
        )
    except (msgspec.MsgspecError, ModelError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"trigger orders cannot be read: {error}") from None
