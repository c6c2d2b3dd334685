"""ccxt trades on a hundred exchanges through one face; what it makes of the sandbox must be what the sandbox holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from served_sandbox import served
from small_sandbox import BTC, MARKETS, SmallSandbox, eventful_sandbox, name

ccxt = pytest.importorskip("ccxt", reason="ccxt is not here: pip install -e '.[clients]'")

BITCOIN = "BTC/USDC:USDC"


@pytest.fixture(scope="module")
def world() -> SmallSandbox:
    return eventful_sandbox()


@pytest.fixture(scope="module")
def client(world: SmallSandbox) -> Iterator[Any]:
    with served(world.state) as running:
        exchange = ccxt.hyperliquid({"walletAddress": name(3), "enableRateLimit": False})
        exchange.urls["api"] = {"public": running.url, "private": running.url}
        exchange.load_markets()
        yield exchange
        exchange.session.close()


def test_every_perpetual_becomes_a_market_with_its_leverage(client: Any) -> None:
    swaps = {each["baseName"]: each for each in client.markets.values() if each["swap"]}
    assert set(swaps) == set(MARKETS.coins)
    most = {coin: swaps[coin]["limits"]["leverage"]["max"] for coin in MARKETS.coins}
    assert most == {row.coin: row.max_leverage for row in MARKETS.rows}


def test_positions_have_the_size_side_and_price_of_the_exchange(client: Any, world: SmallSandbox) -> None:
    held = {each["symbol"]: each for each in client.fetch_positions()}
    assert (held[BITCOIN]["side"], held[BITCOIN]["contracts"]) == ("long", 0.4)
    assert held[BITCOIN]["notional"] == pytest.approx(0.4 * world.mark(BTC))
    assert held["ETH/USDC:USDC"]["side"] == "short"
    assert 0.0 < held[BITCOIN]["liquidationPrice"] < world.mark(BTC)


def test_book_candles_and_marks_agree_with_the_exchange(client: Any, world: SmallSandbox) -> None:
    bid, ask = world.exchange.best(BTC)
    book = client.fetch_order_book(BITCOIN)
    assert [book["bids"][0][0], book["asks"][0][0]] == [bid / 10, ask / 10]
    assert client.fetch_ohlcv(BITCOIN, "1h", 0)
    assert client.fetch_funding_rates()[BITCOIN]["markPrice"] == world.mark(BTC)
    assert client.fetch_time() == world.exchange.time_ms


def test_what_an_account_did_is_read(client: Any) -> None:
    assert {each["symbol"] for each in client.fetch_my_trades()} >= {BITCOIN}
    assert {each["symbol"] for each in client.fetch_funding_history()} >= {BITCOIN}
    assert [each["amount"] for each in client.fetch_deposits()] == [20_000.0]
    assert client.fetch_withdrawals() == []
    assert {each["status"] for each in client.fetch_orders()} <= {"open", "closed", "canceled"}
    assert client.fetch_trading_fee(BITCOIN)["taker"] == 0.00045
