"""The ledger's tables as the kernel of prints takes them: by their places, written down while they stay the same."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.address_table import AddressTable, text_of
from liqscape.ledger.batches import NOT_KNOWN, PrintRoom
from liqscape.ledger.columns import Count
from liqscape.ledger.kernels.prints import (
    HITS,
    HITS_FROM,
    NAMES_FROM,
    PLACES,
    ROOM,
    ROOM_FROM,
    TABLES,
    TERMS,
    TERMS_FROM,
    apply_trades,
)
from liqscape.ledger.new_tables import FIRST_ROWS, new_hits
from liqscape.ledger.tables import HitTables, LedgerTables, Terms
from liqscape.model.address_words import LETTERS, WORDS, AddressWords
from liqscape.model.trades import Trades
from liqscape.units import Int64Array

NO_WORDS = np.empty((0, WORDS), np.uint32)
NO_TEXT = b""
ROWS = (4,)
"""Bytes from one row of 32 bits to the next."""


class PrintTables:
    """`apply` prints; what they show of liquidations is in `hits` then. Importing this loads compiled code."""

    def __init__(self) -> None:
        self._tables: LedgerTables | None = None
        self._terms: Terms | None = None
        self._names_at: Int64Array | None = None
        self._places = np.zeros(PLACES, np.int64)
        self._keep_hits(new_hits())
        self._keep_room(FIRST_ROWS)

    def apply(
        self,
        tables: LedgerTables,
        terms: Terms,
        users: AddressTable | Int64Array,
        trades: Trades,
        order: Int64Array | None = None,
        *,
        is_room_made: bool,
    ) -> int:
        """What came of them (kernels/prints.py).

        users  numbers of `trades.addresses`, or the table they are found in.
        order  rows to take, one after the other; None: all as they come.
        """
        if tables is not self._tables:
            self._tables, self._places[:TERMS_FROM] = tables, TABLES.pack(tables)
        if terms is not self._terms:
            self._terms, self._places[TERMS_FROM:HITS_FROM] = terms, TERMS.pack(terms)
        names, word, text = trades.addresses, NO_WORDS, NO_TEXT
        ordered = 0 if order is None else len(order)
        if max(len(names), ordered) > len(self._room.number):
            self._keep_room(2 * max(len(names), ordered))
        if isinstance(users, np.ndarray):
            self._room.number[: len(users)] = users
        else:
            self._find_in(users)
            if isinstance(names, AddressWords):
                word = names.word
            else:
                text = text_of(names)
                if len(text) != (LETTERS + 1) * len(names) - 1:  # a name is none, or as long as two
                    return NOT_KNOWN
        if order is not None:
            self._room.order[:ordered] = order
        if is_room_made and len(trades) > len(self._hits.row):
            self._keep_hits(new_hits(2 * len(trades)))
        buyer, seller = trades.buyer, trades.seller
        if buyer.strides != ROWS or seller.strides != ROWS:  # columns of a table of pairs: compiled for these alone
            buyer, seller = np.ascontiguousarray(buyer, np.int32), np.ascontiguousarray(seller, np.int32)
        # In the order of PrintColumns, without making one: by name that takes half as long as a print.
        columns = (
            buyer,
            seller,
            trades.market_index,
            trades.price,
            trades.size,
            trades.is_buyer_taker,
            trades.time_ms,
            trades.trade_id,
        )
        return apply_trades(self._places, is_room_made, ordered, word, text, *columns)

    def hits(self, tables: LedgerTables) -> HitTables | None:
        """Liquidations that the last prints showed; None where they showed none."""
        count = tables.counter.item(Count.HITS)
        return HitTables(self._hits.row[:count].copy(), self._hits.value[:count].copy()) if count else None

    def _find_in(self, users: AddressTable) -> None:
        names_at = users.columns_at()
        if names_at is not self._names_at:
            self._names_at, self._places[NAMES_FROM:] = names_at, names_at

    def _keep_hits(self, hits: HitTables) -> None:
        self._hits, self._places[HITS_FROM:ROOM_FROM] = hits, HITS.pack(hits)

    def _keep_room(self, rows: int) -> None:
        room = PrintRoom(np.zeros(rows, np.int64), np.zeros(rows, np.int64))
        self._room, self._places[ROOM_FROM:NAMES_FROM] = room, ROOM.pack(room)
