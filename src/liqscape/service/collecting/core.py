"""Records to frames, and nothing else: the same code when bytes arrive and when they are read from the raw log."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from liqscape.errors import InputError, ModelError, WireError
from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.model.accounts import Accounts
from liqscape.model.events import Event, FrameDue
from liqscape.model.margin_tables import MarginTables
from liqscape.service.pipeline import Pipeline
from liqscape.sources.live.assembler import Assembler


class Start(msgspec.Struct, frozen=True):
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
class Fed:
    """What one record led to. `fault` says why it could not be used, if it could not."""

    events: tuple[Event, ...]
    frames: tuple[CutFrame, ...]
    fault: str | None = None


class LiveCore:
    """One assembler and one pipeline. Depends on nothing but the records it is fed."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self.assembler = Assembler(start.dexs)
        self.pipeline = Pipeline(start.provenance)

    def feed(self, record: Record) -> Fed:
        """Move on by one record. What cannot be read changes nothing but the figures that say so."""
        frames: list[CutFrame] = []
        fault = None
        try:
            events = tuple(self.assembler.feed(record))
        except (WireError, InputError, ModelError) as error:
            fault, events = str(error), tuple(self.assembler.fail(record))
        for event in events:
            try:
                frame = self.pipeline.feed(event)
            except ModelError as error:
                fault = str(error)
                continue
            if frame is not None and isinstance(event, FrameDue):
                ledger = self.pipeline.ledger
                frames.append(CutFrame(self._judged(frame, event), ledger.accounts, ledger.tables, event.is_stored))
        return Fed(events, tuple(frames), fault)

    def _judged(self, frame: MarketFrame, due: FrameDue) -> MarketFrame:
        """The frame with all that is in doubt in it: that positions exceed the open interest is known only now."""
        markets, snapshot = self.assembler.markets, frame.snapshot
        if len(snapshot.mark) != len(markets.markets):
            return frame  # the newest markets contradicted the ledger: the frame is of those before
        doubt = markets.cover(frame.position_size[:, 0] + frame.position_size[:, 1], due.received_ns)
        if doubt is None and snapshot.doubt is None:
            return frame
        return replace(frame, snapshot=replace(snapshot, doubt=doubt))


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
