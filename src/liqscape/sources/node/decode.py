"""Lines of a node's files to events. Depends on records only; the same records give the same events.

By-block files name every block, so lines that come a second time are told and left out. A hole between two lines
(holes.py) is a gap of everybody. A line or an event that cannot be read is counted and said with file and number
(counted from the first line that was read of the file); whom it names is in doubt (damage.py), and all others stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import msgspec

from liqscape.errors import WireError
from liqscape.feed.records import Record
from liqscape.model.events import CashMoved, Event, FillsObserved, FundingPaid, GapDetected, TradesPrinted
from liqscape.model.trades import Fills
from liqscape.sources.node.damage import (
    EVERYBODY,
    Concerned,
    LooseBlock,
    concerned_by,
    concerned_by_bytes,
)
from liqscape.sources.node.holes import Hole, TablePlaces
from liqscape.wire.columns.fills import map_fills
from liqscape.wire.decode import decode_record
from liqscape.wire.info.clearinghouse_state import LARGEST_TIME_MS
from liqscape.wire.info.user_fills import Fill
from liqscape.wire.node.block_time import parse_block_time
from liqscape.wire.node.cash import map_cash
from liqscape.wire.node.columns import map_funding, map_node_trades
from liqscape.wire.node.fills import FILLS, FillBlock, UserFill
from liqscape.wire.node.misc_events import MISC_EVENTS, MiscEvent, MiscEventBlock, NodeLedgerUpdate
from liqscape.wire.node.tables import TRADES, Batching, split_table
from liqscape.wire.node.trades import NodeTrade, TradeBlock

MOST_REMARKS = 100
MOST_FILES = 64
"""Files whose lines are counted."""
SOON_MS = 1_000
"""Lines of a table follow each other within so long."""

Item = TypeVar("Item")
Block = TypeVar("Block", FillBlock, TradeBlock, MiscEventBlock)


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
    """Fills of one line, and the time by which they had happened."""

    source: str
    fills: Sequence[UserFill]
    time_ms: int


class NodeDecoder:
    """`decode` turns one record into events. market_of (row by coin) may be replaced when markets are listed."""

    def __init__(self, market_of: Mapping[str, int]) -> None:
        self.market_of = market_of
        self.remarks: list[str] = []
        self.places = TablePlaces()
        self._counted: dict[str, int] = {}
        self._lines = self._malformed = self._passed_over = 0

    def figures(self) -> DecodeFigures:
        """Counts since the start."""
        places = self.places
        return DecodeFigures(
            self._lines,
            self._malformed,
            places.repeated,
            places.missing_blocks,
            self._passed_over,
            places.newest.block,
            places.newest.time_ms,
        )

    def lost(self, record: Record, time_ms: int) -> list[Event]:
        """What follows from lines of a file that cannot be had: whatever was in them is missing up to `time_ms`."""
        name = record.subject.partition("/")[0]
        table, batching = split_table(name)
        if table not in (FILLS, MISC_EVENTS, TRADES) or batching is Batching.BLOCK:
            return []  # a jump of block numbers will say what was in them
        hole = Hole(self.places[name].time_ms, time_ms, f"{record.subject}: lines that cannot be had")
        return [_gap(hole, record)]

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
            if batching is Batching.EVENT:
                fill = self._event(line, tuple[str, Fill], name, source, record, events)
                if fill is not None:
                    self._note_time(name, fill[1].time, record, events)
                    heap.append(_Rows(source, (fill,), fill[1].time))
                continue
            found = self._block(line, FillBlock, tuple[str, Fill], name, batching, source, record, events)
            if found:
                heap.append(_Rows(source, found, self.places[name].time_ms))
        fills = self._map_fills(heap, record, events)
        if len(fills):
            events.append(FillsObserved(int(fills.time_ms[-1]), record.received_ns, fills))
        return events

    def _map_fills(self, heap: list[_Rows], record: Record, events: list[Event]) -> Fills:
        """Fills of all lines at once; where one of them holds nonsense, all others."""
        left_out: dict[str, int] = {}
        try:
            fills = map_fills([row for rows in heap for row in rows.fills], self.market_of, record.subject, left_out)
        except WireError:
            return self._map_fills([self._good_ones(rows, record, events) for rows in heap], record, events)
        self._passed_over += sum(left_out.values())
        return fills

    def _good_ones(self, rows: _Rows, record: Record, events: list[Event]) -> _Rows:
        """The fills of a line that can be taken; who is named by the others is in doubt."""
        good = []
        for row in rows.fills:
            try:
                map_fills([row], self.market_of, rows.source)
                good.append(row)
            except WireError as error:
                self._refuse(error)
                concerned = concerned_by([row[0], {"coin": row[1].coin}], self.market_of)
                self._doubt(concerned, rows.time_ms, rows.source, record, events)
        return replace(rows, fills=good)

    def _trades(self, record: Record, name: str, batching: Batching, lines: list[tuple[str, bytes]]) -> list[Event]:
        events: list[Event] = []
        rows: list[tuple[int, NodeTrade]] = []
        for source, line in lines:
            if batching is Batching.EVENT:
                trade = self._event(line, NodeTrade, name, source, record, events)
                found: Sequence[NodeTrade] = () if trade is None else (trade,)
            else:
                found = self._block(line, TradeBlock, NodeTrade, name, batching, source, record, events)
            for each in found:
                try:
                    time_ms = parse_block_time(each.time, source, "time")
                except WireError as error:
                    self._refuse(error)
                    self._doubt_trade(each, self._soon(name, record), source, record, events)
                    continue
                if batching is Batching.EVENT:
                    self._note_time(name, time_ms, record, events)
                rows.append((time_ms, each))
        trades, unreadable = map_node_trades(rows, self.market_of)
        for time_ms, each in unreadable:
            self._malformed += 1
            self._doubt_trade(each, time_ms, record.subject, record, events)
        self._passed_over += len(rows) - len(unreadable) - len(trades)
        if len(trades):
            events.append(TradesPrinted(int(trades.time_ms[-1]), record.received_ns, trades))
        return events

    def _doubt_trade(self, trade: NodeTrade, time_ms: int, source: str, record: Record, events: list[Event]) -> None:
        concerned = concerned_by(msgspec.to_builtins(trade), self.market_of)
        self._doubt(concerned, time_ms, source, record, events)

    def _misc_events(
        self, record: Record, name: str, batching: Batching, lines: list[tuple[str, bytes]]
    ) -> list[Event]:
        events: list[Event] = []
        updates: list[tuple[int, NodeLedgerUpdate]] = []
        for source, line in lines:
            if batching is Batching.EVENT:
                event = self._event(line, MiscEvent, name, source, record, events)
                found: Sequence[MiscEvent] = () if event is None else (event,)
            else:
                found = self._block(line, MiscEventBlock, MiscEvent, name, batching, source, record, events)
            for each in found:
                try:
                    time_ms = parse_block_time(each.time, source, "time")
                except WireError as error:
                    self._refuse(error)
                    concerned = concerned_by(msgspec.to_builtins(each), self.market_of)
                    self._doubt(concerned, self._soon(name, record), source, record, events)
                    continue
                if batching is Batching.EVENT:
                    self._note_time(name, time_ms, record, events)
                self._misc_event(each, time_ms, source, record, events, updates)
        movements = map_cash(updates)
        if len(movements):
            events.append(CashMoved(max(time_ms for time_ms, _ in updates), record.received_ns, movements))
        return events

    def _misc_event(
        self,
        event: MiscEvent,
        time_ms: int,
        source: str,
        record: Record,
        events: list[Event],
        updates: list[tuple[int, NodeLedgerUpdate]],
    ) -> None:
        funding, update = event.inner.Funding, event.inner.LedgerUpdate
        if funding is None and update is None:
            self._passed_over += 1
        if funding is not None:
            payments, unreadable = map_funding(funding.deltas, self.market_of)
            if unreadable:
                self._malformed += len(unreadable)
                self._say(f"{source}: {len(unreadable)} funding payments are not finite numbers")
                named = tuple(user.lower() for user in unreadable)
                self._doubt(Concerned(named), time_ms, source, record, events)
            if len(payments):
                events.append(FundingPaid(time_ms, record.received_ns, payments))
        if update is not None:
            updates.append((time_ms, update))

    def _event(
        self, line: bytes, kind: type[Item], name: str, source: str, record: Record, events: list[Event]
    ) -> Item | None:
        """The event of a line; None where it cannot be read."""
        try:
            return decode_record(line, kind, source)
        except WireError as error:
            self._refuse(error)
            concerned = concerned_by_bytes(line, self.market_of)
            self._doubt(concerned, self._soon(name, record), source, record, events)
            return None

    def _block(
        self,
        line: bytes,
        block_kind: type[Block],
        kind: type[Item],
        name: str,
        batching: Batching,
        source: str,
        record: Record,
        events: list[Event],
    ) -> Sequence[Item]:
        """Events of a block that has not come before, as far as they can be read; what is missing before it is told."""
        block: Block | LooseBlock
        try:
            try:
                block = decode_record(line, block_kind, source)
            except WireError:
                block = decode_record(line, LooseBlock, source)
            time_ms = parse_block_time(block.block_time, source)
        except WireError as error:
            self._refuse(error)
            if batching is not Batching.BLOCK:  # numbers will not tell that one is missing
                self._doubt(EVERYBODY, self._soon(name, record), source, record, events)
            return ()
        is_new, hole = self.places.note_block(name, batching, block.block_number, time_ms)
        if hole is not None:
            events.append(_gap(hole, record))
        if not is_new:
            return ()
        if not isinstance(block, LooseBlock):
            return block.events  # type: ignore[return-value]
        found = []
        for raw in block.events:
            try:
                found.append(decode_record(bytes(raw), kind, source))
            except WireError as error:
                self._refuse(error)
                concerned = concerned_by_bytes(bytes(raw), self.market_of)
                self._doubt(concerned, time_ms, source, record, events)
        return found

    def _note_time(self, name: str, time_ms: int, record: Record, events: list[Event]) -> None:
        hole = self.places.note_time(name, time_ms) if 0 <= time_ms <= LARGEST_TIME_MS else None
        if hole is not None:
            events.append(_gap(hole, record))

    def _soon(self, name: str, record: Record) -> int:
        """By when something without a time of its own had happened: it stands right after what came before it."""
        held_ms = self.places[name].time_ms
        return held_ms + SOON_MS if held_ms else record.received_ns // 1_000_000

    def _doubt(
        self, concerned: Concerned | None, time_ms: int, source: str, record: Record, events: list[Event]
    ) -> None:
        if concerned is not None:
            reason = f"{source}: what cannot be read"
            events.append(
                GapDetected(time_ms, record.received_ns, time_ms - 1, concerned.rows, reason, concerned.addresses)
            )

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


def _gap(hole: Hole, record: Record) -> GapDetected:
    """A gap of every market."""
    return GapDetected(hole.to_ms, record.received_ns, hole.from_ms, None, hole.reason)
