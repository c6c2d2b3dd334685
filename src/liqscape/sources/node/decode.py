"""Lines of a node's files to events. Depends on records only; the same records give the same events.

By-block files name every block, so lines that come a second time are told and left out, and a hole between two blocks
is told too: what traded in it is a gap. A line that cannot be read is counted and said with file and number (counted
from the first line that was read of the file); the others stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.errors import WireError
from liqscape.feed.records import Record
from liqscape.model.events import CashMoved, Event, FillsObserved, FundingPaid, GapDetected, TradesPrinted
from liqscape.model.trades import Fills
from liqscape.units import HOUR_MS
from liqscape.wire.columns.fills import map_fills
from liqscape.wire.decode import decode_record
from liqscape.wire.info.user_fills import Fill
from liqscape.wire.node.block_time import parse_block_time
from liqscape.wire.node.cash import map_cash
from liqscape.wire.node.columns import map_funding, map_node_trades
from liqscape.wire.node.fills import FILLS, FillBlock, UserFill
from liqscape.wire.node.misc_events import MISC_EVENTS, FundingDeltas, MiscEvent, MiscEventBlock, NodeLedgerUpdate
from liqscape.wire.node.tables import TRADES, Batching, split_table
from liqscape.wire.node.trades import NodeTrade, TradeBlock

MOST_REMARKS = 100
MOST_FILES = 64
"""Files whose lines are counted."""


@dataclass(frozen=True)
class DecodeFigures:
    """Since the start.

    malformed       lines, funding lists or fills that could not be read.
    repeated        blocks that had come before.
    missing_blocks  between blocks that came.
    passed_over     lines of tables that decide nothing, fills of coins that are no market.
    block, block_time_ms  the newest one seen; 0 before the first.
    """

    lines: int
    malformed: int
    repeated: int
    missing_blocks: int
    passed_over: int
    block: int
    block_time_ms: int


@dataclass(frozen=True)
class _Rows:
    """Fills of one line; time of its block, 0 where it is none."""

    source: str
    fills: Sequence[UserFill]
    time_ms: int = 0


@dataclass
class _Table:
    """Where a by-block table stands."""

    block: int = 0
    time_ms: int = 0


class NodeDecoder:
    """`decode` turns one record into events. market_of (row by coin) may be replaced when markets are listed."""

    def __init__(self, market_of: Mapping[str, int]) -> None:
        self.market_of = market_of
        self.remarks: list[str] = []
        self._tables: dict[str, _Table] = {}
        self._counted: dict[str, int] = {}
        self._lines = self._malformed = self._repeated = self._missing_blocks = self._passed_over = 0

    def figures(self) -> DecodeFigures:
        """Counts since the start."""
        newest = max(self._tables.values(), key=lambda table: table.block, default=_Table())
        return DecodeFigures(
            self._lines,
            self._malformed,
            self._repeated,
            self._missing_blocks,
            self._passed_over,
            newest.block,
            newest.time_ms,
        )

    def decode(self, record: Record) -> list[Event]:
        """Events of a NODE_LINES record, gaps first, in the order of their lines; all cash that moved as one event."""
        name = record.subject.partition("/")[0]
        table, batching = split_table(name)
        lines = record.content.splitlines()
        first = self._count(record.subject, len(lines))
        numbered = [(f"{record.subject}: line {first + row}", line) for row, line in enumerate(lines) if line]
        if table == FILLS:
            return self._fills(record, name, batching, numbered)
        if table == MISC_EVENTS:
            return self._misc_events(record, name, batching, numbered)
        if table == TRADES:
            return self._trades(record, name, batching, numbered)
        self._passed_over += len(numbered)
        return []

    def _fills(self, record: Record, name: str, batching: Batching, lines: list[tuple[str, bytes]]) -> list[Event]:
        events: list[Event] = []
        heap: list[_Rows] = []
        for source, line in lines:
            try:
                if batching is Batching.EVENT:
                    heap.append(_Rows(source, (decode_record(line, tuple[str, Fill], source),)))
                    continue
                block = decode_record(line, FillBlock, source)
                if self._is_new(name, batching, block.block_number, block.block_time, source, record, events):
                    heap.append(_Rows(source, block.events, self._tables[name].time_ms))
            except WireError as error:
                self._refuse(error)
        fills = self._map_fills(heap, record, events)
        if len(fills):
            events.append(FillsObserved(int(fills.time_ms[-1]), record.received_ns, fills))
        return events

    def _map_fills(self, heap: list[_Rows], record: Record, events: list[Event]) -> Fills:
        """Fills of all lines at once; where one of them holds nonsense, of those that do not."""
        left_out: dict[str, int] = {}
        try:
            fills = map_fills([row for rows in heap for row in rows.fills], self.market_of, record.subject, left_out)
        except WireError:
            return self._map_fills([rows for rows in heap if self._is_good(rows, record, events)], record, events)
        self._passed_over += sum(left_out.values())
        return fills

    def _is_good(self, rows: _Rows, record: Record, events: list[Event]) -> bool:
        """Whether the fills of a line can be taken; those of a block that cannot are a gap of its markets."""
        try:
            map_fills(rows.fills, self.market_of, rows.source)
        except WireError as error:
            self._refuse(error)
            if rows.time_ms:
                markets = {self.market_of[fill.coin] for _, fill in rows.fills if fill.coin in self.market_of}
                gap = GapDetected(
                    rows.time_ms,
                    record.received_ns,
                    rows.time_ms - 1,
                    np.array(sorted(markets), np.int32),
                    f"{rows.source}: fills that cannot be read",
                )
                events.append(gap)
            return False
        return True

    def _trades(self, record: Record, name: str, batching: Batching, lines: list[tuple[str, bytes]]) -> list[Event]:
        events: list[Event] = []
        rows: list[tuple[int, NodeTrade]] = []
        for source, line in lines:
            try:
                if batching is Batching.EVENT:
                    trade = decode_record(line, NodeTrade, source)
                    rows.append((parse_block_time(trade.time, source, "time"), trade))
                    continue
                block = decode_record(line, TradeBlock, source)
                if self._is_new(name, batching, block.block_number, block.block_time, source, record, events):
                    rows += [(parse_block_time(each.time, source, "time"), each) for each in block.events]
            except WireError as error:
                self._refuse(error)
        trades, unreadable = map_node_trades(rows, self.market_of)
        self._malformed += unreadable
        self._passed_over += len(rows) - unreadable - len(trades)
        if len(trades):
            events.append(TradesPrinted(int(trades.time_ms[-1]), record.received_ns, trades))
        return events

    def _misc_events(
        self, record: Record, name: str, batching: Batching, lines: list[tuple[str, bytes]]
    ) -> list[Event]:
        events: list[Event] = []
        updates: list[tuple[int, NodeLedgerUpdate]] = []
        for source, line in lines:
            try:
                if batching is Batching.EVENT:
                    found: Iterable[MiscEvent] = (decode_record(line, MiscEvent, source),)
                else:
                    block = decode_record(line, MiscEventBlock, source)
                    is_new = self._is_new(name, batching, block.block_number, block.block_time, source, record, events)
                    found = block.events if is_new else ()
                for event in found:
                    self._misc_event(event, source, record.received_ns, events, updates)
            except WireError as error:
                self._refuse(error)
        movements = map_cash(updates)
        if len(movements):
            events.append(CashMoved(max(time_ms for time_ms, _ in updates), record.received_ns, movements))
        return events

    def _misc_event(
        self,
        event: MiscEvent,
        source: str,
        received_ns: int,
        events: list[Event],
        updates: list[tuple[int, NodeLedgerUpdate]],
    ) -> None:
        funding, update = event.inner.Funding, event.inner.LedgerUpdate
        if funding is None and update is None:
            self._passed_over += 1
            return
        time_ms = parse_block_time(event.time, source, "time")
        if funding is not None:
            events += self._funding(funding, time_ms, received_ns, source)
        if update is not None:
            updates.append((time_ms, update))

    def _funding(self, funding: FundingDeltas, time_ms: int, received_ns: int, source: str) -> list[Event]:
        payments, unreadable = map_funding(funding.deltas, self.market_of)
        if unreadable:
            self._malformed += unreadable
            self._say(f"{source}: {unreadable} funding payments are not finite numbers")
        return [FundingPaid(time_ms, received_ns, payments)] if len(payments) else []

    def _is_new(
        self,
        name: str,
        batching: Batching,
        block: int,
        block_time: str,
        source: str,
        record: Record,
        events: list[Event],
    ) -> bool:
        """Whether a block has not come before; notes it, and what is missing before it."""
        time_ms = parse_block_time(block_time, source)
        held = self._tables.setdefault(name, _Table())
        if block < held.block or (block == held.block and batching is Batching.BLOCK):
            self._repeated += 1
            return False
        missing = block - held.block - 1
        if held.block and missing > 0 and batching is Batching.BLOCK:
            self._missing_blocks += missing
            # Misc events matter to everybody at the full hour only; cash that moved in the hole is found by reading.
            if not name.startswith(MISC_EVENTS) or time_ms // HOUR_MS != held.time_ms // HOUR_MS:
                reason = f"{name}: {missing} blocks after {held.block} are missing"
                events.append(GapDetected(time_ms, record.received_ns, held.time_ms, None, reason))
        held.block, held.time_ms = block, max(held.time_ms, time_ms)
        return True

    def _count(self, subject: str, count: int) -> int:
        """Number of the first of some more lines of a file."""
        first = self._counted.pop(subject, 0) + 1
        self._counted[subject] = first + count - 1
        while len(self._counted) > MOST_FILES:
            del self._counted[next(iter(self._counted))]
        self._lines += count
        return first

    def _refuse(self, error: WireError) -> None:
        self._malformed += 1
        self._say(str(error))

    def _say(self, remark: str) -> None:
        self.remarks.append(remark)
        del self.remarks[:-MOST_REMARKS]
