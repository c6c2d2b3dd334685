"""Costly routes: few at a time, busy beyond, one answer for equal questions; the stream and the status never wait."""

from __future__ import annotations

import asyncio
import http.client
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from api_paths import operations
from litestar import Litestar
from litestar.testing import TestClient
from litestar.types import Message, Send
from memory_history import MemoryHistory
from small_market import START_MS, SmallMarket

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.moment import Moment
from liqscape.service import costly
from liqscape.service.answers.heatmap import HeatmapAnswer
from liqscape.service.executors import MAX_HEAVY, Executors
from liqscape.service.hub import Hub
from liqscape.service.live import LiveState
from liqscape.service.metrics import LiveMetrics
from liqscape.service.view import MapView
from liqscape.web import delivery
from liqscape.web.app import create_app

BASE = "http://127.0.0.1:8417"
WINDOW = "/api/v1/coins/BTC/heatmap"
LARGE = {"width": "2000", "height": "2000"}
PLACES = costly.MAX_LARGE_CELLS // 4_000_000
DEADLINE_S = 30.0
ACCOUNT = f"/api/v1/accounts/0x{'0' * 40}"
COSTLY = (
    f"{WINDOW}?width=10&height=10",
    f"{WINDOW}?width=10&height=10&format=json",
    "/api/v1/coins/BTC/book?width=10&height=10",
    "/api/v1/joint",
    "/api/v1/liquidations",
    "/api/v1/coins/BTC/frame?mode=joint",
    "/api/v1/coins/BTC/frame?at=1770000000000",
    "/api/v1/coins/BTC/frame?interval=true",
    "/api/v1/coins/BTC/positions?band=22000&interval=true",
    "/api/v1/coins/BTC/clusters?mode=joint",
    "/api/v1/coins/BTC/clusters?at=1770000000000",
    "/api/v1/coins/BTC/triggers?at=1770000000000",
    "/api/v1/coins/BTC/asymmetry?at=1770000000000",
    "/api/v1/coins/BTC/stop?side=long&entry=2&stop=1&risk=1&at=1770000000000",
    "/api/v1/coins/BTC/stop?side=long&entry=2&stop=1&risk=1&simulate=true",
    "/api/v1/coins/BTC/positions?price_low=1&price_high=2&at=1770000000000",
    "/api/v1/coins/BTC/positions?price_low=1&price_high=2",
    "/api/v1/coins/BTC/context",
    "/api/v1/coins/BTC/deleveraging",
    "/api/v1/coins/BTC/structure",
    "/api/v1/coins/BTC/caveats",
    "/api/v1/coins/BTC/setups",
    "/api/v1/coins/BTC/odds?price=60000",
    "/api/v1/coins/BTC/chain",
    "/api/v1/coins/BTC/clusters/BTC-long-1-1",
    *(f"/api/v1/coins/BTC/{what}" for what in ("changes", "sweeps", "overshoot", "cascades", "outcomes", "events")),
    "/api/v1/events",
    "/api/v1/overshoot",
    "/api/v1/outcomes",
    "/api/v1/score",
    "/api/v1/agreement",
    "/api/v1/coins/BTC/scale",
    f"{ACCOUNT}?at=1770000000000",
    f"{ACCOUNT}/history?coin=BTC",
    f"{ACCOUNT}/state",
    f"{ACCOUNT}/deleveraging",
    "/api/v1/cascade?coin=BTC&price=60000",
)


class GatedView(MapView):
    """Large windows are answered when a test lets them."""

    def __init__(self, market: SmallMarket, live: LiveState | None = None) -> None:
        super().__init__(MemoryHistory(market), live)
        self.gate = threading.Event()
        self.asked: list[int] = []

    def heatmap(self, coin: str, **question: Any) -> HeatmapAnswer:
        if question["width"] == 2_000:
            self.asked.append(question["start_ms"] - START_MS)
            is_open = self.gate.wait(DEADLINE_S)
            self.gate.set()  # nobody else waits for a test that has failed
            assert is_open
        return super().heatmap(coin, **{**question, "start_ms": None})


@contextmanager
def served(view: GatedView) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(view, Hub(view)), base_url=BASE) as client:
        try:
            yield client
        finally:
            view.gate.set()


def different(number: int) -> dict[str, str]:
    return {**LARGE, "start": str(START_MS + number)}


def under_way(client: TestClient[Litestar]) -> int:
    return _gauge(client.get("/metrics").text)


def _gauge(metrics: str) -> int:
    return int(
        float(next(line for line in metrics.splitlines() if line.startswith("liqscape_costly_questions ")).split()[1])
    )


@contextmanager
def full(client: TestClient[Litestar], view: GatedView) -> Iterator[list[int]]:
    """As many readers of different windows as there are places; their answers' status once the gate is opened."""
    statuses: list[int] = []
    with ThreadPoolExecutor(PLACES) as readers:
        asking = [readers.submit(client.get, WINDOW, params=different(number)) for number in range(PLACES)]
        while under_way(client) < PLACES:
            assert not any(each.done() for each in asking)
        try:
            yield statuses
        finally:
            view.gate.set()
        statuses += [each.result().status_code for each in asking]


def test_frames_and_status_go_on_while_every_place_is_taken(market: SmallMarket) -> None:
    live, frame = LiveState(), market.frames[-1]
    live.publish(Moment(frame=frame, accounts=market.accounts[-1], tables=market.tables, is_stored=True))
    view = GatedView(market, live)
    with served(view) as client, client.websocket_connect("/api/v1/stream?coin=BTC") as socket:
        first = socket.receive_json()["sequence"]
        with full(client, view) as statuses:
            for number in range(1, 11):
                moved = replace(
                    frame.snapshot, time_ms=frame.snapshot.time_ms + 3_000, mark=frame.snapshot.mark * 1.001
                )
                frame = build_frame(market.accounts[-1], moved, market.tables, frame.provenance)
                client.blocking_portal.call(
                    lambda frame=frame: live.publish(
                        Moment(frame=frame, accounts=market.accounts[-1], tables=market.tables, is_stored=False)
                    )
                )
                message = socket.receive_json()
                assert (message["type"], message["sequence"]) == ("frame", first + number)
                assert client.get("/api/v1/status").json()["as_of_ms"] == frame.time_ms
                assert client.get("/api/v1/coins/BTC/frame").status_code == 200
                assert client.get("/api/v1/coins/BTC/frame", params={"at": market.frames[0].time_ms}).status_code == 200
                assert client.get(WINDOW).status_code == 200
                assert client.get("/metrics").status_code == 200
            assert not view.gate.is_set(), "all this happened while every place was taken"
        assert statuses == [200] * PLACES


def test_one_more_is_busy_at_once_and_says_when_to_ask_again(market: SmallMarket) -> None:
    view = GatedView(market)
    with served(view) as client:
        with full(client, view) as statuses:
            refused = client.get(WINDOW, params=different(PLACES))
            assert refused.status_code == 503
            assert refused.headers["content-type"].startswith("application/problem+json")
            assert refused.headers["retry-after"] == str(costly.RETRY_AFTER_S)
            assert refused.json() == {
                "type": "urn:liqscape:problem:busy",
                "title": "Busy",
                "status": 503,
                "detail": f"{PLACES} costly questions are under way; try again in 2 s",
            }
            assert client.get("/api/v1/joint").status_code == 503
            assert "liqscape_costly_refused_total 2.0" in client.get("/metrics").text
        assert statuses == [200] * PLACES
        assert client.get(WINDOW, params=different(PLACES)).status_code == 200
        assert under_way(client) == 0


@pytest.mark.parametrize("path", COSTLY)
@pytest.mark.parametrize("headers", [{"Origin": "http://elsewhere.test"}, {"Sec-Fetch-Site": "cross-site"}])
def test_pages_of_other_origins_are_refused_what_is_costly(
    client: TestClient[Litestar], path: str, headers: dict[str, str]
) -> None:
    refused = client.get(path, headers=headers)
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:liqscape:problem:refused"


def test_our_own_page_is_not_refused(client: TestClient[Litestar]) -> None:
    assert client.get(WINDOW, headers={"Origin": BASE, "Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_costly_routes_are_described_with_503_and_403(client: TestClient[Litestar]) -> None:
    schema = client.get("/schema/openapi.json").json()
    described = {
        path
        for method, path, operation in operations(schema)
        if path.startswith("/api/") and method == "GET" and {"403", "503"} <= set(operation["responses"])
    }
    asked = {
        path.partition("?")[0]
        .replace(ACCOUNT, "/api/v1/accounts/{address}")
        .replace("/BTC/", "/{coin}/")
        .replace("/BTC-long-1-1", "/{cluster_id}")
        for path in COSTLY
    }
    assert described == asked


def test_a_costly_answer_is_tagged_and_not_sent_again(client: TestClient[Litestar]) -> None:
    first = client.get(WINDOW, headers={"Accept-Encoding": "identity"})
    assert len(first.content) == int(first.headers["content-length"])
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["x-content-type-options"] == "nosniff"
    again = client.get(WINDOW, headers={"Accept-Encoding": "identity", "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


SERVED = """
    import sys, threading
    sys.path[:0] = sys.argv[1:]
    from small_market import small_market
    from test_costly import GatedView
    from liqscape.service.hub import Hub
    from liqscape.web.app import create_app
    from liqscape.web.server import run_server

    view = GatedView(small_market())
    hub = Hub(view)
    threading.Thread(target=lambda: (sys.stdin.readline(), view.gate.set()), daemon=True).start()
    app = create_app(view, hub)
    run_server(app, "127.0.0.1", 0, on_ready=lambda port: print(port, flush=True), on_stop=hub.shut_down)
"""


def test_readers_that_hang_up_while_they_wait_free_their_places() -> None:
    """Over real sockets: the places of those who have gone are taken by others, who are answered."""
    here = Path(__file__).parent
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVED), str(here), str(here.parent / "support")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            port = int(process.stdout.readline())

            def ask(path: str) -> http.client.HTTPConnection:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
                connection.request("GET", path, headers={"Connection": "close"})
                return connection

            def answer_to(connection: http.client.HTTPConnection) -> tuple[int, bytes]:
                with closing(connection), connection.getresponse() as answer:
                    return answer.status, answer.read()

            def until(count: int) -> None:
                while _gauge(answer_to(ask("/metrics"))[1].decode()) != count:
                    continue

            window = f"{WINDOW}?width=2000&height=2000&start={START_MS // 1000}"
            waiting = [ask(f"{window}{number:03d}") for number in range(PLACES)]
            until(PLACES)
            assert answer_to(ask(f"{window}{PLACES:03d}"))[0] == 503
            for each in waiting:
                each.close()
            until(0)
            others = [ask(f"{window}{number:03d}") for number in range(PLACES, 2 * PLACES)]
            until(PLACES)
            process.stdin.write("go on\n")
            process.stdin.flush()
            for status, body in map(answer_to, others):
                assert (status, body[:4]) == (200, b"LQH1")
        finally:
            process.terminate()


class Direct:
    """The application without a server, so that a test decides when a reader goes and what it takes."""

    def __init__(self, view: GatedView) -> None:
        self.view = view
        self._metrics = LiveMetrics()
        # One thread answers in order: what was asked before has come as far as what was asked after.
        executors = replace(Executors.start(), questions=ThreadPoolExecutor(1))
        self._app = create_app(view, Hub(view), metrics=self._metrics, executors=executors)

    @property
    def under_way(self) -> int:
        return _gauge(self._metrics.render(None).decode())

    async def until(self, count: int) -> None:
        while self.under_way != count:
            await asyncio.sleep(0.001)

    def ask(self, start_ms: int, gone: asyncio.Event, send: Send | None = None) -> asyncio.Task[list[Any]]:
        return asyncio.create_task(self._ask(start_ms, gone, send))

    async def _ask(self, start_ms: int, gone: asyncio.Event, send: Send | None) -> list[Any]:
        sent: list[Any] = []
        received: list[Any] = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Any:
            if received:
                return received.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def keep(message: Message) -> None:
            sent.append(message)
            if send is not None:
                await send(message)

        scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": WINDOW,
            "raw_path": WINDOW.encode(),
            "query_string": f"width=2000&height=2000&start={START_MS + start_ms}".encode(),
            "root_path": "",
            "headers": [(b"host", b"127.0.0.1")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8417),
        }
        await self._app(scope, receive, keep)
        return sent


def directly(market: SmallMarket, play: Callable[[Direct], Coroutine[Any, Any, None]]) -> None:
    view = GatedView(market)

    async def run() -> None:
        direct = Direct(view)
        await asyncio.wait_for(play(direct), DEADLINE_S)
        await asyncio.wait_for(direct.until(0), DEADLINE_S)

    try:
        asyncio.run(run())
    finally:
        view.gate.set()


def body_of(sent: list[Any]) -> bytes:
    return b"".join(message["body"] for message in sent[1:])


def test_equal_windows_are_drawn_once(market: SmallMarket) -> None:
    async def play(direct: Direct) -> None:
        stays = asyncio.Event()
        equal = [direct.ask(1, stays) for _ in range(8)]
        other = direct.ask(2, stays)
        await direct.until(2)
        direct.view.gate.set()
        answers = await asyncio.gather(*equal, other)
        assert {sent[0]["status"] for sent in answers} == {200}
        assert {body_of(sent) for sent in answers[:-1]} == {body_of(answers[0])}
        assert sorted(direct.view.asked) == [1, 2]

    directly(market, play)


def test_waiting_readers_that_go_give_their_places_back(market: SmallMarket) -> None:
    async def play(direct: Direct) -> None:
        stays, gone = asyncio.Event(), asyncio.Event()
        first = direct.ask(0, stays)
        while not direct.view.asked:
            await asyncio.sleep(0.001)
        readers = [direct.ask(number, gone) for number in range(1, PLACES)]
        await direct.until(PLACES)
        assert (await direct.ask(PLACES, stays))[0]["status"] == 503
        gone.set()
        assert await asyncio.gather(*readers) == [[]] * (PLACES - 1), "nobody is there to be answered"
        await direct.until(1)
        later = direct.ask(PLACES, stays)
        await direct.until(2)
        direct.view.gate.set()
        assert [sent[0]["status"] for sent in await asyncio.gather(first, later)] == [200, 200]
        assert len(direct.view.asked) <= MAX_HEAVY + 1 < PLACES, "what nobody waits for is not begun"

    directly(market, play)


def test_a_reader_that_goes_does_not_take_the_answer_from_the_others(market: SmallMarket) -> None:
    async def play(direct: Direct) -> None:
        stays, gone = asyncio.Event(), asyncio.Event()
        leaving, staying, mark = direct.ask(1, gone), direct.ask(1, stays), direct.ask(2, stays)
        await direct.until(2)
        gone.set()
        assert await leaving == []
        direct.view.gate.set()
        assert [sent[0]["status"] for sent in await asyncio.gather(staying, mark)] == [200, 200]
        assert sorted(direct.view.asked) == [1, 2]

    directly(market, play)


def test_an_answer_is_sent_in_pieces_and_holds_its_place_until_it_is_taken(
    market: SmallMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PIECE_BYTES", 1_000)

    async def play(direct: Direct) -> None:
        stays, goes_on = asyncio.Event(), asyncio.Event()

        async def send(message: Message) -> None:
            if message["type"] == "http.response.body":
                await goes_on.wait()

        direct.view.gate.set()
        slow = direct.ask(1, stays, send)
        await direct.until(1)
        quick = await direct.ask(2, stays)
        assert direct.under_way == 1
        goes_on.set()
        sent = await slow
        assert len(sent) > 3
        assert body_of(sent)[:4] == b"LQH1"
        assert [message["more_body"] for message in sent[1:]] == [True] * (len(sent) - 2) + [False]
        headers = dict(sent[0]["headers"])
        assert int(headers[b"content-length"]) == len(body_of(sent)) == len(body_of(quick))

    directly(market, play)
