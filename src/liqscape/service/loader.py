"""Bulk loading: the events of a finite source through the pipeline into stored history.

Frames the history has already are passed over, so an interrupted load is finished by running it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.model.accounts import Accounts
from liqscape.model.events import Event, FrameDue, MarketDefined
from liqscape.model.liquidations import Liquidation
from liqscape.service.pipeline import Pipeline

if TYPE_CHECKING:
    from liqscape.store.history import HistoryWriter

CHUNK_FRAMES = 64
"""Frames held in memory before they are written."""

Progress = Callable[[int], None]
"""Told the time (ms) of each frame made."""

Keep = Callable[[Sequence[Liquidation], Sequence[str]], None]
"""Stores liquidations, given the coins of the markets they name; durable on return."""


def keep_none(events: Sequence[Liquidation], coins: Sequence[str]) -> None:
    """For sources that tell no fills."""


class Source(Protocol):
    """Where events come from."""

    @property
    def provenance(self) -> Provenance:
        """What every figure made of the events is labelled with."""

    def events(self) -> Iterator[Event]:
        """All events, in order of time."""


def load_source(source: Source, writer: HistoryWriter, progress: Progress, keep: Keep = keep_none) -> int:
    """Run a finite source to its end; returns the number of stored frames it made. Durable on return.

    Liquidations are kept before the frames of their time: what an interrupted load tells again is the same.
    """
    pipeline = Pipeline(source.provenance)
    waiting: list[tuple[MarketFrame, Accounts]] = []
    count = 0

    def flush() -> None:
        events = pipeline.ledger.take_liquidations()
        if events:
            keep(events, pipeline.ledger.markets.coins)
        if waiting:
            writer.append_many(waiting, pipeline.ledger.tables)
            waiting.clear()

    for event in source.events():
        if isinstance(event, MarketDefined) or len(waiting) >= CHUNK_FRAMES:
            flush()
        frame = pipeline.feed(event)
        if frame is not None and isinstance(event, FrameDue) and event.is_stored:
            waiting.append((frame, pipeline.ledger.accounts))
            count += 1
            progress(frame.time_ms)
    pipeline.ledger.flush_liquidations()
    flush()
    return count
