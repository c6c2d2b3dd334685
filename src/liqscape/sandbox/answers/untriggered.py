"""`GET /untriggeredOrders` of an order book server: trigger orders of everybody, by coin and order (HL.NODE.L4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from liqscape.exchange.columns import TriggerColumn
from liqscape.sandbox.answers.triggers import map_trigger
from liqscape.sandbox.answers.units import address
from liqscape.wire.encode import to_wire

if TYPE_CHECKING:
    from liqscape.exchange.exchange import Exchange
    from liqscape.units import Int64Array

CANONICAL = ("limitPx", "sz")
"""Such a server prints these without trailing zeros ("64100", "0"), and the rest as the node wrote it."""


def answer_untriggered(exchange: Exchange, coin: str | None) -> bytes:
    """Its body. A coin without trigger orders is not in it, so of one that is not listed nothing is."""
    by_coin: dict[str, list[list[Any]]] = {}
    for row in exchange.waiting_triggers():
        name = exchange.markets.coins[int(row[TriggerColumn.MARKET])]
        if coin is None or name == coin:
            by_coin.setdefault(name, []).append(_owned(exchange, row))
    data = [[name, sorted(orders, key=lambda pair: pair[1]["oid"])] for name, orders in sorted(by_coin.items())]
    return msgspec.json.encode({"time": exchange.time_ms, "height": exchange.block, "data": data})


def _owned(exchange: Exchange, row: Int64Array) -> list[Any]:
    owner = address(exchange, int(row[TriggerColumn.ACCOUNT]))
    order: dict[str, Any] = to_wire(map_trigger(exchange, row))
    plain = {name: order[name].rstrip("0").rstrip(".") or "0" for name in CANONICAL}
    return [owner, {"user": owner, **order, **plain, "origSz": plain["sz"]}]
