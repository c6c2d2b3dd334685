"""Every subscription stands with the data of its channel and an example, and the sandbox serves it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from small_sandbox import SmallSandbox

from liqscape.errors import RemoteWireError
from liqscape.sandbox.answers import SUBSCRIPTIONS, check_subscription, ws_snapshot
from liqscape.wire.info.l2_book import L2BookRequest
from liqscape.wire.ws.channels import parse_message, read_subscription, subscription_types
from liqscape.wire.ws.posts import Ping, Post, PostedInfo, Subscribe, Unsubscribe, method_text
from liqscape.wire.ws.subscription import Subscription, key_of
from liqscape.wire.ws.trades import TradesSubscription


@pytest.mark.parametrize("kind", subscription_types())
def test_a_subscription_has_an_example_that_is_read_and_written_alike(kind: str) -> None:
    subscription = subscription_types()[kind]
    wanted = json.loads(subscription.example.request)
    read = read_subscription(wanted, "example")
    assert type(read) is subscription
    assert msgspec.json.encode(read).decode() == json.dumps(wanted, separators=(",", ":"))
    assert key_of(read) == key_of(wanted)
    message = f'{{"channel": "{subscription.channel()}", "data": {subscription.example.answer}}}'
    channel, data = parse_message(message.encode(), "example")
    assert channel == subscription.channel()
    assert data


@pytest.mark.parametrize("kind", subscription_types())
def test_the_sandbox_serves_it_in_the_shape_that_is_read(kind: str, calm: SmallSandbox) -> None:
    assert kind in SUBSCRIPTIONS
    subscription: Subscription[Any] = subscription_types()[kind]
    wanted = check_subscription(json.loads(subscription.example.request), calm.state)
    for data in ws_snapshot(wanted, calm.state):
        subscription.parse(msgspec.json.encode(data), kind)


def test_a_subscription_that_nobody_knows_is_an_error_that_names_it() -> None:
    with pytest.raises(RemoteWireError, match="'nonsense' is no subscription"):
        read_subscription({"type": "nonsense"}, "x")
    with pytest.raises(RemoteWireError, match="coin"):
        read_subscription({"type": "trades"}, "x")


def test_what_is_sent_over_a_socket_is_written_as_the_exchange_reads_it() -> None:
    trades = TradesSubscription("BTC")
    assert method_text(Ping()) == '{"method":"ping"}'
    assert method_text(Subscribe(trades)) == '{"method":"subscribe","subscription":{"type":"trades","coin":"BTC"}}'
    assert method_text(Unsubscribe(trades)) == '{"method":"unsubscribe","subscription":{"type":"trades","coin":"BTC"}}'
    assert method_text(Post(7, PostedInfo(L2BookRequest("BTC")))) == (
        '{"method":"post","id":7,"request":{"type":"info","payload":{"type":"l2Book","coin":"BTC"}}}'
    )
