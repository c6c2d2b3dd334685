"""Each fault is seen by a client as it would be on a bad day, and a bad fault file is refused by name."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from served_sandbox import Served, served, wait_for
from small_sandbox import FIRST_PRICES, SmallSandbox, eventful_sandbox, name, quotes
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from liqscape.errors import InputError
from liqscape.sandbox.server.faults import FaultPlan, FaultRule, read_faults

STATE = {"type": "clearinghouseState", "user": name(3)}


@pytest.fixture(scope="module")
def world() -> SmallSandbox:
    return eventful_sandbox()


def ask(running: Served, body: dict[str, Any] = STATE, patience: float = 20.0) -> httpx.Response:
    return httpx.post(f"{running.url}/info", json=body, timeout=patience)


def mids(running: Served, world: SmallSandbox, socket: ClientConnection, blocks: int) -> None:
    """Subscribe to allMids and make blocks, each of which says something."""
    socket.send('{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC"}}')
    wait_for(lambda: running.sandbox.hub.count == 1, "the subscription")
    for block in range(blocks):
        prices = tuple(price * (1.0 + 0.001 * block) for price in FIRST_PRICES)
        running.tell(lambda prices=prices: world.step(600, *quotes(world, 0, prices)))


def received(socket: ClientConnection, count: int) -> list[str]:
    return [str(socket.recv(timeout=20)) for _ in range(count)]


def ping_until_closed(socket: ClientConnection) -> None:
    """Ping again and again, answered or not; give up where no end comes."""
    for _ in range(2_000):
        socket.send('{"method": "ping"}')
        with suppress(TimeoutError):
            socket.recv(timeout=0.02)


@pytest.mark.parametrize("status", ["429", "500", "502"])
def test_http_statuses(world: SmallSandbox, status: Any) -> None:
    with served(world.state, faults=(FaultRule(fault=status, where="info"),)) as running:
        assert ask(running).status_code == int(status)


def test_only_every_third_request_of_one_type_is_hit(world: SmallSandbox) -> None:
    with served(world.state, faults=(FaultRule(fault="500", where="info", match="meta", every=3),)) as running:
        assert [ask(running, {"type": "meta"}).status_code for _ in range(6)] == [200, 200, 500, 200, 200, 500]
        assert ask(running).status_code == 200


def test_drop_and_truncate_end_the_connection(world: SmallSandbox) -> None:
    with served(
        world.state,
        faults=(FaultRule(fault="drop", where="info", match="meta"), FaultRule(fault="truncate", where="info")),
    ) as running:
        with pytest.raises(httpx.RemoteProtocolError):
            ask(running, {"type": "meta"})
        with pytest.raises(httpx.RemoteProtocolError):
            ask(running)


def test_missing_fields_come_with_status_200(world: SmallSandbox) -> None:
    with served(world.state, faults=(FaultRule(fault="missing_fields", where="info"),)) as running:
        answer = ask(running)
    assert answer.status_code == 200
    assert "crossMarginSummary" not in answer.json()
    assert "withdrawable" in answer.json()


def test_clock_skew_moves_times_only(world: SmallSandbox) -> None:
    with served(world.state) as running:
        right = ask(running).json()
    with served(world.state, faults=(FaultRule(fault="clock_skew", where="info", milliseconds=-90_000),)) as running:
        skewed = ask(running).json()
    assert skewed.pop("time") == right.pop("time") - 90_000
    assert skewed == right


def test_delay_holds_an_answer_back(world: SmallSandbox) -> None:
    with served(world.state, faults=(FaultRule(fault="delay", where="info", milliseconds=1_000),)) as running:
        with pytest.raises(httpx.ReadTimeout):
            ask(running, patience=0.1)
        assert ask(running).status_code == 200


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("drop", [0, 2]),
        ("duplicate", [0, 1, 1, 2]),
        ("reorder", [0, 2, 1]),
    ],
)
def test_messages_are_dropped_duplicated_reordered(world: SmallSandbox, fault: Any, expected: list[int]) -> None:
    with served(world.state) as running, connect(running.socket_url) as socket:
        mids(running, world, socket, 0)
        time_ms = world.exchange.time_ms
    # The snapshot and three blocks are four messages; the third of them (block 1) is hit.
    with (
        served(world.state, faults=(FaultRule(fault=fault, where="ws", match="l2Book", every=3),)) as running,
        connect(running.socket_url) as socket,
    ):
        mids(running, world, socket, 3)
        texts = received(socket, 2 + len(expected))
    times = [json.loads(text)["data"]["time"] for text in texts[2:]]
    assert [(at - time_ms) // 600 - 1 for at in times] == expected


def test_truncated_messages_are_no_json(world: SmallSandbox) -> None:
    with (
        served(world.state, faults=(FaultRule(fault="truncate", where="ws", match="l2Book"),)) as running,
        connect(running.socket_url) as socket,
    ):
        mids(running, world, socket, 1)
        text = received(socket, 2)[1]
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


def test_a_silent_socket_says_nothing_not_even_pong(world: SmallSandbox) -> None:
    with (
        served(world.state, faults=(FaultRule(fault="silent_socket", where="ws", match="l2Book"),)) as running,
        connect(running.socket_url) as socket,
    ):
        mids(running, world, socket, 2)
        assert json.loads(received(socket, 1)[0])["channel"] == "subscriptionResponse"
        socket.send('{"method": "ping"}')
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.5)


def test_messages_that_are_dropped_do_not_break_a_silence(world: SmallSandbox) -> None:
    faults = (FaultRule(fault="drop", where="ws", match="pong"),)
    # Pings that are answered keep a connection alive; these are answered and the answers dropped.
    with (
        served(world.state, faults=faults, silence_seconds=0.3) as running,
        connect(running.socket_url) as socket,
        pytest.raises(ConnectionClosed),
    ):
        ping_until_closed(socket)


def test_restart_ends_sockets_and_comes_back(world: SmallSandbox) -> None:
    with (
        served(
            world.state, faults=(FaultRule(fault="restart", where="ws", match="l2Book", every=2, milliseconds=200),)
        ) as running,
        connect(running.socket_url) as socket,
    ):
        mids(running, world, socket, 1)
        with pytest.raises(ConnectionClosed):
            received(socket, 10)

        def is_back() -> bool:
            try:
                return ask(running).status_code == 200
            except httpx.TransportError:
                return False

        wait_for(is_back, "the server to come back")


def test_the_same_seed_hits_the_same_messages() -> None:
    rule = FaultRule(fault="drop", where="ws", probability=0.3, seed=5)
    first, second = FaultPlan((rule,)), FaultPlan((rule,))
    hits = [bool(first.hits("ws", "trades", 1.0)) for _ in range(200)]
    assert hits == [bool(second.hits("ws", "trades", 1.0)) for _ in range(200)]
    assert 30 < sum(hits) < 90


def test_faults_hold_in_their_time_only() -> None:
    plan = FaultPlan((FaultRule(fault="drop", where="ws", after=10.0, until=20.0),))
    assert [bool(plan.hits("ws", "trades", at)) for at in (9.9, 10.0, 19.9, 20.0)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({}, "a list of faults is needed"),
        ([{"fault": "melt", "where": "ws"}], r"fault 0: Invalid enum value 'melt'"),
        ([{"fault": "drop"}], "fault 0: Object missing required field `where`"),
        ([{"fault": "drop", "where": "ws", "probability": 1.5}], r"fault 0: probability 1.5 is outside 0..1"),
        ([{"fault": "429", "where": "ws"}], "fault 0: 429 is an HTTP status"),
        ([{"fault": "reorder", "where": "info"}], "fault 0: reorder needs where = ws"),
        ([{"fault": "drop", "where": "ws", "often": 3}], "fault 0: Object contains unknown field `often`"),
        ([{"fault": "drop", "where": "ws", "every": 2, "probability": 0.5}], "not both"),
        ([{"fault": "drop", "where": "ws", "match": "l2book"}], "fault 0: match 'l2book' is no channel"),
        ([{"fault": "drop", "where": "info", "match": "trades"}], "fault 0: match 'trades' is no request type"),
        ([{"fault": "drop", "where": "ws"}, {"fault": "drop", "where": "ws", "until": -1}], "fault 1: until -1"),
    ],
)
def test_a_bad_fault_file_is_refused_by_entry_and_field(tmp_path: Path, rows: Any, message: str) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps(rows))
    with pytest.raises(InputError, match=message):
        read_faults(file)


def test_a_file_that_is_not_there_or_no_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json"):
        read_faults(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("[")
    with pytest.raises(InputError, match="not JSON"):
        read_faults(tmp_path / "bad.json")
