"""Records to frames, and nothing else: the same code when bytes arrive and when they are read from the raw log."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from liqscape.errors import InputError, ModelError, WireError
from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.plan import held_sizes
from liqscape.model.accounts import Accounts
from liqscape.model.events import Event, FrameDue
from liqscape.model.margin_tables import MarginTables
from liqscape.service.pipeline import Held, Pipeline
from liqscape.sources.live.assembler import Assembler
from liqscape.units import UInt8Array


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What a process was started with, as far as frames depend on it."""

    kind: str
    name: str
    is_simulated: bool
    note: str
    dexs: tuple[str, ...] | None

    @property
    def provenance(self) -> Provenance:
        """What every figure is labelled with."""
        return Provenance(self.kind, self.name, self.is_simulated, self.note)


@dataclass(frozen=True)
class CutFrame:
    """A frame with what it was made of."""

    frame: MarketFrame
    accounts: Accounts
    tables: MarginTables
    is_stored: bool


@dataclass(frozen=True)
class DueFrame:
    """A frame to be cut; doubt (M,): bits of Doubt, where something is in doubt, else None."""

    held: Held
    doubt: UInt8Array | None
    is_stored: bool


@dataclass(frozen=True)
class Fed:
    """What one record led to. `fault` says why it could not be used, if it could not; due: frames yet to be cut."""

    events: tuple[Event, ...]
    frames: tuple[CutFrame, ...]
    fault: str | None = None
    due: tuple[DueFrame, ...] = ()


class LiveCore:
    """One assembler and one pipeline. Depends on nothing but the records it is fed."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self.assembler = Assembler(start.dexs)
        self.pipeline = Pipeline(start.provenance)

    def feed(self, record: Record) -> Fed:
        """Move on by one record. What cannot be read changes nothing but the figures that say so."""
        fed = self.advance(record)
        frames: list[CutFrame] = []
        fault = fed.fault
        for each in fed.due:
            try:
                frames.append(self.cut(each))
            except ModelError as error:
                fault = str(error)
        return Fed(fed.events, tuple(frames), fault)

    def advance(self, record: Record) -> Fed:
        """The same, but the frames are due: to be cut in their order, in any thread, by `cut`."""
        due: list[DueFrame] = []
        fault = None
        try:
            events = tuple(self.assembler.feed(record))
        except (WireError, InputError, ModelError) as error:
            fault, events = str(error), tuple(self.assembler.fail(record))
        for event in events:
            try:
                self.pipeline.apply(event)
                if isinstance(event, FrameDue):
                    due.append(self._held(event))
            except ModelError as error:
                fault = str(error)
        return Fed(events, (), fault, tuple(due))

    def cut(self, due: DueFrame) -> CutFrame:
        """The frame with all that is in doubt in it."""
        held = due.held
        frame = self.pipeline.build(held)
        if due.doubt is not None or held.snapshot.doubt is not None:
            frame = replace(frame, snapshot=replace(frame.snapshot, doubt=due.doubt))
        return CutFrame(frame, held.accounts, held.tables, due.is_stored)

    def _held(self, due: FrameDue) -> DueFrame:
        """What the frame is made of. That positions exceed the open interest is known only now."""
        held, markets = self.pipeline.hold(), self.assembler.markets
        if len(held.snapshot.mark) != len(markets.markets):
            # The newest markets contradicted the ledger: the frame is of those before.
            return DueFrame(held, held.snapshot.doubt, due.is_stored)
        sizes = held_sizes(held.accounts, len(held.snapshot.mark))
        return DueFrame(held, markets.cover(sizes, due.received_ns), due.is_stored)


def start_record(start: Start, received_ns: int) -> Record:
    """The first record of a process."""
    return Record(RecordKind.STARTED, "", msgspec.json.encode(start), received_ns)


def checkpoint_record(start: Start, content: bytes, received_ns: int) -> Record:
    """All that is known, in the middle of a process: who replays from here needs what it was started with."""
    return Record(RecordKind.CHECKPOINT, msgspec.json.encode(start).decode(), content, received_ns)


def core_of(record: Record) -> LiveCore:
    """A core as the process of a STARTED record had it. Raises InputError for content that is none."""
    return _core(record.content)


def core_of_checkpoint(record: Record) -> LiveCore | None:
    """A core as the process that left it had it, still without what it knew; None for one without a start."""
    return _core(record.subject.encode()) if record.subject.startswith("{") else None


def _core(start: bytes) -> LiveCore:
    try:
        return LiveCore(msgspec.json.decode(start, type=Start))
    except msgspec.MsgspecError as error:
        raise InputError(f"raw log: record of a start cannot be read: {error}") from None
