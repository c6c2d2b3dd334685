"""The ledger's tables as the kernel of prints takes them: by their places, written down while they stay the same."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.batches import PrintColumns
from liqscape.ledger.columns import Count
from liqscape.ledger.kernels.trades import HITS, HITS_FROM, TABLES, TERMS, TERMS_FROM, apply_trades
from liqscape.ledger.new_tables import new_hits
from liqscape.ledger.tables import HitTables, LedgerTables, Terms
from liqscape.model.trades import Trades
from liqscape.units import Int64Array


class PrintTables:
    """`apply` prints; what they show of liquidations is in `hits` then. Importing this loads compiled code."""

    def __init__(self) -> None:
        self._tables: LedgerTables | None = None
        self._terms: Terms | None = None
        self._hits = new_hits()
        self._places = np.zeros(HITS_FROM + HITS.width, np.int64)
        self._places[HITS_FROM:] = HITS.pack(self._hits)

    def apply(
        self,
        tables: LedgerTables,
        terms: Terms,
        order: Int64Array,
        number: Int64Array,
        trades: Trades,
        *,
        is_room_made: bool,
    ) -> int:
        """What came of them (kernels/trades.py). number: accounts by row of `trades.addresses`."""
        if tables is not self._tables:
            self._tables, self._places[:TERMS_FROM] = tables, TABLES.pack(tables)
        if terms is not self._terms:
            self._terms, self._places[TERMS_FROM:HITS_FROM] = terms, TERMS.pack(terms)
        prints = PrintColumns(
            buyer=np.ascontiguousarray(trades.buyer, np.int32),
            seller=np.ascontiguousarray(trades.seller, np.int32),
            market_index=trades.market_index,
            price=trades.price,
            size=trades.size,
            is_buyer_taker=trades.is_buyer_taker,
            time_ms=trades.time_ms,
            trade_id=trades.trade_id,
        )
        if is_room_made and len(trades) > len(self._hits.row):
            self._hits = new_hits(2 * len(trades))
            self._places[HITS_FROM:] = HITS.pack(self._hits)
        return apply_trades(self._places, is_room_made, order, number, *prints)

    def hits(self, tables: LedgerTables) -> HitTables | None:
        """Liquidations that the last prints showed; None where they showed none."""
        count = tables.counter.item(Count.HITS)
        return HitTables(self._hits.row[:count].copy(), self._hits.value[:count].copy()) if count else None
