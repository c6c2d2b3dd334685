"""A market read over the info protocol equals the exchange behind it, and every failure is one clear error."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest
from info_server import InfoServer, serving
from small_sandbox import MARKETS, eventful_sandbox, name

from liqscape.errors import InputError, NotFound, RateLimited, RemoteWireError, RequestFailed, SettingsError
from liqscape.exchange.to_model import to_accounts
from liqscape.feed import info_client
from liqscape.sandbox.answers import answer_info
from liqscape.service.cascade import CascadeQuestion, answer_cascade, prepare_cascade
from liqscape.service.market_inputs import MarketInput, read_api
from liqscape.units import MarginSource, PoolMode


@pytest.fixture
def server() -> Iterator[InfoServer]:
    with serving(eventful_sandbox()) as server:
        yield server


def read(server: InfoServer, coin: str = "BTC", addresses: list[str] | None = None) -> MarketInput:
    """The market of a server, without a wait between attempts."""
    return read_api(server.url, coin, addresses, first_wait_s=0.0)


def positions(accounts: object) -> dict[tuple[str, int, bool], tuple[float, float]]:
    """(size, raw USD of its pool) by address, market and whether isolated."""
    pool = accounts.pool_of_position()
    return {
        (
            accounts.addresses[accounts.address_row[pool[row]]],
            int(accounts.market_index[row]),
            bool(accounts.mode[pool[row]] == PoolMode.ISOLATED),
        ): (float(accounts.size[row]), float(accounts.raw_usd[pool[row]]))
        for row in range(accounts.position_count)
    }


def test_positions_and_cash_are_those_of_the_exchange(server: InfoServer) -> None:
    market = read(server, "BTC")
    truth = positions(to_accounts(server.world.exchange))
    found = positions(market.cascade.accounts)
    assert set(found) == {key for key in truth if key[0] != name(2)}  # the leaderboard leaves the liquidator out
    for key, (size, raw_usd) in found.items():
        assert size == pytest.approx(truth[key][0], rel=1e-12)
        assert raw_usd == pytest.approx(truth[key][1], rel=1e-6, abs=0.01), key
    assert not np.isnan(market.cascade.accounts.raw_usd).any()
    assert market.cascade.snapshot.markets.coins == MARKETS.coins
    marks = [server.world.mark(row) for row in range(len(MARKETS))]
    assert market.cascade.snapshot.mark == pytest.approx(marks)
    assert market.margin_source_share["unknown"] == 0.0


def test_unified_accounts_are_settled_from_prices_or_spot_state(server: InfoServer) -> None:
    accounts = read(server, "BTC").cascade.accounts
    modes = {accounts.addresses[accounts.address_row[row]]: accounts.mode[row] for row in range(accounts.pool_count)}
    assert modes[name(5)] == PoolMode.UNIFIED
    margin_source = {
        accounts.addresses[accounts.address_row[row]]: accounts.margin_source[row] for row in range(accounts.pool_count)
    }
    assert MarginSource.UNKNOWN not in margin_source.values()


def test_books_of_the_server_are_used(server: InfoServer) -> None:
    market = read(server, "BTC")
    book = market.cascade.books[0]
    bids, asks = server.world.exchange.depth(0, 20)
    assert book is not None
    assert len(book.bids) == len(bids)
    assert len(book.asks) == len(asks)
    assert book.bids[0, 0] < book.asks[0, 0]
    answer = answer_cascade(
        prepare_cascade(market, CascadeQuestion(coin="BTC", price=60_000.0, minutes=3, shock_minutes=1))
    )
    assert answer.input.real_books >= 1
    assert any("BTC: recorded book" in note for note in answer.assumptions)


def test_a_server_without_batches_is_asked_account_by_account(server: InfoServer) -> None:
    batched = positions(read(server, "BTC").cascade.accounts)
    server.refused.add("batchClearinghouseStates")
    one_by_one = positions(read(server, "BTC").cascade.accounts)
    assert server.asked["clearinghouseState"] >= 6
    assert one_by_one == batched


def test_given_addresses_are_read_in_place_of_the_leaderboard(server: InfoServer) -> None:
    market = read(server, "BTC", [name(3), name(7)])
    assert server.asked["leaderboard"] == 0
    assert set(market.cascade.accounts.addresses) == {name(3), name(7)}
    assert market.notes[0] == "2 given accounts read in main"


def test_a_server_without_a_leaderboard_needs_a_list(server: InfoServer) -> None:
    server.has_leaderboard = False
    with pytest.raises(InputError, match="lists no accounts; name them with --accounts FILE"):
        read(server, "BTC")


def test_busy_answers_are_asked_again(server: InfoServer) -> None:
    busy = deque([(429, {"Retry-After": "0"}, b"slow down"), (503, {}, b""), (502, {}, b"")])
    server.failures["metaAndAssetCtxs"] = busy
    read(server, "BTC")
    assert server.asked["metaAndAssetCtxs"] == 4


def test_a_server_that_stays_busy_is_given_up(server: InfoServer) -> None:
    server.failures["metaAndAssetCtxs"] = deque([(429, {"Retry-After": "0"}, b"slow down")] * 9)
    with pytest.raises(RateLimited, match="after 5 attempts: HTTP 429: slow down"):
        read(server, "BTC")
    assert server.asked["metaAndAssetCtxs"] == info_client.ATTEMPTS


def test_a_long_wait_is_not_waited(server: InfoServer) -> None:
    server.failures["metaAndAssetCtxs"] = deque([(429, {"Retry-After": "3600"}, b"")])
    with pytest.raises(RateLimited, match="asked to wait 3600 s, at most 30 s"):
        read(server, "BTC")


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("metaAndAssetCtxs", b"<html>", "metaAndAssetCtxs: not JSON"),
        ("metaAndAssetCtxs", b"{}", "metaAndAssetCtxs"),
        ("batchClearinghouseStates", b'[{"time": 1}]', "states for"),
        ("l2Book", b'{"coin": "BTC", "time": 1, "levels": [[{"px": "1e400", "sz": "1", "n": 1}], []]}', "l2Book"),
    ],
)
def test_answers_that_cannot_be_read_are_named(server: InfoServer, kind: str, body: bytes, said: str) -> None:
    server.replaced[kind] = body
    with pytest.raises((RemoteWireError, RequestFailed), match=said):
        read(server, "BTC")


def test_a_position_with_missing_margin_is_an_error_not_a_zero(server: InfoServer) -> None:
    users = [name(3)]
    state = msgspec.json.decode(
        msgspec.json.encode([{"marginSummary": {"accountValue": "1"}, "assetPositions": [], "time": 1}])
    )
    server.replaced["batchClearinghouseStates"] = msgspec.json.encode(state)
    with pytest.raises(RemoteWireError, match=r"\[0\]"):
        read(server, "BTC", users)


def batch_of(server: InfoServer, users: list[str]) -> list[dict[str, Any]]:
    answers = answer_info({"type": "batchClearinghouseStates", "users": users}, server.world.state)
    states: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(answers))
    return states


@pytest.mark.parametrize("has_batches", [True, False])
def test_accounts_that_cannot_be_read_are_left_out_and_counted_with_what_they_hold(
    server: InfoServer, has_batches: bool
) -> None:
    """One without its frame, one with a cross position that cannot be read; the others are what they were."""
    users = list(read(server, "BTC").cascade.accounts.addresses)
    control = read(server, "BTC", users)
    states = batch_of(server, users)
    crosses = [
        row
        for row, state in enumerate(states)
        if len(state["assetPositions"]) > 1
        and all(each["position"]["leverage"]["type"] == "cross" for each in state["assetPositions"])
    ]
    gone = next(row for row in range(len(users)) if row != crosses[0] and states[row]["assetPositions"])
    reported = [float(states[row]["marginSummary"]["totalNtlPos"]) for row in (gone, crosses[0])]
    del states[gone]["time"]
    states[crosses[0]]["assetPositions"][0]["position"]["szi"] = "12.x"
    states[crosses[0]]["assetPositions"].append({"position": {"coin": "OLD", "szi": "0.0"}})
    if has_batches:
        server.replaced["batchClearinghouseStates"] = msgspec.json.encode(states)
    else:
        server.refused.add("batchClearinghouseStates")
        server.by_user = {user: msgspec.json.encode(state) for user, state in zip(users, states, strict=True)}
    market = read(server, "BTC", users)
    left_out = market.left_out
    assert (left_out.accounts, left_out.whole, left_out.unreported) == (2, 1, 0)
    assert left_out.notional == pytest.approx(sum(reported))
    snapshot = market.cascade.snapshot
    assert left_out.share == pytest.approx(
        sum(reported) / (2.0 * float((snapshot.open_interest * snapshot.mark).sum()))
    )
    found, whole = positions(market.cascade.accounts), positions(control.cascade.accounts)
    assert not any(address == users[gone] for address, _, _ in found)
    for key, (size, raw_usd) in found.items():
        assert size == whole[key][0]
        assert math.isnan(raw_usd) if key[0] == users[crosses[0]] else raw_usd == whole[key][1]
    answer = answer_cascade(
        prepare_cascade(market, CascadeQuestion(coin="BTC", price=60_000.0, minutes=3, shock_minutes=1))
    )
    assert (answer.input.unread.accounts, answer.input.unread.notional) == (2, left_out.notional)
    (sentence,) = (note for note in answer.assumptions if "cannot be read" in note)
    assert sentence.startswith("accounts that cannot be read: 2, of them 1 not at all")
    assert "rows skipped, since they do not matter (closed legs, outcome tokens): 1" in answer.assumptions


def test_a_spot_state_that_cannot_be_read_leaves_its_pool_unknown_and_the_run_goes_on(server: InfoServer) -> None:
    control = read(server, "BTC")
    server.replaced["spotClearinghouseState"] = b'{"balances": "gone"}'
    market = read(server, "BTC")
    found, whole = positions(market.cascade.accounts), positions(control.cascade.accounts)
    assert set(found) == set(whole)
    for key, (_, raw_usd) in found.items():
        assert math.isnan(raw_usd) or raw_usd == pytest.approx(whole[key][1], rel=1e-9)


def test_a_book_without_depth_is_refused_for_the_coin_asked_about(server: InfoServer) -> None:
    server.replaced["l2Book"] = b'{"coin": "BTC", "time": 1, "levels": [[], []]}'
    market = read(server, "BTC")
    with pytest.raises(InputError, match="order book of BTC has no bids: 0 levels, a book without depth"):
        prepare_cascade(market, CascadeQuestion(coin="BTC", price=60_000.0))


def test_candles_of_the_server_give_volatility_and_betas(server: InfoServer) -> None:
    """Closes that go up and down by 1 % every hour: sigma_D = 0.01 * sqrt(24)."""
    end = server.world.exchange.time_ms // 3_600_000 * 3_600_000
    server.replaced["candleSnapshot"] = msgspec.json.encode(
        [
            {"t": start, "T": start + 3_599_999, "s": "BTC", "i": "1h", "n": 1, "v": "1"}
            | dict.fromkeys("ohlc", str(70_000.0 * math.exp(0.01 * (hour % 2))))
            for hour, start in enumerate(range(end - 200 * 3_600_000, end, 3_600_000))
        ]
    )
    market = read(server, "ETH")
    assert market.cascade.day_volatility[:2] == pytest.approx(np.full(2, 0.01 * math.sqrt(24)))
    assert "estimated from candles of the server, 1 hour" in market.betas.origin
    assert market.betas.betas.down[1] == pytest.approx(1.0, abs=1e-6)  # the same closes: ETH follows BTC one to one
    assert any("daily volatility of" in note for note in market.notes)
    server.refused.add("candleSnapshot")
    del server.replaced["candleSnapshot"]
    assert np.isnan(read(server).cascade.day_volatility).all()


def test_unknown_coin_and_nobody_listening(server: InfoServer) -> None:
    with pytest.raises(NotFound, match=r"unknown coin 'btc' at .*; did you mean BTC"):
        read(server, "btc")
    with pytest.raises(RequestFailed, match=r"127\.0\.0\.1:9/info: no answer after 5 attempts"):
        read_api("http://127.0.0.1:9", "BTC", first_wait_s=0.0)


@pytest.mark.parametrize("url", ["127.0.0.1:3001", "ftp://127.0.0.1", "http://", "http://a:b@127.0.0.1", "http://x:0"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(SettingsError, match="--api-url"):
        read_api(url, "BTC")
