"""Rows of orders to trigger orders: of `frontendOpenOrders`, node snapshots, order statuses and order book servers.

All of them print an order alike. What says that it is a trigger order and cannot be used is left out and counted by
reason (TriggerFault). Children of an order that rests in the book are not armed before it fills: they are left out too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np

from liqscape.model.addresses import is_address
from liqscape.model.trigger_rows import MAX_ORDER_ID, TriggerFault, TriggerFaults, TriggerRows
from liqscape.model.triggers import BUY, SELL, TriggerKind, fires_below
from liqscape.wire.decode import LARGEST_NUMBER, try_decode

SIDES = {"B": BUY, "A": SELL}
TYPES = {
    "Stop Market": (TriggerKind.STOP, True),
    "Stop Limit": (TriggerKind.STOP, False),
    "Take Profit Market": (TriggerKind.TAKE_PROFIT, True),
    "Take Profit Limit": (TriggerKind.TAKE_PROFIT, False),
}
"""orderType -> (kind, is_market)."""
LARGEST_TIME_MS = 1 << 46
UNKNOWN = -1.0
"""Of a price or size that is not printed: no order has it."""


class OrderRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An order as far as it is read; what an older server leaves out has its default."""

    coin: str
    side: str = ""
    limitPx: float = UNKNOWN
    sz: float = UNKNOWN
    oid: int = -1
    timestamp: int = -1
    triggerCondition: str | None = None
    isTrigger: bool = False
    triggerPx: float | None = None
    isPositionTpsl: bool = False
    reduceOnly: bool = False
    orderType: str = ""
    children: tuple[msgspec.Raw, ...] = ()


OwnedOrder = tuple[str, OrderRow]
"""(owner, order)."""
_ROWS = msgspec.json.Decoder(list[OrderRow], strict=False)
_RAW_ROWS = msgspec.json.Decoder(list[msgspec.Raw])


def read_order_rows(content: bytes | msgspec.Raw, faults: TriggerFaults) -> list[OrderRow] | None:
    """Orders of a list; one that cannot be read costs its own row. None where it is no list."""
    try:
        return _ROWS.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        raw = _RAW_ROWS.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    found = [try_decode(bytes(each), OrderRow) for each in raw]
    faults[TriggerFault.UNREADABLE] += found.count(None)
    return [each for each in found if each is not None]


def fault_of(order: OrderRow, market_of: Mapping[str, int]) -> TriggerFault | None:
    """What is wrong with a row that says it is a trigger order; None where nothing is."""
    found = TYPES.get(order.orderType)
    side = SIDES.get(order.side)
    price, size = order.triggerPx, order.sz
    if order.coin not in market_of:
        return TriggerFault.NOT_LISTED
    if found is None:
        return TriggerFault.UNKNOWN_TYPE
    if side is None:
        return TriggerFault.UNKNOWN_SIDE
    if price is None or not 0.0 < price < LARGEST_NUMBER:
        return TriggerFault.NO_PRICE
    if not (0.0 < size < LARGEST_NUMBER or (order.isPositionTpsl and size == 0.0)):
        return TriggerFault.NO_SIZE
    if not (0 <= order.oid <= MAX_ORDER_ID and 0 <= order.timestamp < LARGEST_TIME_MS):
        return TriggerFault.BAD_NUMBER
    text = (order.triggerCondition or "").lower()
    if ("above" if fires_below(side, found[0]) else "below") in text:
        return TriggerFault.CONDITION_DISAGREES
    return None


def map_triggers(rows: Iterable[OwnedOrder], market_of: Mapping[str, int], faults: TriggerFaults) -> TriggerRows:
    """The armed trigger orders among some orders, row by row in their order; `faults` counts what was left out.

    An order with another size than 0 that closes the whole position is one of its size: the exchange reduces by that.
    """
    kept: list[OrderRow] = []
    users: list[int] = []
    row_of: dict[str, int] = {}
    spelt: dict[str, int] = {}
    for owner, order in rows:
        if not order.isTrigger:
            faults[TriggerFault.NOT_ARMED] += len(order.children)
            continue
        fault = fault_of(order, market_of)
        if fault is None:
            user = spelt.get(owner)
            if user is None:
                address = owner.lower()
                if is_address(address):
                    user = spelt[owner] = row_of.setdefault(address, len(row_of))
            if user is not None:
                kept.append(order)
                users.append(user)
                continue
            fault = TriggerFault.NO_ADDRESS
        faults[fault] += 1
    return _columns(tuple(row_of), users, kept, market_of)


def _columns(
    addresses: tuple[str, ...], users: Sequence[int], kept: Sequence[OrderRow], market_of: Mapping[str, int]
) -> TriggerRows:
    size = np.array([each.sz for each in kept], np.float64)
    types = [TYPES[each.orderType] for each in kept]
    trigger_price = np.array([each.triggerPx for each in kept], np.float64)
    limit = np.array([each.limitPx for each in kept], np.float64)
    is_limit = np.isfinite(limit) & (limit > 0.0)
    return TriggerRows(
        addresses=addresses,
        user=np.array(users, np.int32),
        market_index=np.array([market_of[each.coin] for each in kept], np.int32),
        order_id=np.array([each.oid for each in kept], np.int64),
        side=np.array([SIDES[each.side] for each in kept], np.int8),
        kind=np.array([kind for kind, _ in types], np.int8),
        is_market=np.array([is_market for _, is_market in types], np.bool_),
        trigger_price=trigger_price,
        limit_price=np.where(is_limit, limit, np.nan),
        size=size,
        is_whole_position=size == 0.0,
        is_reduce_only=np.array([each.reduceOnly or each.isPositionTpsl for each in kept], np.bool_),
        placed_ms=np.array([each.timestamp for each in kept], np.int64),
    )
