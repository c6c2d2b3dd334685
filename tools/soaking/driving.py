"""The live map in made-up time: all that `open_live` makes runs as in the product, but for its sockets and questions.

Bytes come from the exchange's process turn by turn. Writers, register, figures and the web server are the product's and
run in real time beside; a made-up minute is stored as any minute is.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from liqscape.feed.discovery import observe_leaderboard
from liqscape.feed.reconcile import ReadScheduler, StateAnswer, read_account_answer
from liqscape.feed.reconcile.planner import PlannedQuestion, StateRequest
from liqscape.feed.records import RecordKind
from liqscape.service.collecting.core import checkpoint_record
from liqscape.service.collecting.feeding import Feeding
from liqscape.service.collecting.opening import OpenedLive
from liqscape.sources.live.checkpoint import Checkpoint, write_checkpoint
from liqscape.units import DAY_MS, HOUR_MS
from liqscape.wire.info.exchange_status import ExchangeStatusRequest
from liqscape.wire.info.meta import MetaAndAssetCtxsRequest
from liqscape.wire.info.request import InfoRequest
from liqscape.wire.ws.clearinghouse_state import AllDexsClearinghouseStateSubscription
from soaking.exchange import LEADERBOARD, TURN_MS, ExchangeProcess, Told, Turn
from soaking.measure import Hour, measure

ASK_MS, ASKS = 60_000, 6
"""So many questions about accounts so often, and the exchange's time beside them."""
LEFT_OUT = ("sockets", "questions", "node", "checkpoints")
"""Tasks that wait for a real exchange or for real hours."""
MAX_UNWRITTEN = 8
"""Frames that may wait for the disk: made-up time does not run away from it."""
STREAMED = 10
"""Accounts whose state comes once in ASK_MS, as over a socket."""
LISTING_MS = 600_000


@dataclass(frozen=True)
class Asked:
    """One thing asked of the exchange's process: request None is the leaderboard; question is the planner's."""

    request: InfoRequest[Any] | None
    question: PlannedQuestion[StateRequest] | None = None

    @property
    def body(self) -> dict[str, Any]:
        """As the process reads it."""
        body: dict[str, Any] = {"type": LEADERBOARD} if self.request is None else msgspec.to_builtins(self.request)
        return body


class MadeUpClock:
    """Nanoseconds that pass when they are told to; both clocks of SteadyClock."""

    def __init__(self, start_ms: int) -> None:
        self.now_ns = start_ms * 1_000_000

    def __call__(self) -> int:
        return self.now_ns


class Drive:
    """One task of the live market: turn after turn until the days are over; every made-up hour is measured."""

    def __init__(
        self, opened: OpenedLive, exchange: ExchangeProcess, clock: MadeUpClock, *, hours: int, end_s: float
    ) -> None:
        self.market = opened.market
        self.rows: list[Hour] = []
        self.on_hour: Callable[[Hour], None] = lambda _: None
        self.url = ""
        self._opened, self._exchange, self._clock = opened, exchange, clock
        self._hours, self._end_s = hours, end_s
        work = dict(opened.market.work)
        asking: Any = work["questions"]
        self._feeding: Feeding = asking.__self__
        opened.market.work = [(name, each) for name, each in work.items() if name not in LEFT_OUT]
        opened.market.work.append(("made-up time", self.run))
        self._asking = self._reconciler()
        self._streamed: list[dict[str, Any]] = []
        self._frames_read = self._answers_read = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Live through the hours, or until real time is up."""
        async with aiohttp.ClientSession() as session:
            reader = asyncio.create_task(self._read_stream(session))
            try:
                await self._live(stop, session)
            finally:
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)
                stop.set()

    async def _live(self, stop: asyncio.Event, session: aiohttp.ClientSession) -> None:
        start_ms = now_ms = self._exchange.start_ms
        until_ms = start_ms + self._hours * HOUR_MS
        asked = await self._ask(now_ms, start_ms)
        self._exchange.send(
            Turn([each.body for each in asked], now_ms + TURN_MS, self._subscriptions(with_states=True))
        )
        while now_ms < until_ms and not stop.is_set():
            reported = await asyncio.to_thread(self._exchange.receive)
            now_ms += TURN_MS
            following = await self._ask(now_ms, start_ms)
            subscriptions = self._subscriptions(with_states=(now_ms - start_ms) % ASK_MS == 0)
            turn = Turn([each.body for each in following], now_ms + TURN_MS, subscriptions)
            self._exchange.send(turn)  # it lives on while this turn is used
            self._use(asked, reported, now_ms)
            asked = following
            await asyncio.sleep(0)
            while self.market.history.waiting_count > MAX_UNWRITTEN and not stop.is_set():
                await asyncio.sleep(0.01)
            if (now_ms - start_ms) % HOUR_MS == 0:
                await self._hour((now_ms - start_ms) // HOUR_MS, session)
                if time.monotonic() > self._end_s:
                    return

    async def _ask(self, now_ms: int, start_ms: int) -> list[Asked]:
        """What the planner asks next; the listing every ten minutes, the leaderboard once a day."""
        own = [
            Asked(request)
            for every_ms, request in (
                (ASK_MS, ExchangeStatusRequest()),
                (LISTING_MS, MetaAndAssetCtxsRequest()),
                (DAY_MS, None),
            )
            if (now_ms - start_ms) % every_ms == 0
        ]
        if not own:
            return []
        planned = [await self._asking._next() for _ in range(ASKS)]
        return [*own, *(Asked(each.request, each) for each in planned if each is not None)]

    def _reconciler(self) -> ReadScheduler:
        """Chooses whom to ask about, as the product's does; the answers come from the pipe."""
        feeding, assembler = self._feeding, self.market.core.assembler

        async def nobody(_request: StateRequest, _priority: int) -> StateAnswer:
            raise AssertionError("questions go to the exchange's process")

        return ReadScheduler(
            feeding.planner,
            nobody,
            self.market.say,
            watch=feeding._watch,
            now_ms=lambda: assembler.clock.beyond(self._clock.now_ns),
            spots=assembler.holder_queue.take_wanted,
        )

    def _use(self, asked: list[Asked], reported: Told, now_ms: int) -> None:
        feeding, market = self._feeding, self.market
        for each, content in zip(asked, reported.answers, strict=True):
            if each.request is None:
                observe_leaderboard(feeding.book, content, LEADERBOARD, now_ms)
                market.say(RecordKind.LISTING, LEADERBOARD, content)
                continue
            answer = read_account_answer(each.request, content)
            if each.question is not None:
                if answer.fault is not None:
                    feeding.planner.failed(each.question, 200, now_ms)
                    continue
                feeding.planner.answered(each.question, answer.holds, now_ms)
            market.say(RecordKind.ANSWER, each.request.as_json(), content, answer.states)
        for _ in range(TURN_MS // 1_000):
            self._clock.now_ns += 1_000_000_000
            market.say(RecordKind.TICK)
        for message in reported.messages:
            market.say(RecordKind.MESSAGE, "1", message)

    def _subscriptions(self, *, with_states: bool) -> list[dict[str, Any]]:
        """What the map follows, now and then with the states of a few accounts, others each time."""
        if not with_states:
            return [msgspec.to_builtins(each) for each in self._feeding._subscribed]
        addresses = self._feeding.book.addresses
        place = self._clock.now_ns // 1_000_000 // ASK_MS * STREAMED
        chosen = {addresses[(place + each) % len(addresses)] for each in range(STREAMED)} if addresses else set()
        states = [AllDexsClearinghouseStateSubscription(address) for address in sorted(chosen)]
        return [msgspec.to_builtins(each) for each in (*self._feeding._subscribed, *states)]

    async def _hour(self, hour: int, session: aiohttp.ClientSession) -> None:
        """What an hour leaves behind: a checkpoint in the log, readers' questions, a row of the table."""
        market, now = self.market, self.market.live.now
        assert now is not None
        content = write_checkpoint(Checkpoint(now.frame.snapshot, now.tables, now.accounts))
        market.take(checkpoint_record(market.core.start, content, self._clock.now_ns))
        await self._ask_web(session, now.frame.time_ms)
        gc.collect()
        row = measure(hour, self._opened, self._answers_read, self._frames_read)
        self.rows.append(row)
        self.on_hour(row)

    async def _ask_web(self, session: aiohttp.ClientSession, now_ms: int) -> None:
        """Every kind of question a page asks, once."""
        window = f"start_ms={now_ms - DAY_MS}&end_ms={now_ms}&width=200&height=100"
        addresses = self._feeding.book.addresses
        for route in (
            "api/v1/status",
            "api/v1/sources",
            "api/v1/coins",
            "api/v1/coins/BTC/frame",
            f"api/v1/coins/BTC/heatmap?{window}",
            f"api/v1/coins/ETH/heatmap?{window}&value=level&format=json",
            f"api/v1/coins/BTC/candles?start_ms={now_ms - DAY_MS}&end_ms={now_ms}",
            "api/v1/coins/BTC/clusters",
            "api/v1/coins/BTC/asymmetry",
            f"api/v1/coins/BTC/frame?at_ms={now_ms - HOUR_MS}",
            f"api/v1/accounts/{addresses[0]}",
            "api/v1/joint",
            "api/v1/liquidations",
            "metrics",
        ):
            async with session.get(f"{self.url}/{route}") as answer:
                await answer.read()
                if answer.status >= 500:
                    raise RuntimeError(f"{route} answered {answer.status}")
            self._answers_read += 1

    async def _read_stream(self, session: aiohttp.ClientSession) -> None:
        """One page that stays open for the whole week."""
        while True:
            async with session.ws_connect(f"{self.url}/api/v1/stream?coin=BTC", max_msg_size=0) as socket:
                async for _ in socket:
                    self._frames_read += 1
