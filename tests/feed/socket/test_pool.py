"""The pool against the served sandbox on its bad days: it recovers, keeps the limits, and loses nothing it received."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
import pytest
from served_sandbox import DEADLINE_SECONDS, Served, served, wait_for
from small_sandbox import FIRST_PRICES, SmallSandbox, eventful_sandbox, quotes

from liqscape.errors import FeedError
from liqscape.feed.records import Record, RecordKind
from liqscape.feed.socket import SocketPool
from liqscape.feed.socket.limits import MAX_CONNECTIONS_OF_FEEDS
from liqscape.feed.socket.session import SessionTiming
from liqscape.sandbox.server.faults import FaultRule
from liqscape.wire.ws.active_asset_ctx import ActiveAssetCtxSubscription
from liqscape.wire.ws.bbo import BboSubscription
from liqscape.wire.ws.l2_book import L2BookSubscription
from liqscape.wire.ws.trades import TradesSubscription
from liqscape.wire.ws.user_fills import UserFillsSubscription
from liqscape.wire.ws.user_fundings import UserFundingsSubscription

BOOK = L2BookSubscription("BTC")
TRADES = TradesSubscription("BTC")
QUICK = SessionTiming(ping_s=0.5, silence_s=1.2, stable_s=0.1, acknowledged_s=0.3)
US = "127.0.0.1"


@pytest.fixture(scope="module")
def world() -> SmallSandbox:
    return eventful_sandbox()


class Collector:
    """A pool that runs in a thread of its own, and the records it gave."""

    def __init__(self, pool: SocketPool) -> None:
        self.pool = pool
        self.records: list[Record] = []
        self.failure: BaseException | None = None
        self.loop = asyncio.new_event_loop()
        self.stop = asyncio.Event()

    def run(self) -> None:
        try:
            self.loop.run_until_complete(self.pool.run(self.stop, self.records.append))
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            self.failure = error
        finally:
            self.loop.close()

    def call(self, work: Callable[[], None]) -> None:
        """In the thread of the loop."""
        self.loop.call_soon_threadsafe(work)

    def of(self, kind: RecordKind) -> list[Record]:
        return [record for record in list(self.records) if record.kind is kind]

    def times(self) -> list[int]:
        """Of the books that came."""
        messages = [msgspec.json.decode(record.content) for record in self.of(RecordKind.MESSAGE)]
        return [message["data"]["time"] for message in messages if message["channel"] == "l2Book"]

    def is_ready(self) -> bool:
        figures = self.pool.figures()
        return bool(figures) and all(each.is_ready for each in figures)


@contextmanager
def collecting(url: str, subscriptions: Sequence[dict[str, Any]], **options: Any) -> Iterator[Collector]:
    options = {"timing": QUICK, "chance": random.Random(3), **options}
    collector = Collector(SocketPool(url, subscriptions, **options))
    thread = threading.Thread(target=collector.run, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        if not collector.loop.is_closed():
            collector.call(collector.stop.set)
        thread.join(DEADLINE_SECONDS)
        assert not thread.is_alive()
    if collector.failure is not None:
        raise collector.failure


def make_block(running: Served, world: SmallSandbox) -> int:
    """One block in which every book changes; its time."""
    moved = tuple(price * (1.0 + 0.0005 * (world.exchange.time_ms // 600 % 7)) for price in FIRST_PRICES)
    running.tell(lambda: world.step(600, *quotes(world, 0, moved)))
    return int(world.exchange.time_ms)


def until_data(running: Served, world: SmallSandbox, done: Callable[[], bool], what: str) -> None:
    """Make blocks until something is so."""

    def claim() -> bool:
        if done():
            return True
        make_block(running, world)
        return False

    wait_for(claim, what)


@pytest.mark.parametrize("fault", [None, "delay", "duplicate", "reorder"])
def test_whole_messages_all_arrive(world: SmallSandbox, fault: Any) -> None:
    faults = () if fault is None else (FaultRule(fault=fault, where="ws", every=3, milliseconds=2),)
    with served(world.state, faults=faults) as running, collecting(running.socket_url, [BOOK]) as collector:
        wait_for(collector.is_ready, "the subscription")
        made = [make_block(running, world) for _ in range(40)]
        wait_for(lambda: set(made[:-1]) <= set(collector.times()), "every block but the last, which may be held back")
        assert not collector.of(RecordKind.LOST)
        (figures,) = collector.pool.figures()
        assert figures.messages == len(collector.of(RecordKind.MESSAGE))
        assert figures.last_message_ns == collector.records[-1].received_ns


@pytest.mark.parametrize("fault", ["restart", "silent_socket"])
def test_a_connection_that_ends_or_dies_is_made_again_and_the_gap_is_said(world: SmallSandbox, fault: Any) -> None:
    faults = (FaultRule(fault=fault, where="ws", match="l2Book", every=6, milliseconds=200),)
    with served(world.state, faults=faults) as running, collecting(running.socket_url, [BOOK]) as collector:
        until_data(running, world, lambda: len(collector.of(RecordKind.CONNECTED)) >= 3, "three connections")
        kinds = [each.kind for each in collector.records if each.kind is not RecordKind.MESSAGE]
        assert kinds[:4] == [RecordKind.CONNECTED, RecordKind.LOST, RecordKind.CONNECTED, RecordKind.LOST]
        lost = msgspec.json.decode(collector.of(RecordKind.LOST)[0].content)
        assert lost["subscriptions"] == [msgspec.to_builtins(BOOK)]
        assert ("silent for 1 s" if fault == "silent_socket" else "ended by the server, code 1001") in lost["reason"]
        assert msgspec.json.decode(collector.of(RecordKind.CONNECTED)[1].content) == [msgspec.to_builtins(BOOK)]
        assert collector.records[0].subject == "1"


@pytest.mark.parametrize("channel", ["subscriptionResponse", "l2Book"])
def test_dropped_messages_do_not_stop_it(world: SmallSandbox, channel: str) -> None:
    faults = (FaultRule(fault="drop", where="ws", match=channel, probability=0.5, seed=4),)
    subscriptions = [kind(coin) for kind in (L2BookSubscription, TradesSubscription) for coin in ("BTC", "ETH", "HYPE")]
    with served(world.state, faults=faults) as running, collecting(running.socket_url, subscriptions) as collector:
        wait_for(collector.is_ready, "all subscriptions")
        assert running.sandbox.limits.client(US).subscriptions == len(subscriptions)
        until_data(running, world, lambda: len(collector.times()) > 5, "books")


def test_cut_messages_are_missed_said_and_nothing_else_is(world: SmallSandbox) -> None:
    faults = (FaultRule(fault="truncate", where="ws", match="l2Book", every=4),)
    with served(world.state, faults=faults) as running, collecting(running.socket_url, [BOOK]) as collector:
        wait_for(collector.is_ready, "the subscription")
        made = [make_block(running, world) for _ in range(40)]
        cut = set(made[2::4])  # the snapshot on subscribing was the first message
        wait_for(lambda: set(made) - cut <= set(collector.times()), "every whole message")
        (figures,) = collector.pool.figures()
        assert figures.malformed == figures.gaps == len(cut)
        assert figures.lost == 0
        assert not cut & set(collector.times())


def test_messages_with_missing_fields_are_passed_on_as_they_are(world: SmallSandbox) -> None:
    faults = (FaultRule(fault="missing_fields", where="ws", match="l2Book", fields=("levels",)),)
    with served(world.state, faults=faults) as running, collecting(running.socket_url, [BOOK]) as collector:
        wait_for(collector.times, "a book")
        message = msgspec.json.decode(collector.of(RecordKind.MESSAGE)[0].content)
        assert set(message["data"]) == {"coin", "time"}


def test_many_subscriptions_share_nine_connections_within_the_limits_of_the_exchange(world: SmallSandbox) -> None:
    kinds = (TradesSubscription, L2BookSubscription, BboSubscription, ActiveAssetCtxSubscription)
    subscriptions = [kind(coin) for kind in kinds for coin in ("BTC", "ETH", "HYPE", "kPEPE")]
    faults = (FaultRule(fault="restart", where="ws", match="l2Book", after=0.5, until=0.6, milliseconds=100),)
    with (
        served(world.state, is_limited=True, faults=faults) as running,
        collecting(running.socket_url, subscriptions, subscriptions_a_connection=1) as collector,
    ):
        client = running.sandbox.limits.client(US)
        until_data(running, world, lambda: collector.is_ready() and client.subscriptions == 16, "subscriptions")
        assert len(collector.pool.figures()) == MAX_CONNECTIONS_OF_FEEDS
        assert client.connections <= MAX_CONNECTIONS_OF_FEEDS
        assert client.new_connections.total <= 30
        assert not [each.trouble for each in collector.pool.figures() if "many" in (each.trouble or "")]


def test_no_more_connections_are_made_in_a_minute_than_the_exchange_allows(world: SmallSandbox) -> None:
    """A server that ends every connection at once is not hammered: it would refuse the 31st."""
    faults = (FaultRule(fault="restart", where="ws", match="subscriptionResponse", milliseconds=0),)
    quick = SessionTiming(stable_s=0.0)
    with (
        served(world.state, is_limited=True, faults=faults) as running,
        collecting(running.socket_url, [BOOK], timing=quick) as collector,
    ):
        wait_for(lambda: running.sandbox.limits.client(US).new_connections.total >= 8, "eight connections")
        assert "429" not in str(collector.pool.figures()[0].trouble)


def test_subscriptions_change_while_it_runs(world: SmallSandbox) -> None:
    with (
        served(world.state) as running,
        collecting(running.socket_url, [BOOK], subscriptions_a_connection=1) as collector,
    ):
        client = running.sandbox.limits.client(US)
        wait_for(collector.is_ready, "the subscription")
        collector.call(lambda: collector.pool.subscribe(TRADES))
        collector.call(lambda: collector.pool.subscribe(dict(TRADES)))
        wait_for(lambda: client.subscriptions == 2 and client.connections == 2, "one more, on a second connection")
        collector.call(lambda: collector.pool.unsubscribe(BOOK))
        wait_for(lambda: client.subscriptions == 1, "one less")
        wait_for(collector.is_ready, "both")
        assert [each.wanted for each in collector.pool.figures()] == [0, 1]


def test_a_server_that_is_not_there_is_waited_for() -> None:
    with collecting("ws://127.0.0.1:9/ws", [BOOK]) as collector:
        wait_for(lambda: collector.pool.figures()[0].trouble, "a failure")
        (figures,) = collector.pool.figures()
        assert figures.state == "reconnecting"
        assert not figures.is_ready
        assert figures.since_ns is not None
        assert figures.last_message_ns is None
    assert not collector.records


def test_what_the_exchange_would_refuse_is_refused_here() -> None:
    pool = SocketPool("ws://x", [UserFillsSubscription(f"0x{number:040x}") for number in range(15)])
    with pytest.raises(FeedError, match="ws://x: subscriptions for 16 users, 15 are allowed"):
        pool.subscribe(UserFundingsSubscription(f"0x{15:040x}"))
    pool.unsubscribe(UserFillsSubscription(f"0x{3:040x}"))
    pool.subscribe(UserFundingsSubscription(f"0x{15:040x}"))
    assert sum(each.wanted for each in pool.figures()) == 15


def test_a_failure_of_the_sink_ends_the_pool(world: SmallSandbox) -> None:
    def fail(record: Record) -> None:
        raise ValueError(record.kind.name)

    async def run(url: str) -> None:
        await SocketPool(url, [BOOK], timing=QUICK).run(asyncio.Event(), fail)

    with served(world.state) as running, pytest.raises(ExceptionGroup) as caught:
        asyncio.run(run(running.socket_url))
    assert caught.group_contains(ValueError, match="MESSAGE|CONNECTED")


def test_bytes_that_come_one_by_one_make_the_same_messages(world: SmallSandbox) -> None:
    with (
        served(world.state) as running,
        byte_by_byte(running.port) as port,
        collecting(f"ws://127.0.0.1:{port}/ws", [BOOK]) as collector,
    ):
        wait_for(collector.is_ready, "the subscription")
        made = [make_block(running, world) for _ in range(5)]
        wait_for(lambda: set(made) <= set(collector.times()), "every block")
        assert collector.pool.figures()[0].malformed == 0


@contextmanager
def byte_by_byte(port: int) -> Iterator[int]:
    """A door to a port of loopback that lets one byte through at a time."""
    loop, is_open, found = asyncio.new_event_loop(), threading.Event(), []

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while content := await reader.read(4_096):
            for place in range(len(content)):
                writer.write(content[place : place + 1])
                await writer.drain()
                await asyncio.sleep(0)

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
        tasks = [asyncio.create_task(pass_on(reader, to_writer)), asyncio.create_task(pass_on(to_reader, writer))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for each in (writer, to_writer):
                each.close()
                with suppress(ConnectionError):
                    await each.wait_closed()

    async def serve(stop: asyncio.Event) -> None:
        server = await asyncio.start_server(meet, "127.0.0.1", 0)
        found.append(server.sockets[0].getsockname()[1])
        is_open.set()
        await stop.wait()
        server.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve(stop)), daemon=True)
    thread.start()
    assert is_open.wait(DEADLINE_SECONDS)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(DEADLINE_SECONDS)
        loop.close()
