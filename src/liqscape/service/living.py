"""The sandbox market that lives on: pre-rolled into history, then stepped in real time.

State on disk is the history and, beside it, the sandbox's checkpoint, each replaced in one step. After a
kill between the two the market replays a few steps to the same bits, and the history passes over what it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.feed.pause import pause
from liqscape.heatmap.frame import MarketFrame
from liqscape.model.accounts import Accounts
from liqscape.model.events import Event, FrameDue
from liqscape.service.live import LiveState
from liqscape.service.loader import Progress
from liqscape.service.pipeline import Pipeline
from liqscape.store.durable import replace_file
from liqscape.units import DAY_MS

if TYPE_CHECKING:
    from liqscape.sandbox.market import SandboxMarket
    from liqscape.store.history import HistoryWriter

TICK_SECONDS = 3.0
"""The venue moves its marks every 3 seconds (HL.DOC.ORACLE)."""
CHECKPOINT = "sandbox.checkpoint"
CATCH_UP_STEPS = 50
"""Steps made in one go on the worker thread; between goes the server may stop."""


class LivingMarket:
    """Steps a sandbox market, stores its minutes, publishes every frame.

    `preroll` runs in the caller's thread before serving; `run` works in a worker thread, so that the event loop
    stays free; never both at once. `begin` must have been called before either.
    """

    def __init__(self, market: SandboxMarket, writer: HistoryWriter, folder: Path) -> None:
        self.market = market
        self._writer = writer
        self._folder = folder
        self._pipeline = Pipeline(market.provenance)
        self._newest: MarketFrame | None = None

    def begin(self) -> None:
        """Store the present state, where the history has not got it yet."""
        frames = [frame for frame, _ in self._feed(self.market.initial_events())]
        self._store((frame, self._pipeline.ledger.accounts) for frame in frames)

    def preroll(self, until_ms: int, progress: Progress) -> None:
        """Store every step up to a time, a UTC day at a go, as the history keeps it: a kill costs at most one day."""
        while self._is_due(until_ms):
            self._store(self._steps(until_ms, progress))

    def publish_newest(self, live: LiveState) -> None:
        """Make the last stored frame the newest one."""
        assert self._newest is not None
        ledger = self._pipeline.ledger
        live.publish(self._newest, ledger.accounts, ledger.tables, is_stored=True)

    async def run(
        self,
        live: LiveState,
        stop: asyncio.Event,
        *,
        speed: float = 1.0,
        now_ms: Callable[[], int],
        tick_seconds: float = TICK_SECONDS,
        beats: int = 1,
    ) -> None:
        """Live on until `stop`: a pushed frame every tick, a stored one every step.

        The market's time follows the wall clock `now_ms`; at another speed, or where it is ahead already, it
        starts from what it is and moves `speed` ms for each ms of the clock. Between two ticks the world moves
        on in so many beats, for those who listen to its blocks.
        """
        began_ms = now_ms()
        origin_ms = max(began_ms, self.market.time_ms)
        while not stop.is_set():
            until_ms = origin_ms + int((now_ms() - began_ms) * speed)
            made = await asyncio.to_thread(self.advance, until_ms)
            for frame, accounts, is_stored in made:
                live.publish(frame, accounts, self._pipeline.ledger.tables, is_stored=is_stored)
            if not self._is_due(until_ms):
                await pause(stop, tick_seconds / beats)
            for _ in range(beats - 1):
                until_ms = origin_ms + int((now_ms() - began_ms) * speed)
                if stop.is_set() or self._is_due(until_ms):
                    break
                await asyncio.to_thread(self.market.live, until_ms)
                await pause(stop, tick_seconds / beats)

    def advance(self, until_ms: int) -> list[tuple[MarketFrame, Accounts, bool]]:
        """Steps due up to a time (CATCH_UP_STEPS at most), stored; else the marks inside the coming step."""
        if self._is_due(until_ms):
            made: list[tuple[MarketFrame, Accounts]] = []
            while self._is_due(until_ms) and len(made) < CATCH_UP_STEPS:
                made += self._feed(self.market.step())
            self._store(made)
            return [(frame, accounts, True) for frame, accounts in made]
        if until_ms <= self.market.time_ms:
            return []
        return [(frame, accounts, False) for frame, accounts in self._feed(self.market.between(until_ms))]

    def _is_due(self, until_ms: int) -> bool:
        return self.market.time_ms + self.market.step_ms <= until_ms

    def _steps(self, until_ms: int, progress: Progress) -> Iterator[tuple[MarketFrame, Accounts]]:
        day = (self.market.time_ms + self.market.step_ms) // DAY_MS
        while self._is_due(until_ms) and (self.market.time_ms + self.market.step_ms) // DAY_MS == day:
            yield from self._feed(self.market.step())
            progress(self.market.time_ms)

    def _feed(self, events: list[Event]) -> list[tuple[MarketFrame, Accounts]]:
        frames: list[tuple[MarketFrame, Accounts]] = []
        for event in events:
            frame = self._pipeline.feed(event)
            if frame is None or not isinstance(event, FrameDue):
                continue
            frames.append((frame, self._pipeline.ledger.accounts))
            if event.is_stored:
                self._newest = frame
        return frames

    def _store(self, frames: Iterator[tuple[MarketFrame, Accounts]] | list[tuple[MarketFrame, Accounts]]) -> None:
        """History first: a checkpoint must never be ahead of it."""
        self._writer.append_many(frames, self._pipeline.ledger.tables)
        replace_file(self._folder / CHECKPOINT, self.market.checkpoint())
