"""What only who listens can write down, a minute at a time: the mark's path, depth, causes of change.

Stored frames are a minute apart and hold neither. Whoever has these rows gives them with a frame; nothing of the
frames rests on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from liqscape.units import AnyArray

Columns = dict[str, AnyArray]
"""Columns of equal length by name."""

NO_MARKET = -1
"""Market of an account's row that is of its cash."""
NEVER_MS = -1
"""Time of a price that is not known."""


class ForcedFlow(IntEnum):
    """Which way forced orders go: a liquidated long is sold, a liquidated short bought."""

    SELL = -1
    BUY = 1


class MinuteKind(IntEnum):
    """Why an account's size or cash moved in a minute."""

    TRADE = 0
    DEPOSIT = 1
    WITHDRAWAL = 2
    TRANSFER = 3
    FUNDING = 4
    LIQUIDATED_BOOK = 5
    LIQUIDATED_BACKSTOP = 6
    DELEVERAGED = 7
    DELEVERAGED_AS_WINNER = 8


@dataclass(frozen=True)
class MinuteNotes:
    """Rows of the minute up to a frame, without its time; columns that are not given are not known.

    coins         market_index, mark_first, mark_low, mark_high, mark_last and mid_ the same (USD), each with _ms;
                  bid_usd_0_5pct, bid_usd_1pct, bid_usd_2pct, ask_ the same (USD within so much of the mid);
                  since_ms: from when on this minute was watched (of the frame before, where that was wholly so);
                  known_at_ms.
    path          market_index, at_ms, mark: marks of other base bands (heatmap.grid) than the one before, by coin and
                  then time. With coins the minute's path is complete to a base band.
    accounts      address_row, market_index (NO_MARKET: cash), kind (MinuteKind), size (signed coins the position
                  moved by), usd (cash moved, received > 0), first_ms, last_ms (of what was summed), known_at_ms.
    liquidations  events that are over, with what they moved; columns of store/history/schema.LIQUIDATION_EVENTS,
                  method a LiquidationMethod, direction a ForcedFlow, unknown text empty.
    """

    coins: Columns | None = None
    path: Columns | None = None
    accounts: Columns | None = None
    liquidations: Columns | None = None

    @property
    def byte_count(self) -> int:
        """Memory of the columns."""
        given = (self.coins, self.path, self.accounts, self.liquidations)
        return sum(values.nbytes for columns in given if columns is not None for values in columns.values())
