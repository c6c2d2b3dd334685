"""`fileSnapshot`: a node's info server is told to write everybody's orders to a file (HL.NODE.L4)."""

from __future__ import annotations

import msgspec


class L4SnapshotsRequest(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="l4Snapshots"):
    """All orders of all coins, with their owners and with trigger orders where asked."""

    includeUsers: bool
    includeTriggerOrders: bool


class FileSnapshotRequest(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="fileSnapshot"):
    """outPath: of the file, on the node's machine. includeHeightInOutput: begin it with its block."""

    request: L4SnapshotsRequest
    outPath: str
    includeHeightInOutput: bool


def everybodys_orders(path: str) -> FileSnapshotRequest:
    """The one request that is of use for trigger orders: with owners, triggers and the block."""
    return FileSnapshotRequest(
        request=L4SnapshotsRequest(includeUsers=True, includeTriggerOrders=True),
        outPath=path,
        includeHeightInOutput=True,
    )
