"""`node_trades`: one line a trade with both sides, as nodes write without --write-fills (docs/node.md).

A trade has no number here: it is told by the orders of both sides.
"""

from __future__ import annotations

import msgspec

TRADE_ID_BITS = 50
"""As wide as the exchange's own trade ids."""
MIX = 0x9E3779B97F4A7C15
"""Odd and close to 2^64 over the golden ratio: multiplying by it spreads neighbouring order ids."""


class TradeSide(msgspec.Struct, frozen=True):
    """start_pos: signed coins before the trade."""

    user: str
    start_pos: float
    oid: int


class NodeTrade(msgspec.Struct, frozen=True, kw_only=True):
    """side B: the buyer was the aggressor. time as text, without zone. side_info: buyer, seller."""

    coin: str
    side: str
    time: str
    px: float
    sz: float
    side_info: tuple[TradeSide, TradeSide]

    @property
    def trade_id(self) -> int:
        """The same for the same two orders; not the exchange's own number."""
        buyer, seller = self.side_info
        return ((buyer.oid * MIX + seller.oid) * MIX & (1 << 64) - 1) >> 64 - TRADE_ID_BITS


class TradeBlock(msgspec.Struct, frozen=True):
    """One line of node_trades_by_block or node_trades_streaming."""

    local_time: str
    block_time: str
    block_number: int
    events: tuple[NodeTrade, ...]
