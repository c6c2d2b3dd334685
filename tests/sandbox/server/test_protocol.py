"""The protocol itself: what cannot be read is said in the exchange's words, sockets answer every message."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from aiohttp import WSMessage, WSMsgType
from served_sandbox import Served, served, wait_for
from small_sandbox import BTC, SmallSandbox, eventful_sandbox, name
from virtual_time import now_s, run_virtually
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from liqscape.sandbox.server.faults import FaultPlan
from liqscape.sandbox.server.limits import Limits
from liqscape.sandbox.server.shared import Sandbox
from liqscape.sandbox.server.socket import Connection
from liqscape.sandbox.server.turnstile import Turnstile

UNREADABLE = "Failed to deserialize the JSON body into the target type"


@pytest.fixture(scope="module")
def world() -> SmallSandbox:
    return eventful_sandbox()


@pytest.fixture(scope="module")
def running(world: SmallSandbox) -> Iterator[Served]:
    with served(world.state) as ready:
        yield ready


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"type": 1}', b'{"type": "nothing"}', b'{"type":"l2Book"}'])
def test_what_cannot_be_read_is_422(running: Served, body: bytes) -> None:
    answer = httpx.post(f"{running.url}/info", content=body)
    assert (answer.status_code, answer.text) == (422, UNREADABLE)


def test_a_refused_request_type_is_answered_like_one_that_does_not_exist(world: SmallSandbox) -> None:
    batch = {"type": "batchClearinghouseStates", "users": [name(1)]}
    with served(world.state, refused=frozenset({"batchClearinghouseStates"})) as refusing:
        answer = httpx.post(f"{refusing.url}/info", json=batch)
        assert (answer.status_code, answer.text) == (422, UNREADABLE)
        assert httpx.post(f"{refusing.url}/info", json={"type": "meta"}).status_code == 200
        with connect(refusing.socket_url) as socket:
            socket.send(json.dumps({"method": "post", "id": 1, "request": {"type": "info", "payload": batch}}))
            response = json.loads(socket.recv(timeout=20))["data"]["response"]
    assert response == {"type": "error", "payload": UNREADABLE}


def test_vaults_are_listed_at_both_addresses(running: Served) -> None:
    rows = httpx.get(f"{running.url}/vaults", timeout=120.0).json()
    assert rows == httpx.get(f"{running.url}/Mainnet/vaults", timeout=120.0).json()
    wanted = {vault.address for vault in running.sandbox.read(lambda _, state: state.vaults, {})}
    assert {row["summary"]["vaultAddress"] for row in rows} == wanted


def test_leaderboard_lists_every_user(running: Served) -> None:
    rows = httpx.get(f"{running.url}/leaderboard", timeout=120.0).json()["leaderboardRows"]
    assert {name(1), name(3), name(8)} <= {row["ethAddress"] for row in rows}
    values = [float(row["accountValue"]) for row in rows]
    assert values == sorted(values, reverse=True)


def test_a_ping_is_answered_by_a_pong(running: Served) -> None:
    with connect(running.socket_url) as socket:
        socket.send('{"method": "ping"}')
        assert json.loads(socket.recv(timeout=20)) == {"channel": "pong"}


def test_subscribing_twice_and_leaving_twice_are_errors(running: Served) -> None:
    body = {"subscription": {"type": "trades", "coin": "BTC"}}
    with connect(running.socket_url) as socket:
        seen = []
        for method in ("subscribe", "subscribe", "unsubscribe", "unsubscribe"):
            socket.send(json.dumps({"method": method, **body}))
            message = json.loads(socket.recv(timeout=20))
            while message["channel"] == "trades":
                message = json.loads(socket.recv(timeout=20))
            seen.append((message["channel"], message["data"] if message["channel"] == "error" else ""))
    channels = [channel for channel, _ in seen]
    assert channels == ["subscriptionResponse", "error", "subscriptionResponse", "error"]
    assert seen[1][1].startswith("Already subscribed")
    assert seen[3][1].startswith("Already unsubscribed")


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"method": "dance"}', '{"method": "subscribe"}', '{"method":"subscribe","subscription":{"type":"x"}}'],
)
def test_a_message_that_makes_no_sense_gets_an_error_and_the_socket_lives_on(running: Served, text: str) -> None:
    with connect(running.socket_url) as socket:
        socket.send(text)
        assert json.loads(socket.recv(timeout=20))["channel"] == "error"
        socket.send('{"method": "ping"}')
        assert json.loads(socket.recv(timeout=20))["channel"] == "pong"


def test_posts_are_answered_with_their_number(running: Served) -> None:
    request = {"type": "info", "payload": {"type": "l2Book", "coin": "BTC"}}
    with connect(running.socket_url) as socket:
        socket.send(json.dumps({"method": "post", "id": 42, "request": request}))
        message = json.loads(socket.recv(timeout=20))
    assert (message["channel"], message["data"]["id"]) == ("post", 42)
    assert message["data"]["response"]["payload"]["data"]["coin"] == "BTC"


def test_a_closed_socket_follows_nothing_any_more(running: Served) -> None:
    before = running.sandbox.hub.count
    with connect(running.socket_url) as socket:
        socket.send('{"method":"subscribe","subscription":{"type":"l2Book","coin":"HYPE"}}')
        wait_for(lambda: running.sandbox.hub.count == before + 1, "the subscription")
    wait_for(lambda: running.sandbox.hub.count == before, "the end of the subscription")


def test_a_connection_to_which_nothing_was_sent_is_ended(world: SmallSandbox) -> None:
    with served(world.state, silence_seconds=0.2) as ready, connect(ready.socket_url) as socket:
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=20)
        wait_for(lambda: not ready.sandbox.connections, "the end of the connection")


class PingingSocket:
    """A client that pings every so many seconds of made-up time, until a moment; notes what it is told, and when."""

    def __init__(self, every_s: float, until_s: float) -> None:
        self.every_s, self.until_s = every_s, until_s
        self.heard: list[tuple[float, str]] = []
        self.closed_s: float | None = None
        self._is_closed = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[WSMessage]:
        while now_s() + self.every_s <= self.until_s:
            await asyncio.sleep(self.every_s)
            yield WSMessage(WSMsgType.TEXT, '{"method": "ping"}', None)
        await self._is_closed.wait()

    async def send_str(self, text: str) -> None:
        self.heard.append((now_s(), text))

    async def close(self, **_: object) -> None:
        self.closed_s = now_s()
        self._is_closed.set()


def test_pongs_keep_a_connection_alive(world: SmallSandbox) -> None:
    async def run() -> PingingSocket:
        sandbox = Sandbox(world.state, Turnstile(), Limits(is_enforced=False), FaultPlan(), silence_seconds=60.0)
        socket = PingingSocket(every_s=50.0, until_s=600.0)
        await Connection(sandbox, socket, "127.0.0.1").run()  # type: ignore[arg-type]
        return socket

    socket = run_virtually(run())
    assert socket.heard == [(50.0 * number, '{"channel":"pong"}') for number in range(1, 13)]
    assert socket.closed_s == 660.0  # a minute after the last pong


def test_two_sockets_get_the_same_trades(world: SmallSandbox, running: Served) -> None:
    body = '{"method":"subscribe","subscription":{"type":"trades","coin":"BTC"}}'
    before = running.sandbox.hub.count
    with connect(running.socket_url) as one, connect(running.socket_url) as other:
        for socket in (one, other):
            socket.send(body)
        wait_for(lambda: len(running.sandbox.connections) >= 2 and running.sandbox.hub.count > before, "both")
        for socket in (one, other):
            assert json.loads(socket.recv(timeout=20))["channel"] == "subscriptionResponse"
            assert json.loads(socket.recv(timeout=20))["channel"] == "trades"  # the snapshot
        running.tell(lambda: world.step(500, world.order(7, BTC, -0.001)))
        got = [json.loads(socket.recv(timeout=20))["data"] for socket in (one, other)]
    assert got[0] == got[1]
    assert {trade["coin"] for trade in got[0]} == {"BTC"}
