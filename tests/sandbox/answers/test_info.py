"""Every request type is answered in the shape that recorded answers have; bad requests as the exchange refuses them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_sandbox import BTC, KPEPE, MARKETS, START_MS, SmallSandbox, name

from liqscape.exchange.columns import FillColumn
from liqscape.sandbox.answers import REQUESTS, UNREADABLE, BadRequest, answer_info, answer_leaderboard
from liqscape.wire.answer import parse_answer
from liqscape.wire.encode import encode_record
from liqscape.wire.info import unread
from liqscape.wire.info.leaderboard import Leaderboard
from liqscape.wire.info.registry import request_types
from liqscape.wire.info.request import parse_info_answer

MORE: dict[str, dict[str, Any]] = {
    "activeAssetData": {"user": name(3), "coin": "BTC"},
    "batchClearinghouseStates": {"users": [name(3), name(99)]},
    "candleSnapshot": {"req": {"coin": "BTC", "interval": "1m", "startTime": START_MS, "endTime": START_MS + 600_000}},
    "fundingHistory": {"coin": "BTC", "startTime": 0},
    "l2Book": {"coin": "BTC"},
    "marginTable": {"id": 56},
    "orderStatus": {"user": name(3), "oid": 26},
    "recentTrades": {"coin": "BTC"},
    "userFillsByTime": {"user": name(3), "startTime": 0},
    "userFunding": {"user": name(3), "startTime": 0},
    "userNonFundingLedgerUpdates": {"user": name(3), "startTime": 0},
    "vaultDetails": {"vaultAddress": name(9), "user": name(3)},
}
"""What a request needs beside its type; the others take a user or nothing."""
ANSWERED = {kind for kind, each in request_types().items() if each.__module__ != unread.__name__}
"""Those with content."""


def ask(world: SmallSandbox, kind: str, **more: object) -> Any:
    return answer_info({"type": kind, "user": name(3), **MORE.get(kind, {}), **more}, world.state)


def test_the_sandbox_answers_every_request_that_has_a_record() -> None:
    assert request_types().keys() == REQUESTS


@pytest.mark.parametrize("world", ["calm", "crashed"])
@pytest.mark.parametrize("kind", sorted(ANSWERED))
def test_an_answer_reads_as_its_record_and_is_written_the_same(
    kind: str, world: str, request: pytest.FixtureRequest
) -> None:
    answer = ask(request.getfixturevalue(world), kind)
    record = parse_info_answer(request_types()[kind], json.dumps(answer).encode(), "sandbox")
    assert json.loads(encode_record(record)) == json.loads(json.dumps(answer))


EMPTY = {
    "leadingVaults",
    "liquidatable",
    "perpDexLimits",
    "perpsAtOpenInterestCap",
}
"""Asked of user 3, nothing is there."""


@pytest.mark.parametrize("kind", sorted(ANSWERED - EMPTY))
def test_no_answer_is_empty_in_a_world_where_everything_happened(kind: str, crashed: SmallSandbox) -> None:
    assert ask(crashed, kind) not in ([], {}, None, "")


@pytest.mark.parametrize("kind", sorted(ANSWERED - {"marginTable"}))
def test_a_stranger_gets_an_answer_of_the_same_shape(kind: str, calm: SmallSandbox) -> None:
    answer = ask(calm, kind, user=name(99))
    assert parse_info_answer(request_types()[kind], json.dumps(answer).encode(), "sandbox") is not ...


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": 7},
        {"type": "nonsense"},
        {"type": "clearinghouseState"},
        {"type": "clearinghouseState", "user": "0x12"},
        {"type": "clearinghouseState", "user": name(3), "dex": 7},
        {"type": "batchClearinghouseStates", "users": name(3)},
        {"type": "userFillsByTime", "user": name(3)},
        {"type": "userFillsByTime", "user": name(3), "startTime": -1},
        {"type": "userFillsByTime", "user": name(3), "startTime": True},
        {"type": "userFills", "user": name(3), "aggregateByTime": "yes"},
        {"type": "l2Book", "coin": "BTC", "nSigFigs": 6},
        {"type": "l2Book", "coin": "BTC", "nSigFigs": 4, "mantissa": 2},
        {"type": "l2Book", "coin": "BTC", "nSigFigs": 5, "mantissa": 3},
        {"type": "candleSnapshot", "req": {"coin": "BTC", "interval": "7m", "startTime": 0}},
        {"type": "candleSnapshot"},
        {"type": "orderStatus", "user": name(3), "oid": None},
        {"type": "marginTable"},
        [],
        "meta",
    ],
)
def test_what_cannot_be_read_is_refused_as_the_exchange_does(calm: SmallSandbox, body: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        answer_info(body, calm.state)
    assert (caught.value.status, caught.value.message) == (422, UNREADABLE)


@pytest.mark.parametrize(
    "body",
    [
        {"type": "recentTrades", "coin": "NONE"},
        {"type": "fundingHistory", "coin": "btc", "startTime": 0},
        {"type": "candleSnapshot", "req": {"coin": "NONE", "interval": "1m", "startTime": 0}},
        {"type": "meta", "dex": "none"},
        {"type": "marginTable", "id": 77},
    ],
)
def test_a_coin_or_dex_that_is_not_listed_is_a_failure_of_the_server(calm: SmallSandbox, body: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        answer_info(body, calm.state)
    assert (caught.value.status, caught.value.message) == (500, "null")


def test_the_book_of_a_coin_that_is_not_listed_is_null(calm: SmallSandbox) -> None:
    assert answer_info({"type": "l2Book", "coin": "NONE"}, calm.state) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from(sorted(ANSWERED)),
    st.dictionaries(
        st.sampled_from(["user", "coin", "dex", "startTime", "endTime", "req", "id", "oid", "users", "nSigFigs"]),
        json_values,
        max_size=4,
    ),
)
def test_any_body_is_answered_or_refused(kind: str, more: dict[str, Any]) -> None:
    """Nothing but the one error of the answers may come out."""
    with suppress(BadRequest):
        answer_info({**more, "type": kind}, _WORLD.state)


_WORLD = SmallSandbox()


def test_markets_and_tables_are_those_of_the_engine(calm: SmallSandbox) -> None:
    meta = ask(calm, "meta")
    assert [row["name"] for row in meta["universe"]] == list(MARKETS.coins)
    assert [row["marginTableId"] for row in meta["universe"]] == [56, 56, 52, 10, 3]
    assert [table_id for table_id, _ in meta["marginTables"]] == [56, 52]
    assert meta["universe"][4]["onlyIsolated"] is True
    assert meta["universe"][4]["marginMode"] == "noCross", "margin may be taken out again"
    assert "onlyIsolated" not in meta["universe"][0]
    assert ask(calm, "marginTable", id=52) == dict(meta["marginTables"])[52]
    assert ask(calm, "marginTable", id=7)["marginTiers"] == [{"lowerBound": "0.0", "maxLeverage": 7}]
    assert ask(calm, "allPerpMetas") == [meta]


def test_mids_lie_between_bid_and_ask_and_a_coin_without_quotes_shows_its_last_trade(crashed: SmallSandbox) -> None:
    mids = ask(crashed, "allMids")
    for coin in MARKETS.coins:
        bids, asks = ask(crashed, "l2Book", coin=coin)["levels"]
        if bids and asks:
            assert float(mids[coin]) == pytest.approx((float(bids[0]["px"]) + float(asks[0]["px"])) / 2, rel=1e-12)
    assert set(mids) == set(MARKETS.coins)


def test_recent_trades_are_the_ten_newest_newest_first(crashed: SmallSandbox) -> None:
    trades = ask(crashed, "recentTrades")
    assert len(trades) == 10
    tids = [row["tid"] for row in trades]
    assert tids == sorted(tids, reverse=True)
    assert tids == crashed.state.records.recent_trades(BTC, 10)[:, FillColumn.TRADE_ID].tolist()


def test_children_of_the_provider_are_found_through_their_parent(calm: SmallSandbox) -> None:
    parent = ask(calm, "vaultDetails")
    assert parent["relationship"] == {"type": "parent", "data": {"childAddresses": [name(2)]}}
    child = ask(calm, "vaultDetails", vaultAddress=name(2))
    assert child["relationship"] == {"type": "child"}
    assert ask(calm, "vaultDetails", vaultAddress=name(3)) is None
    equity = float(ask(calm, "clearinghouseState", user=name(2))["marginSummary"]["accountValue"])
    shares = {row["user"]: float(row["vaultEquity"]) for row in parent["followers"]}
    assert shares == {name(3): pytest.approx(equity * 0.75), "Leader": pytest.approx(equity * 0.25)}
    assert parent["followerState"]["user"] == name(3)
    assert parent["leaderFraction"] == 0.25
    assert ask(calm, "userVaultEquities") == [{"vaultAddress": name(9), "equity": str(round(equity * 0.75, 6))}]
    assert ask(calm, "leadingVaults", user=name(7)) == [{"address": name(9), "name": "Provider"}]


@pytest.mark.parametrize(
    ("user", "role"),
    [
        (name(3), {"role": "user"}),
        (name(2), {"role": "vault"}),
        (name(9), {"role": "vault"}),
        (name(4), {"role": "subAccount", "data": {"master": name(3)}}),
        (name(99), {"role": "missing"}),
    ],
)
def test_every_kind_of_address_is_told(calm: SmallSandbox, user: str, role: dict[str, Any]) -> None:
    assert ask(calm, "userRole", user=user) == role


def test_sub_accounts_are_told_in_both_forms_and_null_where_there_are_none(calm: SmallSandbox) -> None:
    (old,), (new,) = ask(calm, "subAccounts"), ask(calm, "subAccounts2")
    assert (old["subAccountUser"], old["master"]) == (name(4), name(3))
    assert new["dexToClearinghouseState"] == [["", old["clearinghouseState"]]]
    assert new["abstraction"] == "disabled"
    assert ask(calm, "subAccounts", user=name(7)) is None
    assert ask(calm, "subAccounts2", user=name(7)) is None


def test_orders_rest_until_they_are_filled(calm: SmallSandbox) -> None:
    orders = ask(calm, "openOrders")
    assert [(row["coin"], row["side"], row["limitPx"]) for row in orders] == [("kPEPE", "B", "0.0035")]
    (front,) = ask(calm, "frontendOpenOrders")
    assert (front["oid"], front["tif"], front["reduceOnly"]) == (orders[0]["oid"], "Alo", False)
    assert ask(calm, "orderStatus", oid=orders[0]["oid"])["order"]["status"] == "open"
    fill = next(row for row in ask(calm, "userFills") if row["coin"] == "BTC")
    status = ask(calm, "orderStatus", oid=fill["oid"])["order"]
    assert (status["status"], status["order"]["tif"], status["order"]["origSz"]) == ("filled", "Ioc", "0.4")
    assert ask(calm, "orderStatus", oid=fill["oid"], user=name(7)) == {"status": "unknownOid"}
    assert ask(calm, "orderStatus", oid="0x" + "0" * 32) == {"status": "unknownOid"}


def test_the_history_of_orders_has_the_resting_and_the_filled_ones_newest_first(crashed: SmallSandbox) -> None:
    history = ask(crashed, "historicalOrders", user=name(1))
    times = [row["statusTimestamp"] for row in history]
    assert times == sorted(times, reverse=True)
    open_orders = {row["oid"] for row in ask(crashed, "openOrders", user=name(1))}
    assert {row["order"]["oid"] for row in history if row["status"] == "open"} == open_orders
    for row in history:
        assert ask(crashed, "orderStatus", user=name(1), oid=row["order"]["oid"])["order"] == row
    fills = {row["oid"] for row in ask(crashed, "userFills", user=name(1)) if row["oid"]}
    assert {row["order"]["oid"] for row in history} == open_orders | fills


def test_fees_and_limits_are_those_the_engine_charges(calm: SmallSandbox) -> None:
    fees = ask(calm, "userFees")
    assert (fees["userCrossRate"], fees["userAddRate"]) == ("0.00045", "0.00015")
    fills = ask(calm, "userFills")
    volume = sum(float(row["px"]) * float(row["sz"]) for row in fills)
    assert float(ask(calm, "userRateLimit")["cumVlm"]) == pytest.approx(volume)
    assert float(fees["dailyUserVlm"][-1]["userCross"]) == pytest.approx(volume)
    for row in fills:
        assert float(row["fee"]) == pytest.approx(float(row["px"]) * float(row["sz"]) * 0.00045, abs=1e-6)


def test_what_could_be_traded_is_limited_by_margin(calm: SmallSandbox) -> None:
    data = ask(calm, "activeAssetData", user=name(7))
    state = ask(calm, "clearinghouseState", user=name(7))["crossMarginSummary"]
    free = float(state["accountValue"]) - float(state["totalMarginUsed"])
    buy, sell = (float(value) for value in data["availableToTrade"])
    assert sell == pytest.approx(free)
    own = next(row["position"] for row in ask(calm, "clearinghouseState", user=name(7))["assetPositions"])
    assert buy == pytest.approx(free + 2 * float(own["marginUsed"]))
    assert float(data["maxTradeSzs"][1]) == pytest.approx(sell * 20 / calm.mark(BTC), abs=1e-5)


def test_contexts_remember_the_price_of_a_day_ago(crashed: SmallSandbox) -> None:
    """The first trade of BTC was at 70,010; the mark has fallen since."""
    _, contexts = ask(crashed, "metaAndAssetCtxs")
    assert contexts[BTC]["prevDayPx"] == "70010.0"
    assert float(contexts[BTC]["markPx"]) < 69_000.0
    assert contexts[KPEPE]["prevDayPx"] == contexts[KPEPE]["markPx"], "never traded: as it stands now"
    assert float(contexts[BTC]["dayNtlVlm"]) == crashed.state.records.day_volume(BTC)


def test_profit_of_a_day_is_closed_profit_less_fees_and_funding(crashed: SmallSandbox) -> None:
    for number in range(1, 9):
        fills = ask(crashed, "userFills", user=name(number))
        won = sum(float(row["closedPnl"]) - float(row["fee"]) for row in fills)
        paid = sum(float(row["delta"]["usdc"]) for row in ask(crashed, "userFunding", user=name(number)))
        windows = dict(ask(crashed, "portfolio", user=name(number)))
        ((_, profit),) = windows["perpDay"]["pnlHistory"]
        assert float(profit) == pytest.approx(won + paid)
    assert abs(paid) > 1.0


def test_a_coin_never_traded_has_no_candle_and_a_capped_market_order_size(calm: SmallSandbox) -> None:
    assert ask(calm, "candleSnapshot", req={"coin": "kPEPE", "interval": "1h", "startTime": 0}) == []
    caps = dict(ask(calm, "maxMarketOrderNtls"))
    assert caps == {3: "500000.0", 10: "2000000.0", 40: "30000000.0"}
    assert calm.state.records.previous_day_price(KPEPE) is None


def test_the_leaderboard_lists_users_by_value(crashed: SmallSandbox) -> None:
    board = parse_answer(json.dumps(answer_leaderboard(crashed.state)).encode(), Leaderboard, "leaderboard")
    values = [row.accountValue for row in board.leaderboardRows]
    assert values == sorted(values, reverse=True)
    users = {row.ethAddress for row in board.leaderboardRows}
    assert users == {name(number) for number in (1, 3, 4, 5, 6, 7, 8)}
    (careful,) = [row for row in board.leaderboardRows if row.displayName == "careful"]
    fills = ask(crashed, "userFills", user=name(7))
    day = dict(careful.windowPerformances)["day"]
    assert day.vlm == pytest.approx(sum(float(row["px"]) * float(row["sz"]) for row in fills))
    paid = sum(float(row["delta"]["usdc"]) for row in ask(crashed, "userFunding", user=name(7)))
    won = sum(float(row["closedPnl"]) - float(row["fee"]) for row in fills)
    assert day.pnl == pytest.approx(won + paid)
