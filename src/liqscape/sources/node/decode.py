"""Lines of a node's files to events. Depends on records only; the same records give the same events.

By-block files name every block, so lines that come a second time are told and left out. A hole between two lines
(holes.py) is a gap of everybody. A line or an event that cannot be read is counted and said with file and number
(counted from the first line that was read of the file); whom it names is in doubt (damage.py), and all others stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import msgspec

from liqscape.errors import WireError
from liqscape.feed.records import Record
from liqscape.model.events import CashMoved, Event, FillsObserved, FundingPaid, GapDetected, TradesPrinted
from liqscape.model.trades import Fills, FundingPayments
from liqscape.sources.node.damage import (
    EVERYBODY,
    Concerned,
    LooseBlock,
    concerned_by,
    concerned_by_bytes,
)
from liqscape.sources.node.holes import Hole, TablePlaces
from liqscape.sources.node.lines import LineBatch, LineCounter, NodeLine
from liqscape.wire.columns.fills import map_fills
from liqscape.wire.decode import decode_record, try_decode
from liqscape.wire.info.clearinghouse_state import LARGEST_TIME_MS
from liqscape.wire.info.user_fills import Fill
from liqscape.wire.node.block_time import parse_block_time, read_block_time
from liqscape.wire.node.cash import map_cash
from liqscape.wire.node.columns import map_funding, map_funding_pieces, map_node_trades
from liqscape.wire.node.fills import FILLS, FillBlock, UserFill
from liqscape.wire.node.misc_events import MISC_EVENTS, MiscEvent, MiscEventBlock, NodeLedgerUpdate, cut_funding
from liqscape.wire.node.tables import TRADES, Batching, split_table
from liqscape.wire.node.trades import NodeTrade, TradeBlock

MAX_REMARKS = 100
LONG_LINE = 8 << 20
"""Bytes; from here on payments of a line are decoded piece by piece."""
SOON_MS = 1_000
"""Lines of a table follow each other within so long."""

Item = TypeVar("Item")
Block = TypeVar("Block", FillBlock, TradeBlock, MiscEventBlock)


@dataclass(frozen=True, kw_only=True)
class DecodeFigures:
    """Counts of decoded lines since the start.

    malformed       lines, funding lists or fills that could not be read; lost_lines: those of them that were lines.
    events          fills, trades, payments and others that could be read.
    repeated        blocks that had come before.
    missing_blocks  between blocks that came.
    passed_over     lines of tables that decide nothing, fills of coins that are no market.
    block, block_time_ms  the newest one seen; 0 before the first.
    """

    lines: int
    malformed: int
    lost_lines: int
    events: int
    repeated: int
    missing_blocks: int
    passed_over: int
    block: int
    block_time_ms: int


class _Rows(NamedTuple):
    """Fills of one line, and the time by which they had happened."""

    line: NodeLine
    fills: Sequence[UserFill]
    time_ms: int


class NodeDecoder:
    """`decode` turns one record into events. market_of (row by coin) may be replaced when markets are listed."""

    def __init__(self, market_of: Mapping[str, int]) -> None:
        self.market_of = market_of
        self.remarks: list[str] = []
        self.places = TablePlaces()
        self._first_remark: str | None = None
        self._counter = LineCounter()
        self._lines = self._malformed = self._lost_lines = self._events = self._passed_over = 0

    def figures(self) -> DecodeFigures:
        """Counts since the start."""
        places = self.places
        return DecodeFigures(
            lines=self._lines,
            malformed=self._malformed,
            lost_lines=self._lost_lines,
            events=self._events,
            repeated=places.repeated,
            missing_blocks=places.missing_blocks,
            passed_over=self._passed_over,
            block=places.newest.block,
            block_time_ms=places.newest.time_ms,
        )

    def take_first_remark(self) -> str | None:
        """The first one since this was last asked."""
        remark, self._first_remark = self._first_remark, None
        return remark

    def lost(self, record: Record, time_ms: int) -> list[Event]:
        """What follows from lines of a file that cannot be had: whatever was in them is missing up to `time_ms`."""
        name = record.subject.partition("/")[0]
        table, batching = split_table(name)
        if table not in (FILLS, MISC_EVENTS, TRADES) or batching is Batching.BLOCK:
            return []  # a jump of block numbers will say what was in them
        hole = Hole(self.places[name].time_ms, time_ms, f"{record.subject}: lines that cannot be had")
        return [_gap(hole, record.received_ns)]

    def decode(self, record: Record) -> list[Event]:
        """Events of a NODE_LINES record, gaps first, in the order of their lines; all cash that moved as one event."""
        lines = self._counter.take(record.subject, record.content)
        return self.decode_lines(record.subject, lines, record.received_ns)

    def decode_lines(self, subject: str, lines: Sequence[NodeLine], received_ns: int = 0) -> list[Event]:
        """The same of lines of one file that are cut already; none of them empty."""
        batch = LineBatch(subject, received_ns, lines)
        self._lines += len(lines)
        if batch.table == FILLS:
            self._fills(batch)
        elif batch.table == MISC_EVENTS:
            self._misc_events(batch)
        elif batch.table == TRADES:
            self._trades(batch)
        else:
            self._passed_over += len(lines)
        return batch.events

    def _fills(self, batch: LineBatch) -> None:
        found: list[_Rows] = []
        for line in batch.lines:
            if batch.batching is Batching.EVENT:
                fill = self._event(line, tuple[str, Fill], batch)
                if fill is not None:
                    self._note_time(fill[1].time, batch)
                    found.append(_Rows(line, (fill,), fill[1].time))
                continue
            rows = self._block(line, FillBlock, tuple[str, Fill], batch)
            if rows:
                found.append(_Rows(line, rows, self.places[batch.name].time_ms))
        fills = self._map_fills(found, batch)
        if len(fills):
            batch.events.append(FillsObserved(int(fills.time_ms[-1]), batch.received_ns, fills))

    def _map_fills(self, found: list[_Rows], batch: LineBatch) -> Fills:
        """Fills of all lines at once; where one of them holds nonsense, all others."""
        left_out: dict[str, int] = {}
        given = [row for rows in found for row in rows.fills]
        try:
            fills = map_fills(given, self.market_of, batch.subject, left_out)
        except WireError:
            return self._map_fills([self._good_ones(rows, batch) for rows in found], batch)
        self._events += len(given)
        self._passed_over += sum(left_out.values())
        return fills

    def _good_ones(self, rows: _Rows, batch: LineBatch) -> _Rows:
        """The fills of a line that can be taken; who is named by the others is in doubt."""
        good = []
        for row in rows.fills:
            try:
                map_fills([row], self.market_of, rows.line.source)
                good.append(row)
            except WireError as error:
                self._refuse(error)
                concerned = concerned_by([row[0], {"coin": row[1].coin}], self.market_of)
                self._doubt(concerned, rows.time_ms, rows.line, batch)
        return rows._replace(fills=good)

    def _trades(self, batch: LineBatch) -> None:
        rows: list[tuple[int, NodeTrade]] = []
        for line in batch.lines:
            if batch.batching is Batching.EVENT:
                trade = self._event(line, NodeTrade, batch)
                found: Sequence[NodeTrade] = () if trade is None else (trade,)
            else:
                found = self._block(line, TradeBlock, NodeTrade, batch)
            for each in found:
                try:
                    time_ms = parse_block_time(each.time, line.source, "time")
                except WireError as error:
                    self._refuse(error)
                    self._doubt_trade(each, self._soon(batch), line, batch)
                    continue
                if batch.batching is Batching.EVENT:
                    self._note_time(time_ms, batch)
                rows.append((time_ms, each))
        trades, unreadable = map_node_trades(rows, self.market_of)
        self._events += len(rows) - len(unreadable)
        for time_ms, each in unreadable:
            self._malformed += 1
            self._doubt_trade(each, time_ms, batch.subject, batch)
        self._passed_over += len(rows) - len(unreadable) - len(trades)
        if len(trades):
            batch.events.append(TradesPrinted(int(trades.time_ms[-1]), batch.received_ns, trades))

    def _doubt_trade(self, trade: NodeTrade, time_ms: int, line: NodeLine | str, batch: LineBatch) -> None:
        self._doubt(concerned_by(msgspec.to_builtins(trade), self.market_of), time_ms, line, batch)

    def _misc_events(self, batch: LineBatch) -> None:
        updates: list[tuple[int, NodeLedgerUpdate]] = []
        for whole in batch.lines:
            line, paid = self._cut_funding(whole) if len(whole.content) > LONG_LINE else (whole, None)
            if batch.batching is Batching.EVENT:
                event = self._event(line, MiscEvent, batch)
                found: Sequence[MiscEvent] = () if event is None else (event,)
            else:
                found = self._block(line, MiscEventBlock, MiscEvent, batch)
            for each in found:
                try:
                    time_ms = parse_block_time(each.time, line.source, "time")
                except WireError as error:
                    self._refuse(error)
                    concerned = concerned_by(msgspec.to_builtins(each), self.market_of)
                    self._doubt(concerned, self._soon(batch), line, batch)
                    continue
                if batch.batching is Batching.EVENT:
                    self._note_time(time_ms, batch)
                self._misc_event(each, time_ms, line, batch, updates, paid)
        movements = map_cash(updates)
        if len(movements):
            batch.events.append(CashMoved(max(time_ms for time_ms, _ in updates), batch.received_ns, movements))

    def _misc_event(
        self,
        event: MiscEvent,
        time_ms: int,
        line: NodeLine,
        batch: LineBatch,
        updates: list[tuple[int, NodeLedgerUpdate]],
        paid: tuple[FundingPayments, list[str]] | None,
    ) -> None:
        funding, update = event.inner.Funding, event.inner.LedgerUpdate
        if funding is None and update is None:
            self._passed_over += 1
        if funding is not None:
            payments, unreadable = paid or map_funding(funding.deltas, self.market_of)
            self._events += len(payments)
            if unreadable:
                self._malformed += len(unreadable)
                self._say(f"{line.source}: {len(unreadable)} funding payments are not finite numbers")
                named = tuple(user.lower() for user in unreadable)
                self._doubt(Concerned(named), time_ms, line, batch)
            if len(payments):
                batch.events.append(FundingPaid(time_ms, batch.received_ns, payments))
        if update is not None:
            self._events += 1
            updates.append((time_ms, update))

    def _cut_funding(self, line: NodeLine) -> tuple[NodeLine, tuple[FundingPayments, list[str]] | None]:
        """(the line without its payments, the payments) of one that would be large as records; else as it is, None."""
        cut = cut_funding(line.content)
        if cut is None:
            return line, None
        try:
            paid = map_funding_pieces(cut[1], self.market_of)
        except WireError:
            return line, None
        return line._replace(content=cut[0]), paid

    def _event(self, line: NodeLine, kind: type[Item], batch: LineBatch) -> Item | None:
        """The event of a line; None where it cannot be read."""
        found = try_decode(line.content, kind)
        if found is not None:
            return found
        try:
            return decode_record(line.content, kind, line.source)
        except WireError as error:
            self._lost_lines += 1
            self._refuse(error)
            self._doubt(concerned_by_bytes(line.content, self.market_of), self._soon(batch), line, batch)
            return None

    def _block(self, line: NodeLine, block_kind: type[Block], kind: type[Item], batch: LineBatch) -> Sequence[Item]:
        """Events of a block that has not come before, as far as they can be read; a gap where blocks are missing."""
        block: Block | LooseBlock | None = try_decode(line.content, block_kind)
        time_ms = None if block is None else read_block_time(block.block_time)
        if block is None or time_ms is None:
            try:
                block = decode_record(line.content, LooseBlock, line.source)
                time_ms = parse_block_time(block.block_time, line.source)
            except WireError as error:
                self._lost_lines += 1
                self._refuse(error)
                if batch.batching is not Batching.BLOCK:  # numbers will not tell that one is missing
                    self._doubt(EVERYBODY, self._soon(batch), line, batch)
                return ()
        is_new, hole = self.places.note_block(batch.name, batch.batching, block.block_number, time_ms)
        if hole is not None:
            batch.events.append(_gap(hole, batch.received_ns))
        if not is_new:
            return ()
        if not isinstance(block, LooseBlock):
            return block.events  # type: ignore[return-value]
        found = []
        for raw in block.events:
            try:
                found.append(decode_record(bytes(raw), kind, line.source))
            except WireError as error:
                self._refuse(error)
                self._doubt(concerned_by_bytes(bytes(raw), self.market_of), time_ms, line, batch)
        return found

    def _note_time(self, time_ms: int, batch: LineBatch) -> None:
        hole = self.places.note_time(batch.name, time_ms) if 0 <= time_ms <= LARGEST_TIME_MS else None
        if hole is not None:
            batch.events.append(_gap(hole, batch.received_ns))

    def _soon(self, batch: LineBatch) -> int:
        """By when something without a time of its own had happened: it stands right after what came before it."""
        held_ms = self.places[batch.name].time_ms
        return held_ms + SOON_MS if held_ms else batch.received_ns // 1_000_000

    def _doubt(self, concerned: Concerned | None, time_ms: int, line: NodeLine | str, batch: LineBatch) -> None:
        if concerned is not None:
            reason = f"{line if isinstance(line, str) else line.source}: what cannot be read"
            batch.events.append(
                GapDetected(
                    time_ms=time_ms,
                    received_ns=batch.received_ns,
                    from_ms=time_ms - 1,
                    market_index=concerned.rows,
                    reason=reason,
                    addresses=concerned.addresses,
                )
            )

    def _refuse(self, error: WireError) -> None:
        self._malformed += 1
        self._say(str(error))

    def _say(self, remark: str) -> None:
        if self._first_remark is None:
            self._first_remark = remark
        self.remarks.append(remark)
        del self.remarks[:-MAX_REMARKS]


def _gap(hole: Hole, received_ns: int) -> GapDetected:
    """A gap of every market."""
    return GapDetected(
        time_ms=hole.to_ms, received_ns=received_ns, from_ms=hole.from_ms, market_index=None, reason=hole.reason
    )
