"""The tasks that bring records: sockets, questions about listing and accounts, an own node's files."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any

import msgspec
import numpy as np

from liqscape.errors import RequestFailed, WireError
from liqscape.feed.beside_loop import BesideLoop
from liqscape.feed.discovery import AddressBook, observe_vault
from liqscape.feed.discovery.addresses import MAX_DEXS
from liqscape.feed.discovery.lists import keep_leaderboard, keep_vaults
from liqscape.feed.info_client import InfoClient
from liqscape.feed.limiter import WeightLimiter
from liqscape.feed.reconcile import Planner, ReadScheduler, StateAnswer, read_account_answer
from liqscape.feed.records import Record, RecordKind
from liqscape.feed.socket import SocketPool
from liqscape.feed.socket.limits import SocketLimits
from liqscape.feed.state_streams import StateSocket
from liqscape.feed.trigger_reads import TriggerReader
from liqscape.ledger import WatchColumns, without_fee_scale
from liqscape.model.addresses import AddressSource
from liqscape.model.events import FillsObserved, FrameDue, MarketDefined, TradesPrinted
from liqscape.model.markets import Markets
from liqscape.risk.liquidation import solve_roots
from liqscape.service.answers.sources import LimitsAnswer, RequestCount, SourceRow, StateStreamsAnswer
from liqscape.service.collecting.asking_time import ask_time, never_silent, time_row
from liqscape.service.collecting.book_feed import BookFeed
from liqscape.service.collecting.candles import ExchangeCandles
from liqscape.service.collecting.categories import MarketCategories
from liqscape.service.collecting.core import Fed
from liqscape.service.collecting.liquidation_queue import LiquidationQueue
from liqscape.service.collecting.listing import keep_contexts, keep_listing
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.collecting.node import NodeFeed
from liqscape.service.collecting.settings import LiveSettings
from liqscape.service.collecting.socket_row import socket_row, to_ms
from liqscape.service.collecting.streams import Streams, named
from liqscape.service.collecting.subscriptions import MAX_PRINTS, FeedSubscription, wanted_subscriptions
from liqscape.service.collecting.trigger_snapshots import SnapshotPlaces, TriggerSnapshots
from liqscape.sources.live.gaps import LEFT_OUT, VOLUME
from liqscape.steps import Steps
from liqscape.units import Int32Array
from liqscape.wire.decode import try_decode
from liqscape.wire.info.request import InfoRequest
from liqscape.wire.info.vault_details import VaultDetailsRequest
from liqscape.wire.ws.trades import TradesSubscription

ANSWERLESS_S = 60.0


class Feeding:
    """Wires what asks to what takes; everything it starts ends with `stop`."""

    def __init__(
        self,
        settings: LiveSettings,
        market: LiveMarket,
        liquidations: LiquidationQueue,
        book: AddressBook,
        limiter: WeightLimiter,
        candles: ExchangeCandles,
        *,
        categories: MarketCategories,
        seconds: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
        executor: Executor | None = None,
        planning: Executor | None = None,
    ) -> None:
        self._settings = settings
        self._beside, self._beside_lists = BesideLoop(planning), BesideLoop(planning)
        self._market = market
        self._liquidations = liquidations
        self.book = book
        self._assembler = market.core.assembler
        self._limiter = limiter
        self._client = InfoClient(settings.network.info_url, limiter=limiter, chance=chance, clock=self._seconds)
        node_url = settings.node_info_url
        self._node_client = None if node_url is None else InfoClient(node_url, chance=chance, clock=self._seconds)
        self._reconciler: ReadScheduler | None = None
        self.streams = Streams(self._assembler.markets, market.clock.now_ns, has_prints=settings.node_files is None)
        self._flagged_children = 0
        self._node = None
        if settings.node_files is not None:
            self._node = NodeFeed(settings.node_files, market, self._note_orders, executor)
        self.candles = candles
        self._categories = categories
        limits = SocketLimits()
        self.pool = SocketPool(
            settings.network.socket_url,
            now_ns=market.clock.now_ns,
            clock=seconds,
            chance=chance,
            limits=limits,
        )
        self.books = BookFeed(settings, market, limits, lambda: len(self._printed), seconds=seconds, chance=chance)
        self.planner = Planner(book, self._assembler.markets.dexs)
        self.states = StateSocket(
            settings.network.socket_url,
            self.planner,
            limits,
            watch=self._watch,
            now_ms=self._asking_ms,
            now_ns=market.clock.now_ns,
            max_users=settings.state_streams,
            is_reading=settings.has_turns and node_url is None,
            exempt=lambda: self._assembler.exempt,
            spots_waiting=lambda: 0 if self._reconciler is None else self._reconciler.spots_waiting,
            take_spots=lambda count: [] if self._reconciler is None else self._reconciler.take_spots(count),
            want_spots=lambda addresses: self._reconciler.want_spots(addresses) if self._reconciler else None,
            has_spot=self._assembler.holder_queue.has_spot,
            clock=seconds,
            chance=chance,
            beside=self._beside,
        )
        places = SnapshotPlaces(
            book_server=settings.book_server,
            node_info=node_url,
            node_files=settings.node_files,
            path=settings.trigger_snapshot,
        )
        self.snapshots = TriggerSnapshots(market, places, planning)
        self.triggers: TriggerReader | None = None
        """Reads trigger orders, where it may."""
        book.add(settings.addresses, AddressSource.GIVEN, self._now_ms())
        self.print_room = MAX_PRINTS
        """Markets whose prints may be subscribed to."""
        self._subscribed: list[FeedSubscription] = []
        self._printed: set[str] = set()
        self._unpriced: tuple[str, ...] = ()
        self._late: tuple[str, ...] = ()
        self._follow(self._assembler.markets.markets)

    def observe(self, record: Record, fed: Fed) -> None:
        """Note every named address, follow new markets and their books, mark vaults."""
        self.streams.observe(record, fed)
        if record.kind is RecordKind.TICK and self._node is None:
            self._doubt_late(self.streams.late_coins())
        for event in fed.events:
            if isinstance(event, TradesPrinted):
                self.book.observe_trades(event.trades)
            elif isinstance(event, FillsObserved):
                self.book.add(event.fills.addresses, AddressSource.NODE, event.time_ms)
            elif isinstance(event, MarketDefined):
                self._follow(event.markets)
            elif isinstance(event, FrameDue) and event.is_stored and self.streams.left_out:
                self._follow(self._assembler.markets.markets)  # open interest moves
        self.books.observe(record, fed)
        children = self._assembler.children
        if len(children) > self._flagged_children:
            self._flagged_children = len(children)
            self.book.flag(sorted(children), self._now_ms(), is_exempt=True)
        if record.kind is RecordKind.ANSWER and try_decode(record.subject.encode(), VaultDetailsRequest) is not None:
            try:
                observe_vault(self.book, record.content, "vaultDetails", self._now_ms())
            except WireError:
                return  # the market counted it among the records that cannot be used

    async def sockets(self, stop: asyncio.Event) -> None:
        """Prints, contexts and mids; books; and states of accounts."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.pool.run(stop, self._market.take))
            tasks.create_task(self.books.run(stop))
            tasks.create_task(self.states.run(stop, self._market.take))

    async def questions(self, stop: asyncio.Event) -> None:
        """Everything that is asked over HTTP. States are asked of the own node where there is one."""
        market, settings, client = self._market, self._settings, self._client
        network = settings.network
        async with client, self._node_client or _Nothing() as node, asyncio.TaskGroup() as tasks:
            states = client if node is None else node
            reconciler = self._reconciler = ReadScheduler(
                self.planner,
                lambda request, priority: self._ask_usable(states, request, priority),
                market.say,
                watch=self._watch,
                now_ms=self._asking_ms,
                spots=self._assembler.holder_queue.take_wanted,
                beside=self._beside,
                has_limits=node is None,
            )
            tasks.create_task(reconciler.run(stop))
            tasks.create_task(self.snapshots.run(stop))
            if settings.trigger_share > 0.0 and not self.snapshots.is_wanted:
                self.triggers = TriggerReader(
                    lambda request, priority: states.ask(request, priority=priority),
                    lambda request, content: market.say(RecordKind.ANSWER, request.as_json(), content),
                    watch=self._watch,
                    now_ms=self._asking_ms,
                    allowed=self._trigger_weight if node is None else lambda: None,
                    beside=self._beside,
                    seconds=self._seconds,
                )
                tasks.create_task(self.triggers.run(stop))
            noted = [self.planner.server_answers if each is states else _nothing for each in (client, node)]
            tasks.create_task(ask_time(stop, client, market.say, self._silent_s, noted[0]))
            if node is not None:
                tasks.create_task(ask_time(stop, node, market.say, never_silent, noted[1]))
            tasks.create_task(
                keep_listing(stop, client, settings.dexs, market.say, lambda: self._assembler.markets.wants_metas)
            )
            tasks.create_task(keep_contexts(stop, client, market.say, lambda: self._assembler.markets.wants_contexts))
            tasks.create_task(self._liquidations.ask_fills(stop, client, market.say))
            tasks.create_task(self.candles.run(stop, client))
            tasks.create_task(self._categories.run(stop, client))
            for url, keep in ((network.leaderboard_url, keep_leaderboard), (network.vaults_url, keep_vaults)):
                if url is not None:
                    fetch = partial(client.leaderboard, url)
                    tasks.create_task(
                        keep(
                            stop,
                            fetch=fetch,
                            url=url,
                            book=self.book,
                            say=market.say,
                            now_ms=self._now_ms,
                            beside=self._beside_lists,
                        )
                    )

    def _trigger_weight(self) -> float:
        """Weight a minute that reading trigger orders may use now."""
        return self._settings.trigger_share * self._limiter.figures().limit_now

    def _silent_s(self) -> float:
        return self._assembler.clock.silent_s(self._market.clock.now_ns())

    async def node(self, stop: asyncio.Event) -> None:
        """Files of an own node, where there is one."""
        if self._node is not None:
            await self._node.run(stop)

    def rows(self) -> list[SourceRow]:
        """Connections and servers as they stand."""
        now_ms = self._market.clock.now_ns() // 1_000_000
        url, lag_ms = self._settings.network.socket_url, self._market.lag_ms
        rows = [socket_row("socket", url, each, now_ms, lag_ms) for each in self.pool.figures()]
        if self._settings.state_streams:
            rows.append(self._states_row())
        for kind, client in (("info", self._client), ("node_info", self._node_client)):
            if client is not None:
                rows.append(self._info_row(kind, client))
        rows += self.books.rows()
        rows += [*self.streams.rows(), time_row(self._assembler.clock, self._market.clock.now_ns())]
        if self._node is not None:
            rows.append(self._node.row())
        return rows

    def limits(self) -> LimitsAnswer:
        """The budget of the public server."""
        figures = self._limiter.figures()
        return LimitsAnswer(float(figures.used), float(figures.limit_now), figures.waiting, figures.refused)

    def state_streams(self) -> StateStreamsAnswer | None:
        """Accounts subscribed to; None where nobody may be."""
        if not self._settings.state_streams:
            return None
        figures = self.states.figures()
        return StateStreamsAnswer(
            allowed=figures.users,
            followed=figures.followed,
            followed_near_usd=figures.near_usd,
            followed_states=figures.followed_count,
            turn_states=figures.read_count,
            turns_failed=figures.failed_count,
            refused=figures.refused_count,
            is_paused=figures.is_paused,
        )

    def requests(self) -> list[RequestCount]:
        """Of the public server and the own node together."""
        clients = [self._client] if self._node_client is None else [self._client, self._node_client]
        figures = [client.figures() for client in clients]
        return [
            RequestCount(name, sum(getattr(each, name) for each in figures))
            for name in ("answered", "refused", "failed")
        ]

    async def _ask_usable(self, client: InfoClient, request: InfoRequest[Any], priority: int) -> StateAnswer:
        """An answer in which a state can be read. One without is kept as a record too, and then is a failure."""
        content = await client.ask(request, priority=priority)
        answer = read_account_answer(request, content, self._believes)
        if answer.fault is not None:
            self._market.say(RecordKind.ANSWER, request.as_json(), content, answer.states)
            raise RequestFailed(answer.fault, url=client.url, status=200)
        return answer

    def _believes(self, time_ms: int) -> bool:
        return self._assembler.clock.believes(time_ms, self._market.clock.now_ns())

    def _info_row(self, kind: str, client: InfoClient) -> SourceRow:
        """A minute in which nothing of what was asked is answered is a server that does not answer."""
        is_silent = client.unanswered_s >= ANSWERLESS_S
        is_asked_states = (kind == "node_info") is (self._node_client is not None)
        trouble = self._reconciler.trouble if self._reconciler is not None and is_asked_states else None
        if is_silent:
            trouble = trouble or f"no answer for {client.unanswered_s:.0f} s"
        return SourceRow(
            kind=kind,
            address=client.url,
            state="stale" if is_silent else "connected",
            messages=client.figures().answered,
            trouble=trouble,
        )

    def _states_row(self) -> SourceRow:
        """Its silence means nothing: it may follow nobody."""
        each = self.states.connection()
        return SourceRow(
            kind="states",
            address=self._settings.network.socket_url,
            state="connected" if each.state == "connected" else "reconnecting",
            since_ms=to_ms(each.since_ns),
            last_message_ms=to_ms(each.last_message_ns),
            messages=each.messages,
            reconnects=each.lost,
            trouble=each.trouble,
        )

    def _asking_ms(self) -> int:
        return self._assembler.clock.beyond(self._market.clock.now_ns())

    def _seconds(self) -> float:
        return self._market.clock.now_ns() / 1e9

    def _watch(self) -> Steps[WatchColumns]:
        """What the ledger knows of everybody as of the newest frame, with their levels at the newest marks."""
        ledger = self._market.core.pipeline.ledger
        solve = partial(solve_roots, snapshot=ledger.snapshot, tables=ledger.tables)
        watch = yield from ledger.watch_steps(solve)
        self._market.unsure_count = int((watch.is_unsure & watch.is_known).sum())
        self._market.unsearched_count = self.planner.figures().unsearched_count
        return watch

    def _follow(self, markets: Markets) -> None:
        """Subscribe to prints of new markets; with a node its files report the fills exactly."""
        dexs = self._assembler.markets.dexs
        reported = dexs[:MAX_DEXS]
        if len(reported) < len(dexs):
            self._market.note_trouble(f"{len(dexs)} dexs: accounts are read in the first {MAX_DEXS} only")
        self.planner.dexs = reported
        self.book.markets_are(_dex_rows(markets, reported))
        worth, has_prints = self._assembler.markets.worth(), self._node is None
        wanted, left_out = wanted_subscriptions(
            markets, dexs, worth, self._printed, with_trades=has_prints, room=self.print_room
        )
        for gone in [each for each in self._subscribed if each not in wanted]:
            self.pool.unsubscribe(gone)
        for subscription in wanted:
            self.pool.subscribe(subscription)
        self._subscribed = wanted
        self._printed = {each.coin for each in wanted if isinstance(each, TradesSubscription)}
        self._leave_out(left_out)
        unpriced = without_fee_scale(markets)
        if has_prints and unpriced != self._unpriced:
            self._unpriced = unpriced
            if unpriced:
                self._market.note_trouble(f"fee scale of {named(unpriced)} is not told: taken to be 1")

    def _leave_out(self, subscriptions: list[TradesSubscription]) -> None:
        """Say whose prints there is no room for, where that has changed: their holders are in doubt while it is so."""
        coins = tuple(each.coin for each in subscriptions)
        if set(coins) == set(self.streams.left_out):
            return
        had_some, self.streams.left_out = bool(self.streams.left_out), coins
        if had_some:
            self._market.say(RecordKind.CONNECTED, LEFT_OUT, b"[]")
        if coins:
            reason = f"{len(coins)} markets more than subscriptions are allowed: no prints of {named(coins)}"
            self._market.note_trouble(reason)
            content = msgspec.json.encode({"reason": reason, "subscriptions": subscriptions})
            self._market.say(RecordKind.LOST, LEFT_OUT, content)

    def _doubt_late(self, coins: tuple[str, ...]) -> None:
        """Coins whose prints are missed though they are subscribed to: asked for anew, and their holders in doubt."""
        if coins == self._late:
            return
        had_some, before, self._late = bool(self._late), self._late, coins
        if had_some:
            self._market.say(RecordKind.CONNECTED, VOLUME, b"[]")
        if coins:
            subscriptions = [TradesSubscription(coin) for coin in coins]
            for subscription in subscriptions:
                if subscription.coin not in before:
                    self.pool.verify(subscription)
            content = msgspec.json.encode({"reason": "volume without prints", "subscriptions": subscriptions})
            self._market.say(RecordKind.LOST, VOLUME, content)

    def _note_orders(self, addresses: list[str]) -> None:
        """Who orders may hold something: a discovery like fills, though it says nothing of how much."""
        self.book.add(addresses, AddressSource.NODE, self._now_ms())

    def _now_ms(self) -> int:
        return self._assembler.clock.now_ms


def _nothing() -> None: ...


class _Nothing:
    """A stand-in for a client that is not there."""

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...


def _dex_rows(markets: Markets, dexs: tuple[str, ...]) -> Int32Array:
    row = {dex: number for number, dex in enumerate(dexs)}
    return np.array([row.get(market.dex, 0) for market in markets.rows], np.int32)
