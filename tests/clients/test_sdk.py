"""The official Python SDK is the judge: its Info client and websocket manager work against the sandbox unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from served_sandbox import Served, served, wait_for
from small_sandbox import BTC, FIRST_PRICES, MARKETS, SmallSandbox, eventful_sandbox, name, quotes

Info: Any = pytest.importorskip(
    "hyperliquid.info", reason="the official SDK is not here: pip install -e '.[clients]'"
).Info

HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def world() -> SmallSandbox:
    return eventful_sandbox()


@pytest.fixture(scope="module")
def running(world: SmallSandbox) -> Iterator[Served]:
    with served(world.state) as ready:
        yield ready


@pytest.fixture(scope="module")
def info(running: Served) -> Info:
    return Info(running.url, skip_ws=True)


def test_meta_lists_the_markets_with_their_decimals(info: Info) -> None:
    universe = info.meta()["universe"]
    assert [row["name"] for row in universe] == list(MARKETS.coins)
    assert [row["szDecimals"] for row in universe] == [row.size_decimals for row in MARKETS.rows]
    assert info.name_to_asset("ETH") == 1


def test_contexts_come_in_the_order_of_the_markets(info: Info, world: SmallSandbox) -> None:
    meta, contexts = info.meta_and_asset_ctxs()
    assert len(meta["universe"]) == len(contexts) == len(MARKETS)
    assert float(contexts[BTC]["markPx"]) == world.mark(BTC)


def test_user_state_is_what_the_exchange_holds(info: Info, world: SmallSandbox) -> None:
    state = info.user_state(name(3))
    row = world.exchange.account_row(name(3))
    assert row is not None
    value, _ = world.exchange.pool_margin()
    assert float(state["crossMarginSummary"]["accountValue"]) == value[world.exchange.cross_pool(row)] / 1e6
    held = {entry["position"]["coin"]: float(entry["position"]["szi"]) for entry in state["assetPositions"]}
    assert held["BTC"] == 0.4


def test_spot_state_of_a_unified_account_holds_its_margin(info: Info) -> None:
    state = info.spot_user_state(name(5))
    assert float(state["balances"][0]["total"]) > 0.0


def test_book_and_mids_agree(info: Info, world: SmallSandbox) -> None:
    bids, asks = info.l2_snapshot("BTC")["levels"]
    bid, ask = world.exchange.best(BTC)
    assert [float(bids[0]["px"]), float(asks[0]["px"])] == [bid / 10, ask / 10]
    assert float(info.all_mids()["BTC"]) == (bid + ask) / 20


def test_candles_cover_the_trades(info: Info, world: SmallSandbox) -> None:
    now = world.exchange.time_ms
    candles = info.candles_snapshot("BTC", "1h", now - 24 * HOUR_MS, now)
    traded = sum(float(fill["sz"]) for fill in info.user_fills(name(1)) if fill["coin"] == "BTC")
    assert traded > 0.0
    assert sum(float(candle["v"]) for candle in candles) == pytest.approx(traded, rel=1e-9)  # all against the maker


def test_fills_by_time_are_the_fills_of_that_time(info: Info) -> None:
    fills = info.user_fills(name(8))
    first = min(fill["time"] for fill in fills)
    chosen = info.user_fills_by_time(name(8), first, first)
    assert {fill["tid"] for fill in chosen} == {fill["tid"] for fill in fills if fill["time"] == first}
    assert all(fill["dir"] in ("Open Long", "Close Long", "Open Short", "Close Short") for fill in chosen)


def test_history_of_funding_and_orders_can_be_read(info: Info, world: SmallSandbox) -> None:
    now = world.exchange.time_ms
    assert info.funding_history("BTC", 0, now)[0]["coin"] == "BTC"
    assert info.user_funding_history(name(3), 0, now)
    assert {order["coin"] for order in info.open_orders(name(1))} <= set(MARKETS.coins)
    assert len(info.open_orders(name(1))) == len(world.exchange.open_orders(0))
    assert info.query_sub_accounts(name(3))[0]["subAccountUser"] == name(4)


def test_websocket_manager_gets_every_feed_it_subscribes_to(world: SmallSandbox, running: Served) -> None:
    client = Info(running.url)
    seen: dict[str, list[Any]] = {}
    user = name(8)
    subscriptions = [
        {"type": "allMids"},
        {"type": "l2Book", "coin": "BTC"},
        {"type": "trades", "coin": "BTC"},
        {"type": "bbo", "coin": "BTC"},
        {"type": "candle", "coin": "BTC", "interval": "1m"},
        {"type": "activeAssetCtx", "coin": "BTC"},
        {"type": "userFills", "user": user},
        {"type": "userEvents", "user": user},
    ]
    try:
        for subscription in subscriptions:
            client.subscribe(subscription, seen.setdefault(subscription["type"], []).append)
        topics = running.sandbox.hub
        wait_for(lambda: topics.count == len(subscriptions), "all subscriptions")

        def trade() -> Any:
            return world.step(3_000, world.order(7, BTC, 0.01), *quotes(world, 0, FIRST_PRICES))

        running.tell(trade)
        running.tell(trade)
        wait_for(lambda: all(seen.values()), f"a message on every feed, have {[k for k, v in seen.items() if v]}")
    finally:
        client.disconnect_websocket()
    trades = [trade for message in seen["trades"] for trade in message["data"]]
    assert name(8) in {address for trade in trades for address in trade["users"]}
    assert seen["userFills"][0]["data"]["isSnapshot"] is True
    assert any("fills" in message["data"] for message in seen["userEvents"])
