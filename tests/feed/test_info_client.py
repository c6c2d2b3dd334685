"""Questions to a served sandbox: its limits are kept, its faults are borne, and no failure looks like an answer."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
import pytest
from aiohttp import web
from info_server import InfoServer, serving
from served_sandbox import served
from small_sandbox import SmallSandbox, eventful_sandbox, name

from liqscape.errors import RateLimited, RemoteWireError, RequestFailed
from liqscape.feed.info_client import ATTEMPTS, InfoClient
from liqscape.feed.limiter import WeightLimiter
from liqscape.sandbox.server.faults import FaultRule
from liqscape.wire.info.all_perp_metas import AllPerpMetasRequest
from liqscape.wire.info.clearinghouse_state import ClearinghouseStateRequest
from liqscape.wire.info.exchange_status import ExchangeStatusRequest
from liqscape.wire.info.meta import MetaAndAssetCtxsRequest, MetaRequest
from liqscape.wire.info.perp_dexs import PerpDexsRequest
from liqscape.wire.info.read_state import parse_clearinghouse_state
from liqscape.wire.info.registry import request_types
from liqscape.wire.info.request import InfoRequest
from liqscape.wire.info.sizes import MAX_LISTING_BYTES, USUAL_BYTES
from liqscape.wire.info.user_fills import UserFillsRequest

STATE = ClearinghouseStateRequest(name(3))
FILLS = UserFillsRequest(name(3))
Result = TypeVar("Result")


@pytest.fixture(scope="module")
def world() -> SmallSandbox:
    return eventful_sandbox()


@pytest.fixture
def server(world: SmallSandbox) -> Iterator[InfoServer]:
    with serving(world) as running:
        yield running


def with_client(url: str, work: Callable[[InfoClient], Awaitable[Result]], **options: Any) -> Result:
    options = {"first_wait_s": 0.01, "chance": random.Random(1), **options}

    async def run() -> Result:
        async with InfoClient(url, **options) as client:
            return await work(client)

    return asyncio.run(run())


@pytest.mark.parametrize("fault", ["drop", "truncate", "500", "502"])
def test_every_second_questionfails_and_all_are_answered(world: SmallSandbox, fault: Any) -> None:
    async def work(client: InfoClient) -> None:
        for _ in range(10):
            assert msgspec.json.decode(await client.ask(STATE))["time"] > 0
        figures = client.figures()
        assert (figures.answered, figures.failed, figures.refused) == (10, figures.attempts - 10, 0)
        assert figures.failed >= 4
        assert figures.received_bytes > 0
        assert figures.p50_ms is not None
        assert client.limiter is not None
        assert client.limiter.figures().soft_share < 1.0

    with served(world.state, faults=(FaultRule(fault=fault, where="info", every=2),)) as running:
        with_client(running.url, work, limiter=WeightLimiter())


def test_a_restart_is_waited_out(world: SmallSandbox) -> None:
    async def work(client: InfoClient) -> None:
        for _ in range(6):
            await client.ask(STATE)

    faults = (
        FaultRule(fault="restart", where="info", every=3, milliseconds=30),
        FaultRule(fault="delay", where="info", milliseconds=5),
    )
    with served(world.state, faults=faults) as running:
        with_client(running.url, work, first_wait_s=0.2)


def test_an_answer_with_missing_fields_is_an_answer_whose_reader_must_judge(world: SmallSandbox) -> None:
    async def work(client: InfoClient) -> bytes:
        return await client.ask(STATE)

    with served(world.state, faults=(FaultRule(fault="missing_fields", where="info"),)) as running:
        answer = with_client(running.url, work)
    with pytest.raises(RemoteWireError):
        parse_clearinghouse_state(answer, "answer")


def test_a_refusal_slows_the_client_and_the_answer_comes_still(world: SmallSandbox) -> None:
    async def work(client: InfoClient) -> None:
        waits: list[float] = []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)
            time[0] += seconds

        time = [0.0]
        client.limiter = WeightLimiter(1_200, lambda: time[0], sleep)
        for _ in range(4):
            await client.ask(STATE)
        assert client.figures().refused == 1
        assert sum(waits) == pytest.approx(5.0)
        assert 600 <= client.limiter.figures().limit_now < 650

    with served(world.state, faults=(FaultRule(fault="429", where="info", every=3),)) as running:
        with_client(running.url, work)


def test_a_server_with_limits_refuses_none_of_many_questions_at_once(world: SmallSandbox) -> None:
    """1,200 of weight are used up at once, the rest waits: nothing is refused in the first minute."""

    async def work(client: InfoClient) -> None:
        kinds = [STATE, MetaRequest(), FILLS]
        tasks = [asyncio.create_task(client.ask(kinds[number % 3])) for number in range(150)]
        assert client.limiter is not None
        waiting = set(tasks)
        while len(waiting) > 70 or client.limiter.figures().used <= 1_000:
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        figures = client.limiter.figures()
        assert waiting
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert client.figures().refused == 0
        assert figures.used <= 1_200

    with served(world.state, is_limited=True) as running:
        with_client(running.url, work, limiter=WeightLimiter(), max_at_once=16)
        assert running.sandbox.limits.client("127.0.0.1").weight.total <= 1_200


def test_weight_is_that_of_the_answer_in_the_end(world: SmallSandbox) -> None:
    async def work(client: InfoClient) -> None:
        assert client.limiter is not None
        items = len(msgspec.json.decode(await client.ask(FILLS)))
        assert client.limiter.figures().used == 20 + items // 20
        await client.leaderboard()
        assert client.limiter.figures().used == 20 + items // 20

    with served(world.state) as running:
        with_client(running.url, work, limiter=WeightLimiter())


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"time": 1', b'{"error": "busy"}', b'"Invalid"'])
def test_http_200_without_an_answer_is_a_failure(server: InfoServer, body: bytes) -> None:
    server.replaced["clearinghouseState"] = body

    async def work(client: InfoClient) -> None:
        with pytest.raises(RequestFailed, match="/info clearinghouseState"):
            await client.ask(STATE)

    with_client(server.url, work)
    assert server.asked["clearinghouseState"] == 1


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_question_the_server_does_not_take_is_not_asked_again(server: InfoServer, status: int) -> None:
    server.failures["clearinghouseState"] = deque([(status, {}, b"no")] * 2)

    async def work(client: InfoClient) -> None:
        with pytest.raises(RequestFailed, match=f"no answer: HTTP {status}: no") as caught:
            await client.ask(STATE)
        assert caught.value.context["status"] == status

    with_client(server.url, work)
    assert server.asked["clearinghouseState"] == 1


def test_a_server_that_is_not_there_is_given_up_after_some_attempts() -> None:
    async def work(client: InfoClient) -> None:
        with pytest.raises(RequestFailed, match=f"no answer after {ATTEMPTS} attempts"):
            await client.ask(STATE)
        assert client.figures().attempts == client.figures().failed == ATTEMPTS

    with_client("http://127.0.0.1:9", work, limiter=WeightLimiter())


def test_the_deadline_bounds_everything(world: SmallSandbox) -> None:
    async def work(client: InfoClient) -> None:
        with pytest.raises(RequestFailed, match=r"clearinghouseState: no answer within 0\.2 s"):
            await client.ask(STATE, deadline_s=0.2)
        client.limiter = WeightLimiter()
        client.limiter.charge(1_200)
        with pytest.raises(RequestFailed, match=r"meta: no answer within 0\.1 s"):
            await client.ask(MetaRequest(), deadline_s=0.1)
        assert client.limiter.figures().waiting == 0

    with served(world.state, faults=(FaultRule(fault="delay", where="info", milliseconds=8_000),)) as running:
        with_client(running.url, work)


def test_urgent_questions_overtake_waiting_ones(server: InfoServer) -> None:
    async def work(client: InfoClient) -> list[str]:
        time, order = [0.0], []

        async def sleep(seconds: float) -> None:
            time[0] += seconds
            await asyncio.sleep(0)

        client.limiter = WeightLimiter(20, lambda: time[0], sleep)
        client.limiter.charge(20)

        async def ask(question: InfoRequest[Any], priority: int) -> None:
            await client.ask(question, priority=priority)
            order.append(question.kind())

        await asyncio.gather(ask(PerpDexsRequest(), 5), ask(AllPerpMetasRequest(), 5), ask(MetaRequest(), 0))
        return order

    assert with_client(server.url, work) == ["meta", "perpDexs", "allPerpMetas"]


def test_the_listing_may_be_elsewhere_and_may_be_missing(server: InfoServer) -> None:
    async def work(client: InfoClient) -> None:
        assert await client.leaderboard(f"{server.url}/leaderboard") is not None
        server.has_leaderboard = False
        assert await client.leaderboard() is None
        server.failures["meta"] = deque([(429, {"Retry-After": "40"}, b"")])
        with pytest.raises(RateLimited, match="asked to wait 40 s"):
            await client.ask(MetaRequest())

    with_client(server.url, work)


@asynccontextmanager
async def answered_by(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """Address of a server whose every answer is made by one function."""
    app = web.Application()
    app.router.add_post("/info", handler)
    app.router.add_get("/leaderboard", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class Flood:
    """A server whose answers have no end, or say beforehand how long they will be; `sent` counts what it got rid of."""

    def __init__(self, reported: int | None, status: int = 200) -> None:
        self.reported, self.status, self.sent = reported, status, 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=self.status)
        response.content_length = self.reported
        await response.prepare(request)
        try:
            while self.reported is None or self.sent < self.reported:
                await response.write(b" " * 100_000)
                self.sent += 100_000
        except ConnectionError:
            return response
        return response

    async def asked(self, request: InfoRequest[Any]) -> str:
        async with answered_by(self.answer) as url, InfoClient(url, first_wait_s=0.01, max_attempts=2) as client:
            with pytest.raises(RequestFailed) as failed:
                await client.ask(request)
            assert client.figures().failed >= 1
        return str(failed.value)


@pytest.mark.parametrize("begins", [False, True], ids=["says nothing", "begins to answer"])
def test_a_server_that_falls_silent_is_given_up_long_before_the_bound_of_an_answer(begins: bool) -> None:
    gone = Silent(begins=begins)
    said = asyncio.run(gone.asked(ExchangeStatusRequest()))
    assert "timed out" in said
    assert gone.asked_count == 2, "and asked once more"


class Silent:
    """A server that takes questions and never ends an answer."""

    def __init__(self, *, begins: bool) -> None:
        self.begins, self.asked_count = begins, 0
        self.is_over = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked_count += 1
        response = web.StreamResponse()
        if self.begins:
            await response.prepare(request)
            await response.write(b"{")
        await self.is_over.wait()
        return response

    async def asked(self, request: InfoRequest[Any]) -> str:
        async with answered_by(self.answer) as url:
            try:
                async with InfoClient(url, total_s=3_600.0, silent_s=0.05, first_wait_s=0.01, max_attempts=2) as client:
                    with pytest.raises(RequestFailed) as failed:
                        await client.ask(request)
            finally:
                self.is_over.set()
        return str(failed.value)


@pytest.mark.parametrize("question", [ExchangeStatusRequest(), STATE])
def test_an_answer_without_end_is_not_read_beyond_the_bound_of_its_type(question: InfoRequest[Any]) -> None:
    flood = Flood(None)
    said = asyncio.run(flood.asked(question))
    assert f"{question.kind()}: an answer of more than {question.max_bytes} bytes" in said
    assert flood.sent < question.max_bytes + 16_000_000  # what the sockets of the system took in


def test_an_answer_that_says_it_is_too_large_is_not_read_at_all() -> None:
    flood = Flood(500_000_000)
    said = asyncio.run(flood.asked(MetaAndAssetCtxsRequest()))
    assert f"an answer of 500000000 bytes, at most {USUAL_BYTES} are read" in said
    assert flood.sent < 16_000_000


def test_of_a_refusal_without_end_a_line_is_shown() -> None:
    flood = Flood(None, 404)
    assert "HTTP 404" in asyncio.run(flood.asked(MetaRequest()))
    assert flood.sent < 16_000_000


def test_bounds_leave_room_for_what_was_recorded_and_together_for_this_program() -> None:
    recorded = {
        "l2Book": 3_402, "clearinghouseState": 13_548, "perpDexs": 31_201, "batchClearinghouseStates": 50 * 13_548,
    }  # fmt: skip
    for kind, size in recorded.items():
        assert request_types()[kind].max_bytes >= 20 * size
    assert MAX_LISTING_BYTES >= 2 * 35_000_000
    assert (
        max(each.max_bytes for each in request_types().values()) <= 16_000_000
    )  # four at once, each held twice: 128 MB
