"""Names of a node's tables, which are the names of its folders.

A node writes each table in one of three ways: a line an event (`node_fills`), a line a block (`node_fills_by_block`,
flag --batch-by-block), or blocks as they are processed (`node_fills_streaming`, flag --stream-with-block-info): the
schema of by-block files, where a block may take several lines.
"""

from __future__ import annotations

from enum import Enum

from liqscape.wire.node.fills import FILLS
from liqscape.wire.node.misc_events import MISC_EVENTS

TRADES = "node_trades"
ORDER_STATUSES = "node_order_statuses"
BY_BLOCK, STREAMING = "_by_block", "_streaming"

STATES = "periodic_abci_states"
"""Folder of state snapshots: `periodic_abci_states/<YYYYMMDD>/<height>.rmp`."""


class Batching(Enum):
    """What a line is."""

    EVENT = ""
    BLOCK = BY_BLOCK
    STREAM = STREAMING


DEFAULT_TABLES = tuple(
    f"{table}{batching.value}"
    for batching in (Batching.BLOCK, Batching.STREAM, Batching.EVENT)
    for table in (FILLS, MISC_EVENTS)
)
"""What decides the map, however the node was told to write it. Folders that are not there cost nothing."""


ORDER_STATUS_TABLES = tuple(
    f"{ORDER_STATUSES}{batching.value}" for batching in (Batching.BLOCK, Batching.STREAM, Batching.EVENT)
)
"""Who orders: read for the addresses alone, where a node writes them."""


def split_table(name: str) -> tuple[str, Batching]:
    """`node_fills_by_block` -> (`node_fills`, Batching.BLOCK)."""
    for batching in (Batching.BLOCK, Batching.STREAM):
        if name.endswith(batching.value):
            return name.removesuffix(batching.value), batching
    return name, Batching.EVENT
