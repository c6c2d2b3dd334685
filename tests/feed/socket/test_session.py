"""One connection as a state machine: every claim made by hand, with time as a number."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import numpy as np
import pytest

from liqscape.feed.socket.asks import MAX_REFUSED_S, REFUSED_S
from liqscape.feed.socket.connection import LOOK_S
from liqscape.feed.socket.facts import Answered, Close, Connect, Gap, Output, Ready, Received, Send
from liqscape.feed.socket.limits import SocketLimits, why_too_many
from liqscape.feed.socket.session import LARGEST_MESSAGE, MAX_MALFORMED, PING, SessionState, SocketSession
from liqscape.sources.live.gaps import SILENT_NS
from liqscape.wire.ws.all_dexs_asset_ctxs import AllDexsAssetCtxsSubscription
from liqscape.wire.ws.channels import read_subscription
from liqscape.wire.ws.l2_book import L2BookSubscription
from liqscape.wire.ws.subscription import Subscription
from liqscape.wire.ws.trades import TradesSubscription
from liqscape.wire.ws.user_events import UserEventsSubscription
from liqscape.wire.ws.user_fills import UserFillsSubscription

BTC = TradesSubscription("BTC")
ETH = TradesSubscription("ETH")
HYPE = TradesSubscription("HYPE")
BOOK = L2BookSubscription("BTC")
EVENTS = UserEventsSubscription("0x" + "Ab" * 20)
TRADE = b'{"channel":"trades","data":[]}'


def session_of(*subscriptions: Subscription[Any]) -> SocketSession:
    session = SocketSession(1, SocketLimits(), random.Random(1))
    for each in subscriptions:
        session.subscribe(each)
    return session


def opened(*subscriptions: Subscription[Any]) -> SocketSession:
    session = session_of(*subscriptions)
    session.start(0.0)
    session.opened(0.0)
    return session


def ready(*subscriptions: Subscription[Any]) -> SocketSession:
    session = opened(*subscriptions)
    for each in subscriptions:
        session.received(acknowledgement(each), 0.1)
    assert session.is_ready
    return session


def acknowledgement(subscription: object, method: str = "subscribe") -> bytes:
    data = {"method": method, "subscription": subscription}
    return msgspec.json.encode({"channel": "subscriptionResponse", "data": data})


def error(text: str) -> bytes:
    return msgspec.json.encode({"channel": "error", "data": text})


def sent(outputs: list[Output]) -> list[tuple[str, object]]:
    bodies = [msgspec.json.decode(each.text) for each in outputs if isinstance(each, Send)]
    return [
        (body["method"], read_subscription(body["subscription"], "sent") if "subscription" in body else None)
        for body in bodies
    ]


def test_opening_subscribes_and_the_last_answer_makes_it_ready() -> None:
    session = session_of(BTC, ETH)
    assert session.start(5.0) == [Connect(5.0)]
    assert sent(session.opened(6.0)) == [("subscribe", BTC), ("subscribe", ETH)]
    assert session.received(acknowledgement(ETH), 6.1) == []
    assert session.received(acknowledgement(BTC), 6.2) == [Ready((BTC, ETH))]
    assert session.received(acknowledgement(BTC), 6.3) == []


def test_data_passes_as_it_came_even_before_the_answer_and_protocol_messages_do_not() -> None:
    session = opened(BTC)
    assert session.received(TRADE, 0.1) == [Received(TRADE)]
    assert session.received(TRADE.decode(), 0.1) == [Received(TRADE)]
    assert session.received(error("Something else"), 0.3) == []
    assert session.trouble == "Something else"


def test_a_lost_connection_is_one_gap_until_everything_stands_again() -> None:
    session = ready(BTC, ETH)
    gap, connect = session.lost("reset", 10.0)
    assert gap == Gap((BTC, ETH), "reset")
    assert isinstance(connect, Connect)
    assert 10.0 <= connect.not_before_s <= 10.5
    session.opened(11.0)
    session.received(acknowledgement(BTC), 11.1)
    assert [type(each) for each in session.lost("again", 11.2)] == [Connect]
    session.opened(12.0)
    session.received(acknowledgement(BTC), 12.1)
    assert session.received(acknowledgement(ETH), 12.2) == [Ready((BTC, ETH))]
    assert session.gap_count == 1


def test_a_connection_that_never_stood_misses_nothing() -> None:
    session = session_of(BTC)
    session.start(0.0)
    assert [type(each) for each in session.lost("refused", 1.0)] == [Connect]


def test_waits_grow_until_a_connection_has_stood_for_a_while() -> None:
    session = session_of(BTC)
    session.start(0.0)
    waits = []
    for _ in range(200):
        connect = session.lost("refused", 0.0)[-1]
        assert isinstance(connect, Connect)
        waits.append(connect.not_before_s)
    assert max(waits[8:]) > 15.0
    assert max(waits) <= 30.0
    session.opened(100.0)
    connect = session.lost("reset", 140.0)[-1]
    assert isinstance(connect, Connect)
    assert connect.not_before_s <= 140.5


def test_an_unanswered_subscription_is_sent_again_and_then_the_connection_is_made_anew() -> None:
    session = opened(BTC)
    session.received(TRADE, 9.0)
    assert sent(session.tick(9.0)) == []
    for second in (10.0, 20.0, 30.0, 40.0):
        session.received(TRADE, second)
        assert sent(session.tick(second)) == [("subscribe", BTC)]
    session.received(TRADE, 50.0)
    (close,) = session.tick(50.0)
    assert isinstance(close, Close)
    assert "no acknowledgement of subscribe" in close.reason


def test_already_subscribed_is_an_answer() -> None:
    session = opened(BTC)
    assert session.received(error(f"Already subscribed: {msgspec.json.encode(BTC).decode()}"), 1.0) == [Ready((BTC,))]


def test_an_answer_that_repeats_more_than_was_asked_is_recognised() -> None:
    session = opened(BOOK, EVENTS)
    session.received(
        acknowledgement({**msgspec.to_builtins(BOOK), "nSigFigs": None, "mantissa": None, "fast": False}), 1.0
    )
    assert session.asks.acknowledged_count == 1
    session.received(acknowledgement({"user": EVENTS.user.lower(), "type": "userEvents"}), 1.0)
    assert session.is_ready


def test_a_refused_subscription_does_not_hold_up_the_others_and_is_asked_again_later() -> None:
    session = opened(BTC, ETH)
    session.received(error(f"Invalid subscription {msgspec.json.encode(ETH).decode()}"), 1.0)
    assert session.received(acknowledgement(BTC), 1.0) == [Ready((BTC,)), Gap((ETH,), "refused by the server")]
    assert session.asks.refusals == 1
    session.received(TRADE, REFUSED_S)
    assert sent(session.tick(1.0 + REFUSED_S - 0.1)) == []
    assert sent(session.tick(1.0 + REFUSED_S)) == [("subscribe", ETH)]
    granted = session.received(acknowledgement(ETH), 61.1)
    assert granted == [Ready((BTC, ETH))]
    assert session.asks.refusals == 0
    assert session.received(acknowledgement(ETH), 61.2) == []


def test_what_is_refused_again_and_again_is_asked_for_more_and_more_seldom_and_at_least_once_a_minute() -> None:
    session = opened(BTC, ETH)
    session.received(acknowledgement(BTC), 0.0)
    refused = error(f"Cannot subscribe now: {msgspec.json.encode(ETH).decode()}")
    session.received(refused, 0.0)
    asked_s: list[float] = []
    for second in range(1, 1_000):
        session.received(TRADE, float(second))
        if ("subscribe", ETH) in sent(session.tick(float(second))):
            asked_s.append(float(second))
            session.received(refused, float(second))
    waits = np.diff([0.0, *asked_s])
    assert waits[0] == REFUSED_S
    assert (np.diff(waits[waits < MAX_REFUSED_S]) >= 0.0).all()
    assert waits.max() == MAX_REFUSED_S
    assert all(wait <= max(REFUSED_S, until / 2.0 + 1.0) for wait, until in zip(waits, [0.0, *asked_s], strict=False))
    session.tick(1_100.0)
    session.received(acknowledgement(ETH), 1_100.1)
    session.lost("cut", 1_100.2)
    session.opened(1_101.0)
    session.received(refused, 1_101.0)
    session.received(TRADE, 1_101.0 + REFUSED_S)
    assert sent(session.tick(1_101.0 + REFUSED_S)) == [("subscribe", ETH)], "once it stood its waits begin anew"


def test_what_is_refused_is_missed_until_it_is_granted_whatever_the_server_calls_that() -> None:
    session = opened(BTC, ETH, HYPE)
    for each in (ETH, HYPE):
        session.received(error(f"Cannot subscribe now: {msgspec.json.encode(each).decode()}"), 1.0)
    assert session.received(acknowledgement(BTC), 1.0)[1:] == [Gap((ETH, HYPE), "refused by the server")]
    session.received(TRADE, 60.0)
    session.tick(61.0)
    granted = session.received(error(f"Already subscribed: {msgspec.json.encode(ETH).decode()}"), 61.1)
    granted += session.received(error(f"Cannot subscribe now: {msgspec.json.encode(HYPE).decode()}"), 61.2)
    assert granted == [Ready((BTC, ETH)), Gap((HYPE,), "refused by the server")]
    session.unsubscribe(HYPE)
    assert session.tick(62.0)[-1] == Ready((BTC, ETH))


def test_a_refusal_that_names_nothing_is_of_the_oldest_that_waits() -> None:
    session = opened(BTC, ETH)
    session.received(acknowledgement(BTC), 1.0)
    session.received(error("Cannot subscribe to more than 1000 channels"), 1.0)
    assert session.is_ready
    assert session.asks.refusals == 1


def test_subscriptions_change_while_it_runs() -> None:
    session = ready(BTC)
    session.subscribe(ETH)
    session.unsubscribe(BTC)
    assert sent(session.tick(1.0)) == [("unsubscribe", BTC), ("subscribe", ETH)]
    session.received(acknowledgement(BTC, "unsubscribe"), 1.1)
    assert session.received(acknowledgement(ETH), 1.1) == [Ready((ETH,))]
    session.subscribe(BTC)
    assert sent(session.tick(2.0)) == [("subscribe", BTC)]


def test_old_answers_do_not_undo_what_was_sent_later() -> None:
    session = ready(BTC)
    session.unsubscribe(BTC)
    session.tick(1.0)
    session.received(acknowledgement(BTC), 1.1)
    session.subscribe(BTC)
    assert sent(session.tick(2.0)) == [("subscribe", BTC)]
    session.received(acknowledgement(BTC, "unsubscribe"), 2.1)
    assert not session.is_ready
    assert session.received(acknowledgement(BTC), 2.2) == [Ready((BTC,))]


def test_what_stands_is_verified_and_found_missing_is_a_gap() -> None:
    session = ready(BTC, ETH)
    for second in range(0, 660, 20):
        session.received(TRADE, float(second))
        outputs = session.tick(float(second))
        assert sent(outputs) == ([("subscribe", BTC), ("subscribe", ETH)] if second == 600 else [])
    assert session.received(error(f"Already subscribed: {msgspec.json.encode(BTC).decode()}"), 661.0) == []
    assert session.trouble is None
    gap = Gap((ETH,), "was not subscribed until now")
    assert session.received(acknowledgement(ETH), 661.0) == [gap, Ready((BTC, ETH))]


def test_a_quiet_connection_is_pinged_and_a_dead_one_closed() -> None:
    session = ready(BTC)
    assert session.tick(4.9) == []
    assert session.tick(5.2) == [Send(PING)]
    assert session.tick(6.0) == []
    assert session.received(b'{"channel":"pong"}', 6.0) == [Answered(b'{"channel":"pong"}')]
    assert session.tick(10.9) == []
    assert session.tick(11.1) == [Send(PING)]
    assert session.tick(50.9) == [Send(PING)]
    assert session.tick(51.0) == [Close("silent for 45 s")]
    assert session.state is SessionState.CLOSING
    assert session.tick(52.0) == []
    assert session.received(TRADE, 52.0) == [Received(TRADE)]


def test_what_answers_pings_in_time_is_never_taken_for_silent() -> None:
    """The longest time without a message that a ping answered at once leaves, is far from what counts as silence."""
    session, max_s, heard_s = ready(BTC), 0.0, 0.0
    for step in range(400):
        now_s = 1.0 + LOOK_S * step
        if Send(PING) in session.tick(now_s):
            assert session.received(b'{"channel":"pong"}', now_s)
            max_s, heard_s = max(max_s, now_s - heard_s), now_s
    assert 0.0 < max_s < 0.6 * SILENT_NS / 1e9


def test_a_cut_message_is_counted_and_what_it_told_is_missed() -> None:
    session = ready(BTC, BOOK)
    outputs = session.received(b'{"channel":"trades","data":[{"coin":"BT', 1.0)
    assert outputs == [Gap((BTC,), "a message of 39 bytes cannot be read"), Ready((BTC, BOOK))]
    assert session.received(b"\xff\xfe", 1.0)[0] == Gap((BTC, BOOK), "a message of 2 bytes cannot be read")
    assert session.received(b'{"channel":"subscriptionResponse","da', 1.0) == []
    assert session.malformed_count == 3
    assert session.state is SessionState.OPEN


def test_unreadable_messages_in_a_row_end_the_connection_and_a_good_one_starts_the_count_again() -> None:
    session = ready(BTC)
    for _ in range(MAX_MALFORMED - 1):
        session.received(b"[1]", 1.0)
    session.received(TRADE, 1.0)
    for _ in range(MAX_MALFORMED - 1):
        session.received(b"{}", 1.0)
    assert session.state is SessionState.OPEN
    assert session.received(b"null", 1.0)[-1] == Close(f"{MAX_MALFORMED} messages in a row cannot be read")


def test_an_oversize_message_is_refused() -> None:
    session = ready(BTC)
    (close,) = session.received(b" " * (LARGEST_MESSAGE + 1), 1.0)
    assert isinstance(close, Close)
    assert str(LARGEST_MESSAGE) in close.reason


def test_messages_of_a_minute_are_kept_below_the_limit_with_room_for_pings() -> None:
    session = session_of(*(TradesSubscription(f"C{number}") for number in range(1_000)))
    session.start(0.0)
    count = sum(isinstance(each, Send) for each in session.opened(0.0))
    session.lost("reset", 1.0)
    count += sum(isinstance(each, Send) for each in session.opened(2.0))
    session.lost("reset", 3.0)
    count += sum(isinstance(each, Send) for each in session.opened(4.0))
    assert count == 1_850
    assert session.tick(35.0) == [Send(PING)]


@pytest.mark.parametrize(
    ("subscriptions", "said"),
    [
        ([TradesSubscription(str(number)) for number in range(1_001)], "1001 subscriptions, 1000"),
        ([UserFillsSubscription(f"0x{number:040x}") for number in range(16)], "16 users, 15"),
        ([kind("0xA") for kind in (UserFillsSubscription, UserEventsSubscription)] * 6, None),
    ],
)
def test_what_the_exchange_would_refuse_is_known_before(subscriptions: list[Subscription[Any]], said: str) -> None:
    reason = why_too_many(subscriptions)
    assert (said is None and reason is None) or (reason is not None and said in reason)


DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    "text",
    [
        DEEP,
        b'{"channel":"trades","data":' + DEEP,
        b'{"channel":"subscriptionResponse","data":' + b"[" * 900 + b"]" * 900 + b"}",
        msgspec.json.encode({"channel": "error", "data": "Cannot " + '{"a":' * 100_000 + "}"}),
    ],
)
def test_brackets_without_end_are_a_message_that_cannot_be_read(text: bytes) -> None:
    session = ready(BTC)
    for _ in range(MAX_MALFORMED):
        session.received(text, 1.0)
    session.received(TRADE, 1.1)


def test_a_gap_of_one_feed_hides_no_gap_of_the_others() -> None:
    contexts = AllDexsAssetCtxsSubscription()
    session = ready(BTC, contexts)
    session.subscribe(ETH)
    assert session.received(b'{"channel":"allDexsAssetCtxs","data":[', 1.0) == [
        Gap((contexts,), "a message of 38 bytes cannot be read")
    ]
    gap, _ = session.lost("reset", 2.0)
    assert gap == Gap((BTC,), "reset")
    session.opened(3.0)
    for each in (BTC, contexts):
        assert session.received(acknowledgement(each), 3.1) == []
    assert session.received(acknowledgement(ETH), 3.2) == [Ready((BTC, contexts, ETH))]
