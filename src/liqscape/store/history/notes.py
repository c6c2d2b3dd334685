"""What only who listens can write down, a minute at a time: the mark's path, edges crossed, causes of change.

Stored frames are a minute apart and hold neither. The tables are there so that who has them may give them with a
frame; nothing of the history rests on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from liqscape.store.history.schema import (
    ACCOUNT_MINUTES,
    COIN_MINUTES,
    DTYPES,
    EDGE_CROSSINGS,
    Batch,
    Table,
)

NO_MARKET = -1
"""Market of an account's row that is of its cash."""
NEVER_MS = -1
"""Time of a price that is not known."""


class Direction(IntEnum):
    """Which way the mark crossed an edge."""

    DOWN = -1
    UP = 1


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

    coins      market_index, mark_first, mark_low, mark_high, mark_last and mid_ the same (USD), each with _ms;
               bid_usd_0_5pct, bid_usd_1pct, bid_usd_2pct, ask_ the same (USD within so much of the mid); known_at_ms.
    crossings  market_index, side (Side), edge_price, direction (Direction), mark, known_at_ms.
    accounts   address_row, market_index (NO_MARKET: cash), kind (MinuteKind), size (coins), usd, known_at_ms.
    """

    coins: Table | None = None
    crossings: Table | None = None
    accounts: Table | None = None


def note_tables(time_ms: int, notes: MinuteNotes | None) -> Batch:
    """The tables of one frame; empty where nothing was given."""
    given = (None, None, None) if notes is None else (notes.coins, notes.crossings, notes.accounts)
    names: Sequence[str] = (COIN_MINUTES, EDGE_CROSSINGS, ACCOUNT_MINUTES)
    return {name: _table(name, time_ms, rows) for name, rows in zip(names, given, strict=True)}


def _table(name: str, time_ms: int, rows: Table | None) -> Table:
    count = 0 if rows is None else len(next(iter(rows.values())))
    table: Table = {}
    for column, dtype in DTYPES[name].items():
        if column == "time_ms":
            table[column] = np.full(count, time_ms, np.int64)
        elif rows is not None and column in rows:
            table[column] = np.asarray(rows[column], dtype)
        else:
            unknown = np.nan if dtype is np.float64 else 0 if dtype is np.uint8 else -1
            table[column] = np.full(count, unknown, dtype)
    return table
