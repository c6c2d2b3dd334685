"""Limits are those of the documentation, and are enforced on the wire."""

from __future__ import annotations

import json
from contextlib import ExitStack

import httpx
import pytest
from served_sandbox import served
from small_sandbox import SmallSandbox, eventful_sandbox, name
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from liqscape.sandbox.server.limits import MAX_CONNECTIONS, MAX_USERS, MINUTE, Limits
from liqscape.wire.info.registry import request_types


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def world() -> SmallSandbox:
    return eventful_sandbox()


@pytest.mark.parametrize(
    ("kind", "weight"),
    [
        ("l2Book", 2),
        ("allMids", 2),
        ("clearinghouseState", 2),
        ("orderStatus", 2),
        ("spotClearinghouseState", 2),
        ("exchangeStatus", 2),
        ("userRole", 60),
        ("meta", 20),
        ("userFills", 20),
    ],
)
def test_weights_are_the_documented_ones(kind: str, weight: int) -> None:
    assert request_types()[kind].weight == weight


def test_long_answers_weigh_more() -> None:
    assert request_types()["userFills"].further_weight(2_000) == 100
    assert request_types()["candleSnapshot"].further_weight(5_000) == 83
    assert request_types()["meta"].further_weight(2_000) == 0


def test_600_states_fit_into_a_minute_and_the_next_one_does_not() -> None:
    clock = Clock()
    limits = Limits(clock=clock)
    assert all(limits.admits_request("a", "clearinghouseState") for _ in range(600))
    assert not limits.admits_request("a", "clearinghouseState")
    assert limits.admits_request("b", "clearinghouseState")
    clock.now += MINUTE
    assert limits.admits_request("a", "clearinghouseState")


def test_an_answer_may_overdraw_but_the_next_request_waits() -> None:
    limits = Limits(clock=Clock())
    for _ in range(55):
        assert limits.admits_request("a", "meta")
    limits.charge_answer("a", "userFills", [0] * 2_000)
    assert not limits.admits_request("a", "clearinghouseState")


def test_too_many_users_are_refused_but_known_ones_are_not() -> None:
    limits = Limits(clock=Clock())
    for number in range(MAX_USERS):
        assert limits.refuses_subscription("a", str(number)) is None
    assert limits.refuses_subscription("a", "one more") is not None
    assert limits.refuses_subscription("a", "3") is None
    limits.end_subscription("a", "5")
    assert limits.refuses_subscription("a", "one more") is None


def test_http_429_follows_the_last_weight(world: SmallSandbox) -> None:
    with served(world.state, is_limited=True) as running, httpx.Client(base_url=running.url, timeout=120.0) as client:
        statuses = [client.post("/info", json={"type": "meta"}).status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]


def test_no_limits_refuse_nothing(world: SmallSandbox) -> None:
    with served(world.state) as running, httpx.Client(base_url=running.url, timeout=120.0) as client:
        statuses = {client.post("/info", json={"type": "meta"}).status_code for _ in range(70)}
    assert statuses == {200}


def test_the_eleventh_connection_is_refused(world: SmallSandbox) -> None:
    with served(world.state, is_limited=True) as running, ExitStack() as sockets:
        for _ in range(MAX_CONNECTIONS):
            sockets.enter_context(connect(running.socket_url))
        with pytest.raises(InvalidStatus, match="429"), connect(running.socket_url):
            pass


def test_the_sixteenth_user_is_refused_in_words(world: SmallSandbox) -> None:
    with served(world.state, is_limited=True) as running, connect(running.socket_url) as socket:
        for number in range(MAX_USERS + 1):
            subscription = {"type": "userFills", "user": name(number + 1)}
            socket.send(json.dumps({"method": "subscribe", "subscription": subscription}))
        channels = []
        while "error" not in channels:
            message = json.loads(socket.recv(timeout=20))
            channels.append(message["channel"])
    assert message["data"] == "Cannot track more than 15 total users."
    assert channels.count("subscriptionResponse") == MAX_USERS
