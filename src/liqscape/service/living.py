"""The sandbox market that lives on: pre-rolled into history, then stepped in real time.

State on disk is the history and, beside it, liquidations and the sandbox's checkpoint, each replaced in one step.
After a kill between them the market replays a few steps to the same bits, and passes over what is there already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from liqscape.exchange.columns import FillColumn
from liqscape.feed.pause import pause
from liqscape.heatmap.moment import Moment
from liqscape.model.events import Event
from liqscape.model.liquidations import Liquidation
from liqscape.risk.liquidation import solve_liquidation
from liqscape.service.executors import beside
from liqscape.service.folders import CHECKPOINT, LIQUIDATIONS
from liqscape.service.live import LiveState
from liqscape.service.loader import Progress
from liqscape.service.pipeline import Pipeline
from liqscape.store.durable import replace_file
from liqscape.units import DAY_MS, Float64Array, Int64Array, PoolMode

if TYPE_CHECKING:
    from liqscape.sandbox.market import SandboxMarket
    from liqscape.store.history import HistoryWriter

TICK_SECONDS = 3.0
"""The venue moves its marks every 3 seconds (HL.DOC.ORACLE)."""
CATCH_UP_STEPS = 50
"""Steps made in one go on the worker thread; between goes the server may stop."""


class LivingMarket:
    """Steps a sandbox market, stores its minutes, publishes every frame.

    `preroll` runs in the caller's thread before serving; `run` works in a worker thread, so that the event loop
    stays free; never both at once. `begin` must have been called before either.
    """

    def __init__(self, market: SandboxMarket, writer: HistoryWriter, folder: Path) -> None:
        from liqscape.sandbox.liquidated import LiquidatedFills
        from liqscape.store.liquidations import LiquidationWriter

        self.market = market
        self._fills = LiquidatedFills()
        market.listeners.append(self._fills.observe)
        self._liquidations = LiquidationWriter(folder / LIQUIDATIONS)
        self._liquidated: list[tuple[Int64Array, Float64Array]] = []
        """Fills not yet kept, with the level that was shown before each."""
        self._writer = writer
        self._folder = folder
        self._pipeline = Pipeline(market.provenance)
        self._newest: Moment | None = None
        self.stored: Callable[[int], object] = lambda _: None
        """Told the time of the last frame whenever some are durable; in the thread that stores them."""
        self.observe: Callable[[list[Event]], object] = lambda _: None
        """Told every event, in the thread that makes them."""
        self.liquidated: Callable[[Sequence[Liquidation], Sequence[str]], object] = lambda _events, _coins: None
        """Told of liquidations that were kept, with the coins of the markets they name; in the same thread."""

    def begin(self) -> None:
        """Store the present state, where the history has not got it yet."""
        self._store(self._feed(self.market.initial_events()))

    def preroll(self, until_ms: int, progress: Progress) -> None:
        """Store every step up to a time, a UTC day at a go, as the history keeps it: a kill costs at most one day."""
        while self.is_due(until_ms):
            self._store(self._steps(until_ms, progress))

    def publish_newest(self, live: LiveState, sequence: int | None = None) -> None:
        """Make the last stored frame the newest one, under a number at least."""
        assert self._newest is not None
        live.publish(self._newest, sequence)

    async def run(
        self,
        live: LiveState,
        stop: asyncio.Event,
        *,
        speed: float = 1.0,
        now_ms: Callable[[], int],
        tick_seconds: float = TICK_SECONDS,
        beats: int = 1,
        executor: Executor | None = None,
    ) -> None:
        """Run until `stop`: push a frame every tick, store one every step.

        The market's time follows the wall clock `now_ms`; at another speed, or where it is ahead already, it
        starts from what it is and moves `speed` ms for each ms of the clock. Between two ticks the world moves
        on in so many beats, for those who listen to its blocks.
        """
        began_ms = now_ms()
        origin_ms = max(began_ms, self.market.time_ms)
        while not stop.is_set():
            until_ms = origin_ms + int((now_ms() - began_ms) * speed)
            made = await beside(executor, self.advance, until_ms)
            for moment in made:
                live.publish(moment)
            if not self.is_due(until_ms):
                await pause(stop, tick_seconds / beats)
            for _ in range(beats - 1):
                until_ms = origin_ms + int((now_ms() - began_ms) * speed)
                if stop.is_set() or self.is_due(until_ms):
                    break
                await beside(executor, self.market.live, until_ms)
                await pause(stop, tick_seconds / beats)

    def advance(self, until_ms: int) -> list[Moment]:
        """Steps due up to a time (CATCH_UP_STEPS at most), stored; else the marks inside the coming step."""
        if self.is_due(until_ms):
            made: list[Moment] = []
            while self.is_due(until_ms) and len(made) < CATCH_UP_STEPS:
                made += self._feed(self.market.step())
            self._store(made)
            return made
        return [] if until_ms <= self.market.time_ms else self._feed(self.market.between(until_ms))

    def is_due(self, until_ms: int) -> bool:
        """Whether a step ends at or before a time."""
        return self.market.time_ms + self.market.step_ms <= until_ms

    def _steps(self, until_ms: int, progress: Progress) -> Iterator[Moment]:
        day = (self.market.time_ms + self.market.step_ms) // DAY_MS
        while self.is_due(until_ms) and (self.market.time_ms + self.market.step_ms) // DAY_MS == day:
            yield from self._feed(self.market.step())
            progress(self.market.time_ms)

    def _feed(self, events: list[Event]) -> list[Moment]:
        self._note_liquidated()
        self.observe(events)
        moments = [moment for event in events if (moment := self._pipeline.feed(event)) is not None]
        self._pipeline.ledger.take_liquidations()  # those of the exchange's own log are kept
        for moment in moments:
            if moment.is_stored:
                self._newest = moment
        return moments

    def _store(self, moments: Iterable[Moment]) -> None:
        """History and liquidations first: a checkpoint must never be ahead of them."""
        self._writer.append_many(moments)
        self._keep_liquidations()
        replace_file(self._folder / CHECKPOINT, self.market.checkpoint())
        self.stored(self.market.time_ms)

    def _note_liquidated(self) -> None:
        """Fills of liquidations since the last frame, with the levels that frame had."""
        fills = self._fills.take()
        is_known = ~self.market.world.population.is_hidden[fills[:, FillColumn.LIQUIDATED]]
        if np.any(is_known):
            known = fills[is_known]
            self._liquidated.append((known, self._levels_of(known)))

    def _levels_of(self, fills: Int64Array) -> Float64Array:
        """(F,) level of the liquidated position of each fill, NaN where the map had none."""
        ledger, addresses = self._pipeline.ledger, self.market.world.exchange.addresses
        accounts = ledger.accounts
        price = solve_liquidation(accounts, ledger.snapshot, ledger.tables).price
        rows = {each: row for row, each in enumerate(accounts.addresses)}
        pool = np.repeat(np.arange(accounts.pool_count), np.diff(accounts.offsets))
        owner, mode = accounts.address_row[pool], accounts.mode[pool]
        places = zip(owner.tolist(), accounts.market_index.tolist(), (mode == PoolMode.ISOLATED).tolist(), strict=True)
        levels = dict(zip(places, price.tolist(), strict=True))
        found = [
            levels.get((rows.get(addresses[victim]), market, bool(is_isolated)), np.nan)
            for victim, market, is_isolated in fills[
                :, [FillColumn.LIQUIDATED, FillColumn.MARKET, FillColumn.IS_ISOLATED]
            ].tolist()
        ]
        return np.array(found, np.float64)

    def _keep_liquidations(self) -> None:
        from liqscape.sandbox.liquidated import liquidations_of

        if not self._liquidated:
            return
        fills = np.concatenate([rows for rows, _ in self._liquidated])
        levels = np.concatenate([levels for _, levels in self._liquidated])
        exchange = self.market.world.exchange
        made, coins = liquidations_of(exchange, fills, levels), exchange.markets.coins
        self._liquidations.keep(made, coins)
        self._liquidated.clear()
        self.liquidated(made, coins)
