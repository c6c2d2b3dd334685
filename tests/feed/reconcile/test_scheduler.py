"""Asking: every answer becomes a record, failures come again, and no more is out than the limit of questions."""

from __future__ import annotations

import asyncio

import msgspec
import numpy as np
import pytest

from liqscape.errors import RequestFailed
from liqscape.feed.discovery import AddressBook
from liqscape.feed.discovery.lists import keep_leaderboard
from liqscape.feed.limiter import WeightLimiter
from liqscape.feed.reconcile.account_answer import StateAnswer, read_account_answer
from liqscape.feed.reconcile.planner import BatchSupport, Planner, StateRequest
from liqscape.feed.reconcile.scheduler import MAX_AT_ONCE, ReadScheduler
from liqscape.feed.records import RecordKind
from liqscape.ledger import Ledger, WatchColumns
from liqscape.model.addresses import AddressSource
from liqscape.steps import Steps, at_once
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest

NOW_MS = 1_770_000_000_000


def book_of(count: int) -> AddressBook:
    book = AddressBook()
    book.add([f"0x{number:040x}" for number in range(count)], AddressSource.LEADERBOARD, NOW_MS)
    return book


def watch_of() -> Steps[WatchColumns]:
    """A ledger that knows nobody."""
    return at_once(Ledger().watch())


class Server:
    """Answers states; batches only if it knows them; the first `failures` questions with 502."""

    def __init__(self, *, has_batches: bool = True, failures: int = 0) -> None:
        self.has_batches, self.failures = has_batches, failures
        self.out = self.most_out = 0
        self.read: set[str] = set()

    async def ask(self, request: StateRequest, priority: int) -> StateAnswer:
        assert priority > 0
        self.out += 1
        self.most_out = max(self.most_out, self.out)
        try:
            await asyncio.sleep(0)
            if self.failures:
                self.failures -= 1
                raise RequestFailed("bad gateway", status=502)
            if not isinstance(request, BatchClearinghouseStatesRequest):
                self.read.add(request.user)
                return StateAnswer(b"{}", holds=(False,))
            if not self.has_batches:
                raise RequestFailed("unknown type", status=422)
            self.read.update(request.users)
            return read_account_answer(request, msgspec.json.encode([None] * len(request.users)))
        finally:
            self.out -= 1


def run(server: Server, count: int, *, steps: int = 2_000) -> tuple[ReadScheduler, list[tuple[RecordKind, str, bytes]]]:
    """Until everybody has been read, on a clock that moves a second with every look at it."""
    records: list[tuple[RecordKind, str, bytes]] = []
    clock = [NOW_MS]

    def now_ms() -> int:
        clock[0] += 1_000
        return clock[0]

    book = book_of(count)
    reconciler = ReadScheduler(
        Planner(book),
        server.ask,
        lambda kind, subject, content, _states: records.append((kind, subject, content)),
        watch=watch_of,
        now_ms=now_ms,
        idle_s=0.0,
    )

    async def whole() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(reconciler.run(stop))
        for _ in range(steps):
            await asyncio.sleep(0)
            if len(server.read) == count:
                break
        stop.set()
        await asyncio.wait_for(task, 120)

    asyncio.run(whole())
    return reconciler, records


@pytest.mark.parametrize("has_batches", [True, False])
def test_everybody_is_read_and_every_answer_is_a_record(has_batches: bool) -> None:
    server = Server(has_batches=has_batches)
    reconciler, records = run(server, 320)
    assert len(server.read) == 320
    assert server.most_out <= MAX_AT_ONCE
    assert reconciler.planner.batches is (BatchSupport.YES if has_batches else BatchSupport.NO)
    named: set[str] = set()
    for kind, subject, _ in records:
        request = msgspec.json.decode(subject)
        assert kind is RecordKind.ANSWER
        named |= set(request.get("users", [request.get("user")]))
    assert named == server.read


def test_failures_of_a_server_lose_nobody_and_are_said() -> None:
    server = Server(failures=7)
    reconciler, _ = run(server, 150, steps=20_000)
    assert len(server.read) == 150
    assert reconciler.planner.figures().failed == 7
    assert reconciler.trouble is None


def test_stopping_frees_everybody_who_was_planned_or_out() -> None:
    async def never(_request: StateRequest, _priority: int) -> StateAnswer:
        await asyncio.Event().wait()
        return StateAnswer(b"")

    async def whole() -> None:
        planner = Planner(book_of(500))
        reconciler = ReadScheduler(planner, never, lambda *_: None, watch=watch_of, now_ms=lambda: NOW_MS)
        stop = asyncio.Event()
        task = asyncio.create_task(reconciler.run(stop))
        for _ in range(10):
            await asyncio.sleep(0)
        assert planner.figures().in_flight
        stop.set()
        await asyncio.wait_for(task, 120)
        assert planner.figures().in_flight == planner.figures().asked == 0

    asyncio.run(whole())


def test_error_of_ours_ends_the_run_and_is_not_swallowed() -> None:
    async def broken(_request: StateRequest, _priority: int) -> StateAnswer:
        raise ZeroDivisionError

    async def whole() -> None:
        reconciler = ReadScheduler(Planner(book_of(5)), broken, lambda *_: None, watch=watch_of, now_ms=lambda: NOW_MS)
        await asyncio.wait_for(reconciler.run(asyncio.Event()), 5)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(whole())


def test_weight_of_a_minute_is_never_exceeded() -> None:
    clock, spent = [0.0], []

    async def sleep(seconds: float) -> None:
        clock[0] += seconds
        await asyncio.sleep(0)

    limiter = WeightLimiter(1_200, clock=lambda: clock[0], sleep=sleep)
    server = Server(has_batches=False)

    async def ask(request: StateRequest, priority: int) -> StateAnswer:
        weight = request.weight
        taken = await limiter.take(weight, priority)
        spent.append((clock[0], weight))
        try:
            return await server.ask(request, priority)
        finally:
            taken.settle(weight)

    async def whole() -> None:
        reconciler = ReadScheduler(
            Planner(book_of(1_500)),
            ask,
            lambda *_: None,
            watch=watch_of,
            now_ms=lambda: NOW_MS + int(clock[0] * 1_000),
            idle_s=0.0,
        )
        stop = asyncio.Event()
        task = asyncio.create_task(reconciler.run(stop))
        while len(server.read) < 1_500:
            await asyncio.sleep(0)
        stop.set()
        await asyncio.wait_for(task, 120)

    asyncio.run(whole())
    times, weights = np.array(spent).T
    for time in times:
        assert weights[(times > time - 60.0) & (times <= time)].sum() <= 1_200


LISTED = msgspec.json.encode(
    {
        "leaderboardRows": [
            {
                "ethAddress": "0x" + "AB" * 20,
                "accountValue": "1000.5",
                "windowPerformances": [["week", {"pnl": "1.0", "roi": "0.1", "vlm": "77.0"}]],
                "prize": 0,
                "displayName": None,
            }
        ]
    }
)


def test_leaderboard_is_taken_into_the_book_and_given_out_as_a_record() -> None:
    book, records = AddressBook(), []

    async def whole() -> None:
        stop = asyncio.Event()

        async def fetch() -> bytes:
            return LISTED

        def say(kind: RecordKind, subject: str, content: bytes) -> None:
            records.append((kind, subject, content))
            stop.set()

        await asyncio.wait_for(
            keep_leaderboard(stop, fetch=fetch, url="http://host/board", book=book, say=say, now_ms=lambda: NOW_MS), 5
        )

    asyncio.run(whole())
    assert records == [(RecordKind.LISTING, "http://host/board", LISTED)]
    assert list(book.addresses) == ["0x" + "ab" * 20]
    assert book.columns().week_volume.tolist() == [77.0]


def test_server_without_a_leaderboard_ends_the_asking() -> None:
    async def fetch() -> None:
        return None

    async def whole() -> None:
        await asyncio.wait_for(
            keep_leaderboard(
                asyncio.Event(), fetch=fetch, url="x", book=AddressBook(), say=lambda *_: None, now_ms=lambda: NOW_MS
            ),
            5,
        )

    asyncio.run(whole())
