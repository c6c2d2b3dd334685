"""Websocket channels of the sandbox: shapes, when they speak, and that their news agree with the answers."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from small_sandbox import BTC, ETH, FIRST_PRICES, SmallSandbox, crash, eventful_sandbox, name

from liqscape.exchange.columns import POST_ONLY, FillColumn, Method
from liqscape.sandbox.answers import (
    SUBSCRIPTIONS,
    BadRequest,
    answer_info,
    check_subscription,
    ws_snapshot,
    ws_updates,
)
from liqscape.wire.encode import encode_record
from liqscape.wire.ws import unread
from liqscape.wire.ws.channels import parse_message, read_subscription, subscription_types
from liqscape.wire.ws.subscription import Subscription, key_of

COIN, USER = {"coin": "BTC"}, {"user": name(8)}
NEEDS: dict[str, dict[str, object]] = {
    "activeAssetCtx": COIN,
    "activeAssetData": COIN | USER,
    "allDexsAssetCtxs": {},
    "allDexsClearinghouseState": USER,
    "allMids": {},
    "bbo": COIN,
    "candle": COIN | {"interval": "1m"},
    "clearinghouseState": USER,
    "fastAssetCtxs": {},
    "l2Book": COIN,
    "notification": USER,
    "openOrders": USER,
    "orderUpdates": USER,
    "spotAssetCtxs": {},
    "spotState": USER,
    "trades": COIN,
    "userEvents": USER,
    "userFills": USER,
    "userFundings": USER,
    "userNonFundingLedgerUpdates": USER,
    "webData2": USER,
    "webData3": USER,
}
FROM_SNAPSHOT_ON = {"notification", "orderUpdates", "userEvents"}
"""They say nothing on subscribing."""


CHANNELS = frozenset(NEEDS)


def subscription(kind: str, **more: object) -> Subscription[Any]:
    return read_subscription({"type": kind, **NEEDS[kind], **more}, "test")


def read(wanted: Subscription[Any], data: object) -> Any:
    """A message as a client reads it."""
    message = json.dumps({"channel": wanted.channel(), "data": data}).encode()
    return parse_message(message, "sandbox").data


class Client:
    """One subscription and all it was sent."""

    def __init__(self, world: SmallSandbox, wanted: Subscription[Any]) -> None:
        assert check_subscription(msgspec.to_builtins(wanted), world.state) == wanted
        self.world = world
        self.wanted = wanted
        self.first = [read(wanted, data) for data in ws_snapshot(wanted, world.state)]
        self.news: list[Any] = []

    def hear(self) -> list[Any]:
        """What the last block sends."""
        sent = ws_updates(self.wanted, self.world.state, self.world.outputs[-1])
        self.news += [read(self.wanted, data) for data in sent]
        return self.news[len(self.news) - len(sent) :]


@pytest.fixture(scope="module")
def heard() -> dict[str, Client]:
    """Every channel, through a crash."""
    world = eventful_sandbox()
    clients = {kind: Client(world, subscription(kind)) for kind in sorted(CHANNELS)}
    for share in (0.05, 0.1, 0.15):
        world.step(100, world.order(7, BTC, -0.1), world.order(7, ETH, 0.1, 1_500.0, POST_ONLY))
        for client in clients.values():
            client.hear()
        before = len(world.outputs)
        crash_steps(world, share, clients)
        assert len(world.outputs) > before
    return clients


def crash_steps(world: SmallSandbox, share: float, clients: dict[str, Client]) -> None:
    step = world.step

    def step_and_hear(milliseconds: int, *requests: list[int]) -> Any:
        output = step(milliseconds, *requests)
        for client in clients.values():
            client.hear()
        return output

    world.step = step_and_hear  # type: ignore[method-assign]
    crash(world, share, 4)
    world.step = step  # type: ignore[method-assign]


def test_every_channel_has_a_record_and_every_record_a_channel() -> None:
    assert subscription_types().keys() == SUBSCRIPTIONS
    others = {kind for kind, each in subscription_types().items() if each.__module__ == unread.__name__}
    assert SUBSCRIPTIONS - others == CHANNELS


@pytest.mark.parametrize("kind", sorted(CHANNELS - FROM_SNAPSHOT_ON))
def test_a_channel_speaks_on_subscribing(heard: dict[str, Client], kind: str) -> None:
    assert heard[kind].first


@pytest.mark.parametrize("kind", sorted(FROM_SNAPSHOT_ON))
def test_event_channels_wait_for_something_to_happen(heard: dict[str, Client], kind: str) -> None:
    assert heard[kind].first == []


@pytest.mark.parametrize("kind", sorted(CHANNELS - {"userFundings"}))
def test_a_channel_speaks_during_a_crash_and_in_its_own_shape(heard: dict[str, Client], kind: str) -> None:
    assert heard[kind].news


@pytest.mark.parametrize("kind", sorted(CHANNELS))
def test_messages_are_written_as_they_were_read(kind: str, crashed: SmallSandbox) -> None:
    wanted = subscription(kind)
    for data in ws_snapshot(wanted, crashed.state):
        if kind != "fastAssetCtxs":
            assert json.loads(encode_record(read(wanted, data))) == json.loads(json.dumps(data))


@pytest.mark.parametrize(
    "wanted",
    [
        {"type": "nonsense"},
        {"type": "trades"},
        {"type": "trades", "coin": "NONE"},
        {"type": "candle", "coin": "BTC", "interval": "7m"},
        {"type": "l2Book", "coin": "BTC", "nSigFigs": 9},
        {"type": "userFills"},
        {"type": "userFills", "user": "0x12"},
        {"type": "activeAssetData", "user": name(3)},
        {"type": "allMids", "dex": "none"},
        {},
        [],
    ],
)
def test_a_subscription_that_cannot_be_served_is_refused(calm: SmallSandbox, wanted: Any) -> None:
    with pytest.raises(BadRequest, match="Invalid subscription") as caught:
        check_subscription(wanted, calm.state)
    assert caught.value.status == 400


def test_equal_subscriptions_have_one_key_and_user_feeds_name_their_user() -> None:
    user = "0x" + "Ab" * 20
    one = {"type": "userFills", "user": user, "aggregateByTime": None}
    two = {"user": user.lower(), "type": "userFills"}
    assert key_of(one) == key_of(two) == key_of(read_subscription(one, "test"))
    assert key_of(one) != key_of({**two, "aggregateByTime": True})
    assert read_subscription(one, "test").address == user.lower()
    assert subscription("trades").address is None
    users = {kind for kind in CHANNELS if subscription(kind).address is not None}
    assert users == {kind for kind in CHANNELS if "user" in NEEDS[kind]}


def test_trades_are_the_blocks_fills_in_the_book_without_takeovers(heard: dict[str, Client]) -> None:
    world = heard["trades"].world
    reported = [trade.tid for trades in heard["trades"].news for trade in trades]
    fills = [row for output in world.outputs for row in output.fills if row[FillColumn.MARKET] == BTC]
    first = heard["trades"].first[0][0].tid
    expected = [int(row[FillColumn.TRADE_ID]) for row in fills if row[FillColumn.METHOD] <= Method.MARKET]
    assert reported == [trade for trade in expected if trade > first]
    assert any(row[FillColumn.METHOD] > Method.MARKET for output in world.outputs for row in output.fills)


def test_fills_come_once_each_and_agree_with_the_history(heard: dict[str, Client]) -> None:
    client = heard["userFills"]
    (snapshot,) = client.first
    assert (snapshot.isSnapshot, snapshot.user) == (True, name(8))
    assert {message.isSnapshot for message in client.news} == {None}
    news = [fill for message in client.news for fill in message.fills]
    history = answer_info({"type": "userFills", "user": name(8)}, client.world.state)
    assert json.loads(encode_record(news[::-1] + list(snapshot.fills))) == json.loads(json.dumps(history))
    by_events = [fill for event in heard["userEvents"].news if event.fills for fill in event.fills]
    assert by_events == news


def test_a_liquidation_is_told_in_the_ledger_the_events_and_a_notice(heard: dict[str, Client]) -> None:
    ledger = [row for message in heard["userNonFundingLedgerUpdates"].news for row in message.nonFundingLedgerUpdates]
    events = [event.liquidation for event in heard["userEvents"].news if event.liquidation]
    assert ledger
    assert all(row.delta.is_liquidation for row in ledger)
    assert [row.delta.liquidatedNtlPos for row in ledger] == [event.liquidated_ntl_pos for event in events]
    assert {event.liquidated_user for event in events} == {name(8)}
    assert len(heard["notification"].news) == len(ledger)
    history = answer_info(
        {"type": "userNonFundingLedgerUpdates", "user": name(8), "startTime": 0}, heard["userFills"].world.state
    )
    assert [row.hash for row in ledger] == [row["hash"] for row in history][-len(ledger) :]  # type: ignore[attr-defined]


def test_the_last_state_told_is_the_state_after_the_last_touch(heard: dict[str, Client]) -> None:
    world = heard["clearinghouseState"].world
    last = heard["clearinghouseState"].news[-1]
    now = answer_info({"type": "clearinghouseState", "user": name(8)}, world.state)
    assert json.loads(encode_record(last.clearinghouseState)) == now
    assert (last.dex, last.user) == ("", name(8))
    (dex, state), *others = heard["allDexsClearinghouseState"].news[-1].clearinghouseStates
    assert (dex, state, others) == ("", last.clearinghouseState, [])


def test_packed_marks_added_up_are_the_marks_of_now(heard: dict[str, Client]) -> None:
    client = heard["fastAssetCtxs"]
    marks = {coin: context.markPx for coin, context in client.first[0].items()}
    sizes = []
    for message in client.news:
        sizes.append(len(message))
        marks |= {coin: context.markPx for coin, context in message.items() if context.markPx is not None}
    meta, contexts = answer_info({"type": "metaAndAssetCtxs"}, client.world.state)  # type: ignore[misc]
    assert marks == {
        asset["name"]: float(context["markPx"]) for asset, context in zip(meta["universe"], contexts, strict=True)
    }
    assert min(sizes[1:]) < len(marks)


def test_best_prices_come_only_when_they_change() -> None:
    world = SmallSandbox()
    world.open(1, 1_000_000.0)
    client = Client(world, subscription("bbo"))
    assert client.first[0].bbo == (None, None)
    world.step(100, world.order(0, BTC, 1.0, 69_990.0, POST_ONLY))
    (bid,) = client.hear()
    assert (bid.bbo[0].px, bid.bbo[0].sz, bid.bbo[0].n, bid.bbo[1]) == (69_990.0, 1.0, 1, None)
    world.step(100, world.order(0, BTC, 1.0, 69_980.0, POST_ONLY))
    assert client.hear() == []
    world.step(100, world.order(0, BTC, 0.5, 69_990.0, POST_ONLY))
    (more,) = client.hear()
    assert (more.bbo[0].sz, more.bbo[0].n) == (1.5, 2)


def test_books_come_twice_a_second_and_fast_ones_with_every_block() -> None:
    world = SmallSandbox()
    world.open(1, 1_000_000.0)
    slow, fast = Client(world, subscription("l2Book")), Client(world, subscription("l2Book", fast=True))
    reported = []
    for block in range(20):
        world.step(100, *[world.order(0, BTC, 0.1, 69_900.0 - 10 * block, POST_ONLY)])
        reported.append((len(slow.hear()), len(fast.hear())))
    assert sum(count for count, _ in reported) == 4
    assert {count for _, count in reported} == {1}
    assert len(slow.news[-1].levels[0]) > 5
    assert len(fast.news[-1].levels[0]) == 5


def test_orders_are_told_open_filled_and_cancelled_by_a_liquidation() -> None:
    world = SmallSandbox()
    world.open(1, 1_000_000.0)
    user = world.open(2, 8_000.0)
    client, book = (Client(world, subscription(kind, user=name(2))) for kind in ("orderUpdates", "openOrders"))
    events = Client(world, subscription("userEvents", user=name(2)))
    assert client.first == []
    world.step(100, world.order(user, BTC, 1.0, 69_990.0, POST_ONLY), world.order(user, ETH, 0.1, 1_500.0, POST_ONLY))
    events.hear()
    (opened,) = client.hear()
    assert [(row.order.coin, row.status) for row in opened] == [("ETH", "open"), ("BTC", "open")]
    assert len(book.hear()) == 1
    world.step(100, world.order(0, BTC, -0.4))
    events.hear()
    (part,) = client.hear()
    assert [(row.status, row.order.sz, row.order.origSz) for row in part] == [("open", 0.6, 1.0)]
    world.step(100, world.order(0, BTC, -0.6))
    events.hear()
    (whole,) = client.hear()
    assert [(row.status, row.order.sz, row.order.oid) for row in whole] == [("filled", 0.0, part[0].order.oid)]
    world.step(100)
    assert client.hear() == []
    world.step(100, world.order(0, BTC, -1.0, 63_500.0, POST_ONLY), world.order(0, BTC, 2.0, 61_500.0, POST_ONLY))
    events.hear()
    client.hear()
    book.hear()
    world.prices((62_500.0, *FIRST_PRICES[1:]))
    for _ in range(4):
        world.step(3_000)
        events.hear()
        client.hear()
        book.hear()
    gone = [row for message in client.news for row in message if row.status == "liquidatedCanceled"]
    assert [row.order.coin for row in gone] == ["ETH"]
    cancelled = [event.nonUserCancel for event in events.news if event.nonUserCancel]
    assert [(row.coin, row.oid) for (row,) in cancelled] == [("ETH", gone[0].order.oid)]
    assert book.news[-1].orders == ()


def test_an_order_that_takes_at_once_is_told_filled() -> None:
    world = SmallSandbox()
    world.open(1, 1_000_000.0)
    user = world.open(2, 8_000.0)
    world.step(100, world.order(0, BTC, -1.0, 70_010.0, POST_ONLY))
    client = Client(world, subscription("orderUpdates", user=name(2)))
    world.step(100, world.order(user, BTC, 0.25))
    ((update,),) = client.hear()
    assert (update.status, update.order.side, update.order.origSz, update.order.sz) == ("filled", "B", 0.25, 0.0)


def test_the_candle_under_way_comes_with_each_trade_and_equals_the_snapshot() -> None:
    world = SmallSandbox()
    world.open(1, 1_000_000.0)
    user = world.open(2, 80_000.0)
    world.step(100, world.order(0, BTC, -5.0, 70_010.0, POST_ONLY), world.order(0, BTC, 5.0, 69_990.0, POST_ONLY))
    client = Client(world, subscription("candle"))
    assert client.first == []
    for size in (0.5, -0.25, 0.0, 0.25):
        world.step(20_000, *([world.order(user, BTC, size)] if size else []))
        assert len(client.hear()) == (1 if size else 0)
    last = client.news[-1]
    request = {"coin": "BTC", "interval": "1m", "startTime": last.t, "endTime": last.T}
    (row,) = answer_info({"type": "candleSnapshot", "req": request}, world.state)  # type: ignore[misc]
    assert json.loads(encode_record(last)) == row
    assert (last.n, last.v, last.T - last.t) == (1, 0.25, 59_999)


def test_a_deposit_brings_a_new_state_before_the_next_mark() -> None:
    world = SmallSandbox()
    user = world.open(1, 100.0)
    world.step(3_000)
    client = Client(world, subscription("clearinghouseState", user=name(1)))
    assert not world.step(100).is_mark_update
    assert client.hear() == []
    world.exchange.deposit(user, 50_000_000)
    assert not world.step(100).is_mark_update
    (message,) = client.hear()
    assert message.clearinghouseState.marginSummary.accountValue == 150.0


def test_funding_is_told_as_it_is_paid() -> None:
    world = eventful_sandbox()
    client, events = (Client(world, subscription(kind, user=name(3))) for kind in ("userFundings", "userEvents"))
    assert client.first[0].isSnapshot is True
    world.step(3_600_000)
    ((message), *_), paid = client.hear(), events.hear()
    history = answer_info({"type": "userFunding", "user": name(3), "startTime": message.fundings[0].time}, world.state)
    assert [(row.coin, row.usdc) for row in message.fundings] == [
        (row["delta"]["coin"], float(row["delta"]["usdc"]))
        for row in history  # type: ignore[attr-defined]
    ]
    assert [event.funding.usdc for event in paid if event.funding] == [row.usdc for row in message.fundings]
    assert len(client.first[0].fundings) == len(message.fundings) > 0
