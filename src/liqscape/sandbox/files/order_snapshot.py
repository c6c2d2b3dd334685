"""Everybody's orders at one block, as a node writes them on request (`fileSnapshot` of `l4Snapshots`).

With `includeUsers`, `includeTriggerOrders` and `includeHeightInOutput`: `[height, [[coin, {"book_orders": [bids, asks],
"untriggered_orders": list}], ...]]`, each list of `[owner, order]` (docs/sources.md, HL.NODE.L4).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from liqscape.exchange.columns import OrderColumn, TriggerColumn
from liqscape.sandbox.answers.orders import map_frontend
from liqscape.sandbox.answers.triggers import map_trigger
from liqscape.sandbox.answers.units import address
from liqscape.wire.encode import to_wire

if TYPE_CHECKING:
    from liqscape.exchange.exchange import Exchange
    from liqscape.units import Int64Array

ORDERS = "l4_snapshots"
"""Folder of the files beside a node's own tables; a real node writes to the path it is given."""


def write_orders(exchange: Exchange, folder: Path) -> Path:
    """Write l4_snapshots/HEIGHT.json, whole or not at all."""
    path = folder / ORDERS / f"{exchange.block}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_orders_to(exchange, path)


def write_orders_to(exchange: Exchange, path: Path) -> Path:
    """Write them to a file in a folder that is there, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(build_orders(exchange))
    return part.replace(path)


def build_orders(exchange: Exchange) -> bytes:
    """The file's bytes, as of the present block."""
    resting = exchange.state.order
    resting = resting[resting[:, OrderColumn.ID] > 0]
    triggers = exchange.waiting_triggers()
    listed = []
    for market, coin in enumerate(exchange.markets.coins):
        orders = resting[resting[:, OrderColumn.MARKET] == market]
        sides = [_best_first(orders[orders[:, OrderColumn.SIDE] == sign], sign) for sign in (1, -1)]
        listed.append(
            [
                coin,
                {
                    "book_orders": [
                        [
                            [_owner(exchange, row, OrderColumn.ACCOUNT), to_wire(map_frontend(exchange, row))]
                            for row in side
                        ]
                        for side in sides
                    ],
                    "untriggered_orders": [
                        [_owner(exchange, row, TriggerColumn.ACCOUNT), to_wire(map_trigger(exchange, row))]
                        for row in triggers[triggers[:, TriggerColumn.MARKET] == market]
                    ],
                },
            ]
        )
    return msgspec.json.encode([exchange.block, listed])


def _best_first(orders: Int64Array, sign: int) -> Int64Array:
    return orders[np.lexsort((orders[:, OrderColumn.ID], -sign * orders[:, OrderColumn.PRICE]))]


def _owner(exchange: Exchange, row: Int64Array, column: int) -> str:
    return address(exchange, int(row[column]))
