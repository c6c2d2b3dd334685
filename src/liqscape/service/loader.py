"""Bulk loading: the events of a finite source through the pipeline into stored history.

Frames the history has already are passed over, so an interrupted load is finished by running it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from liqscape.errors import LiqscapeError
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.model.events import Event, MarketDefined
from liqscape.model.liquidations import Liquidation
from liqscape.service.pipeline import Pipeline
from liqscape.units import DAY_MS, MINUTE_MS

if TYPE_CHECKING:
    from liqscape.store.history import HistoryWriter

CHUNK_FRAMES = DAY_MS // MINUTE_MS
"""Frames after which what was taken is made durable, if the writer did not do so before. They are made one by one as
the writer takes them."""

Progress = Callable[[int], None]
"""Told how far (ms) the load has come: half of the way is that frames are made, half that they are durable."""

Keep = Callable[[Sequence[Liquidation], Sequence[str]], None]
"""Stores liquidations, given the coins of the markets they name; durable on return."""

Reach = Callable[[int], None]
"""Told the time (ms) up to which frames, and the liquidations among them, are durable."""


def keep_none(events: Sequence[Liquidation], coins: Sequence[str]) -> None:
    """Keep nothing: for sources that report no fills."""


def reach_none(time_ms: int) -> None:
    """A callback that ignores progress."""


class EventSource(Protocol):
    """Where events come from."""

    @property
    def provenance(self) -> Provenance:
        """What every figure made of the events is labelled with."""

    def events(self) -> Iterator[Event]:
        """All events, in order of time."""


def load_source(
    source: EventSource, writer: HistoryWriter, progress: Progress, keep: Keep = keep_none, reach: Reach = reach_none
) -> int:
    """Run a finite source to its end; returns the number of stored frames it made. Durable on return.

    Where the source ends with an error, the frames before it are stored, and then it is raised.
    """
    load = _Load(source, progress, keep, writer.last_time_ms)
    while load.begin_run():
        writer.append_many(load.moments())
        if writer.last_time_ms is not None:
            reach(writer.last_time_ms)
            load.note_durable(writer.last_time_ms)
    if load.error is not None:
        raise load.error
    return load.count


class _Load:
    """Events of a source as runs of frames: each of one definition of markets and a number of frames at most."""

    def __init__(self, source: EventSource, progress: Progress, keep: Keep, durable_ms: int | None) -> None:
        self.pipeline = Pipeline(source.provenance, with_bands=False)
        self.count = 0
        self.error: LiqscapeError | None = None
        self._events = source.events()
        self._progress = progress
        self._keep = keep
        self._durable_ms = durable_ms
        self._next: Event | None = self._take()

    def begin_run(self) -> bool:
        """Apply the definition the next run is of; False where there is no further run."""
        if self._next is None:
            return False
        if isinstance(self._next, MarketDefined):
            self.pipeline.feed(self._next)
            self._next = self._take()
        return True

    def moments(self) -> Iterator[Moment]:
        """Those of a run that are to be stored, made as they are asked for.

        Liquidations are kept before the frames of their time can be durable: what is told again is the same.
        """
        ledger, made = self.pipeline.ledger, 0
        while made < CHUNK_FRAMES and self._next is not None and not isinstance(self._next, MarketDefined):
            moment = self.pipeline.feed(self._next)
            if moment is not None and moment.is_stored:
                yield moment
                made += 1
                self.count += 1
                self._note_made(moment.frame.time_ms)
            self._next = self._take()
        if self._next is None:
            ledger.flush_liquidations()
        found = ledger.take_liquidations()
        if found:
            self._keep(found, ledger.markets.coins)

    def note_durable(self, time_ms: int) -> None:
        """All frames up to a time are stored."""
        self._durable_ms = time_ms
        self._progress(time_ms)

    def _note_made(self, time_ms: int) -> None:
        if self._durable_ms is None:
            self._durable_ms = time_ms
        self._progress((self._durable_ms + time_ms) // 2)

    def _take(self) -> Event | None:
        """The next event; None at the end, whatever it is."""
        try:
            return next(self._events, None)
        except LiqscapeError as error:
            self.error = error
            return None
