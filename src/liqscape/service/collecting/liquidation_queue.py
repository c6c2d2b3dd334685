"""Liquidations from the ledger to the store; inferred ones are held against the account's own fills, within budget."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor

from liqscape.errors import FeedError, StoreError, WireError
from liqscape.feed.info_client import InfoClient
from liqscape.feed.records import Record, RecordKind
from liqscape.model.liquidations import Evidence, Liquidation
from liqscape.service.collecting.core import Fed, LiveCore
from liqscape.service.collecting.disk_watch import DiskWatch
from liqscape.service.collecting.listing import Say, ask
from liqscape.service.executors import beside
from liqscape.sources.live.confirm import UnconfirmedEvent, confirm
from liqscape.wire.answer import parse_answer
from liqscape.wire.decode import try_decode
from liqscape.wire.info.user_fills import UserFillsAnswer, UserFillsRequest

log = logging.getLogger("liqscape.live")

LAST = 9
"""Priority: accounts near the mark come first."""
ASK_SECONDS = 6.0
"""A question weighs 20 and more: ten a minute are a fifth of the budget, asked only while something waits."""
MAX_WAITING = 2_000
MAX_ATTEMPTS = 3
MAX_UNSTORED = 50_000
"""Kept in memory while nothing can be written: a bad day has some thousands."""
STORE_SECONDS = 5.0

Keep = Callable[[Sequence[Liquidation], Sequence[str]], None]
"""Stores events, given the coins of the markets they name; durable on return."""
Heard = Callable[[Sequence[Liquidation], Sequence[str]], None]


class LiquidationQueue:
    """`observe` every record; `ask_fills` and `store` are tasks."""

    def __init__(self, core: LiveCore, keep: Keep, executor: Executor | None = None) -> None:
        self._core = core
        self._keep = keep
        self._executor = executor
        self._waiting: deque[UnconfirmedEvent] = deque(maxlen=MAX_WAITING)
        self._unstored: list[Liquidation] = []
        self.count = 0
        self.watch = DiskWatch("liquidations")
        self.heard: Heard = lambda _events, _coins: None
        """Given new events as they become known, with the coins of the markets they name."""

    @property
    def unstored_count(self) -> int:
        """Events not yet on disk."""
        return len(self._unstored)

    @property
    def unconfirmed_count(self) -> int:
        """Inferred events whose fills have not been seen yet."""
        return len(self._waiting)

    def observe(self, record: Record, fed: Fed) -> None:  # noqa: ARG002
        """Take new events at each tick, and answers about old ones when they come."""
        if record.kind is RecordKind.TICK:
            events = self._core.pipeline.ledger.take_liquidations()
            for event in events:
                self._note(event)
            if events:
                self.heard(events, self._core.assembler.markets.markets.coins)
        elif record.kind is RecordKind.ANSWER:
            request = try_decode(record.subject.encode(), UserFillsRequest)
            if request is not None:
                self._settle(request.user.lower(), record)

    async def ask_fills(self, stop: asyncio.Event, client: InfoClient, say: Say) -> None:
        """One question after the other, while something waits."""
        while not stop.is_set():
            try:
                async with asyncio.timeout(ASK_SECONDS):
                    await stop.wait()
            except TimeoutError:
                pass
            if stop.is_set() or not self._waiting:
                continue
            waiting = self._waiting.popleft()
            waiting.attempts += 1
            if waiting.attempts < MAX_ATTEMPTS:
                self._waiting.append(waiting)
            try:
                await ask(client, UserFillsRequest(waiting.event.address), say, LAST)
            except FeedError as error:
                log.info("fills of %s: %s", waiting.event.address, error)

    async def store(self, stop: asyncio.Event) -> None:
        """Write new and settled events every few seconds, and what is left at the end."""
        while not stop.is_set():
            try:
                async with asyncio.timeout(STORE_SECONDS):
                    await stop.wait()
            except TimeoutError:
                pass
            await self._write()
        self.watch.ended(len(self._unstored))

    async def _write(self) -> None:
        taken, self._unstored = self._unstored, []
        if not taken:
            return
        try:
            await beside(self._executor, self._keep, taken, self._core.assembler.markets.markets.coins)
        except (StoreError, OSError) as error:
            held = taken + self._unstored
            self._unstored = held[-MAX_UNSTORED:]
            self.watch.lost += len(held) - len(self._unstored)
            self.watch.failed(error)
            return
        self.watch.worked()

    def _note(self, event: Liquidation) -> None:
        self.count += 1
        self._unstored.append(event)
        if event.evidence is Evidence.INFERRED:
            self._waiting.append(UnconfirmedEvent(event))

    def _settle(self, address: str, record: Record) -> None:
        concerned = [each for each in self._waiting if each.event.address == address]
        if not concerned:
            return
        try:
            fills = parse_answer(record.content, UserFillsAnswer, f"userFills {address}")
        except WireError as error:
            log.info("fills of %s cannot be read: %s", address, error)
            return
        coins = self._core.assembler.markets.markets.coins
        for waiting in concerned:
            settled = confirm(waiting.event, coins[waiting.event.market_index], fills)
            if settled is not None:
                self._waiting.remove(waiting)
                self._unstored.append(settled)
