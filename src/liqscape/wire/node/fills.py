"""`node_fills` and `node_fills_by_block`: every user's side of every fill, buyer before seller.

A line of node_fills is `[address, fill]`; a line of node_fills_by_block is one block with all of them. A liquidation
stands on both sides: count the row whose user is the liquidated one.
"""

from __future__ import annotations

import msgspec

from liqscape.wire.answer import parse_answer
from liqscape.wire.info.user_fills import Fill

FILLS, FILLS_BY_BLOCK = "node_fills", "node_fills_by_block"
"""Folders."""

UserFill = tuple[str, Fill]


class FillBlock(msgspec.Struct, frozen=True):
    """One block: when it was written, its own time, its height."""

    local_time: str
    block_time: str
    block_number: int
    events: tuple[UserFill, ...]


def parse_fill_line(line: bytes, source: str) -> UserFill:
    """One line of node_fills. Raises RemoteWireError."""
    return parse_answer(line, tuple[str, Fill], source)


def parse_fill_block(line: bytes, source: str) -> FillBlock:
    """One line of node_fills_by_block. Raises RemoteWireError."""
    return parse_answer(line, FillBlock, source)
