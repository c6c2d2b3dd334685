"""Records to frames, and nothing else: the same code when bytes arrive and when they are read from the raw log."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from liqscape.errors import InputError, ModelError, WireError
from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.model.events import Event
from liqscape.risk.threads import ONE_THREAD, KernelThreads
from liqscape.service.pipeline import DueMoment, Pipeline
from liqscape.sources.live.assembler import Assembler
from liqscape.wire.info.read_states import ReadState


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What a process was started with, as far as frames depend on it.

    has_fast_marks  marks are read from the channel of mids too, which the raw log then holds.
    """

    kind: str
    name: str
    is_simulated: bool
    note: str
    dexs: tuple[str, ...] | None
    has_fast_marks: bool = False

    @property
    def provenance(self) -> Provenance:
        """What every figure is labelled with."""
        return Provenance(self.kind, self.name, self.is_simulated, self.note)


@dataclass(frozen=True)
class Fed:
    """What one record led to. `fault` says why it could not be used, if it could not; due: moments yet to be built."""

    events: tuple[Event, ...]
    moments: tuple[Moment, ...]
    fault: str | None = None
    due: tuple[DueMoment, ...] = ()


NOTHING = Fed((), ())
"""Of most messages of prints, which are gathered."""


class LiveCore:
    """One assembler and one pipeline. Depends on nothing but the records it is fed."""

    def __init__(self, start: Start, threads: KernelThreads = ONE_THREAD) -> None:
        self.start = start
        self.assembler = Assembler(start.dexs, has_fast_marks=start.has_fast_marks)
        self.pipeline = Pipeline(start.provenance, threads=threads)

    def feed(self, record: Record, states: tuple[ReadState, ...] | None = None) -> Fed:
        """Move on by one record. What cannot be read changes nothing but the figures that say so.

        states  of accounts that were read in it already; None: they are read here, to the same records.
        """
        fed = self.advance(record, states)
        if fed is NOTHING:
            self.pipeline.settle()
        if not fed.due:
            return fed
        moments: list[Moment] = []
        fault = fed.fault
        for each in fed.due:
            try:
                moments.append(self.pipeline.build(each))
            except ModelError as error:
                fault = str(error)
        return Fed(fed.events, tuple(moments), fault)

    def advance(self, record: Record, states: tuple[ReadState, ...] | None = None) -> Fed:
        """Apply one record as `feed` does, but leave its due moments to be built, in order, by `pipeline.build`."""
        due: list[DueMoment] = []
        fault = None
        try:
            events = tuple(self.assembler.feed(record, states))
            if not events:
                return NOTHING
        except (WireError, InputError, ModelError) as error:
            fault, events = str(error), tuple(self.assembler.fail(record))
        for event in events:
            try:
                moment = self.pipeline.advance(event)
                if moment is not None:
                    due.append(self._with_doubt(moment, event.received_ns))
            except ModelError as error:
                fault = str(error)
        return Fed(events, (), fault, tuple(due))

    def _with_doubt(self, due: DueMoment, received_ns: int) -> DueMoment:
        """The same with all that is in doubt in it. That positions exceed the open interest is known only now."""
        markets, snapshot = self.assembler.markets, due.snapshot
        if len(snapshot.mark) != len(markets.markets):
            return due  # the newest markets contradicted the ledger: it is of those before
        doubt = markets.cover(due.held_sizes(), received_ns)
        if doubt is None and snapshot.doubt is None:
            return due
        return due.with_snapshot(replace(snapshot, doubt=doubt))


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
