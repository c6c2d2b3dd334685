"""The sandbox's account states against the engine, and against the product's own reader and solver."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from populations import TABLES, make_accounts, make_markets, make_snapshot
from small_sandbox import BTC, ETH, SmallSandbox, name

from liqscape.exchange.columns import ClockColumn, MarketColumn, Role
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.market_loader import load_accounts
from liqscape.sandbox.answers import answer_info
from liqscape.sandbox.records import Records
from liqscape.sandbox.state import SandboxState
from liqscape.states.account_answer import SolveAnswer
from liqscape.states.solve_account import solve_account
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.encode import encode_record
from liqscape.wire.info.meta import map_coin_tables, parse_meta
from liqscape.wire.saved_state import parse_saved_state

USERS = range(1, 9)
PRINTED_USD = 1e-5
"""Money is printed to the micro-USD: maintenance is cut there, and raw USD is their difference."""
AGREEING = {"reproduced", "null_agrees"}


def ask(sandbox: SandboxState, kind: str, **more: object) -> Any:
    return answer_info({"type": kind, **more}, sandbox)


def coin_tables(sandbox: SandboxState) -> CoinTables:
    content = encode_record(ask(sandbox, "meta"))
    return map_coin_tables(parse_meta(content, "sandbox"), "sandbox")


def solve(sandbox: SandboxState, user: str) -> SolveAnswer:
    """What the product makes of the account, knowing only what the exchange's API says."""
    content = {
        "clearinghouseState": ask(sandbox, "clearinghouseState", user=user),
        "spotState": ask(sandbox, "spotClearinghouseState", user=user),
        "abstraction": ask(sandbox, "userAbstraction", user=user),
    }
    (account,) = parse_saved_state(json.dumps(content).encode(), "sandbox")
    return solve_account(account, coin_tables(sandbox), "sandbox")


def make_sandbox(seed: int, pools: int) -> SandboxState:
    markets = make_markets(6)
    snapshot = make_snapshot(seed, markets)
    exchange = Exchange.build(markets, TABLES, time_ms=snapshot.time_ms, can_trade=False)
    load_accounts(exchange, make_accounts(seed, snapshot, pools), snapshot)
    return SandboxState(exchange=exchange, records=Records(markets))


@given(st.integers(0, 10_000))
@settings(max_examples=examples(25))
def test_the_product_reproduces_every_liquidation_price_of_the_sandbox(seed: int) -> None:
    sandbox = make_sandbox(seed, 12)
    classes = set()
    for user in sandbox.exchange.addresses:
        answer = solve(sandbox, user)
        for row in answer.positions:
            assert row.row_class in AGREEING, (user, row)
            if row.liquidation_price is not None and row.relative_error is not None:
                printed = 1e-10 / row.liquidation_price + PRINTED_USD / abs(row.size * row.liquidation_price)
                assert row.relative_error < 1e-12 + printed
            classes.add(row.row_class)
    assert "reproduced" in classes


@pytest.mark.parametrize("number", USERS)
def test_the_product_reproduces_prices_in_every_margin_mode(calm: SmallSandbox, number: int) -> None:
    answer = solve(calm.state, name(number))
    assert {row.row_class for row in answer.positions} <= AGREEING
    mode = ask(calm.state, "userAbstraction", user=name(number))
    words = {"disabled": "standard", "unifiedAccount": "unified", "portfolioMargin": "portfolio"}
    cross = [row for row in answer.positions if row.margin_mode == "cross"]
    assert not cross or answer.account.margin_mode == words[mode]


def test_modes_and_pockets_are_all_among_the_accounts(calm: SmallSandbox) -> None:
    answers = [solve(calm.state, name(number)) for number in USERS]
    assert {answer.account.margin_mode for answer in answers} == {"standard", "isolated", "unified", "portfolio"}
    assert any(row.published_liquidation_price is None for answer in answers for row in answer.positions)


@pytest.mark.parametrize("world", ["calm", "crashed"])
def test_all_positions_add_up_to_twice_the_open_interest(world: str, request: pytest.FixtureRequest) -> None:
    sandbox = request.getfixturevalue(world).state
    total: dict[str, float] = {}
    for user in sandbox.exchange.addresses:
        for row in ask(sandbox, "clearinghouseState", user=user)["assetPositions"]:
            held = row["position"]
            total[held["coin"]] = total.get(held["coin"], 0.0) + abs(float(held["szi"]))
    meta, contexts = ask(sandbox, "metaAndAssetCtxs")
    for asset, context in zip(meta["universe"], contexts, strict=True):
        assert total.get(asset["name"], 0.0) == pytest.approx(2 * float(context["openInterest"]), abs=1e-9)
    assert sum(total.values()) > 0


@pytest.mark.parametrize("world", ["calm", "crashed"])
def test_account_values_are_the_engines_own(world: str, request: pytest.FixtureRequest) -> None:
    sandbox = request.getfixturevalue(world).state
    exchange = sandbox.exchange
    value, maintenance = exchange.pool_margin()
    multiplier = int(exchange.state.clock[ClockColumn.MULTIPLIER])
    for row, user in enumerate(exchange.addresses):
        state = ask(sandbox, "clearinghouseState", user=user)
        pools = exchange.pools_of(row)
        needed = int(maintenance[pools[0]]) // multiplier
        assert state["crossMaintenanceMarginUsed"] == str(needed / 1e6)
        if ask(sandbox, "userAbstraction", user=user) == "disabled":
            assert state["crossMarginSummary"]["accountValue"] == str(int(value[pools[0]]) / 1e6)
            assert state["marginSummary"]["accountValue"] == str(int(value[pools].sum()) / 1e6)
            assert state["withdrawable"] == str(exchange.withdrawable(row) / 1e6)


@pytest.mark.parametrize("world", ["calm", "crashed"])
def test_summaries_are_the_sums_of_their_positions(world: str, request: pytest.FixtureRequest) -> None:
    sandbox = request.getfixturevalue(world).state
    for user in sandbox.exchange.addresses:
        state = ask(sandbox, "clearinghouseState", user=user)
        held = [row["position"] for row in state["assetPositions"]]
        for key, kinds in (("marginSummary", ("cross", "isolated")), ("crossMarginSummary", ("cross",))):
            own = [row for row in held if row["leverage"]["type"] in kinds]
            for total, field in (("totalMarginUsed", "marginUsed"), ("totalNtlPos", "positionValue")):
                summed = sum(float(row[field]) for row in own)
                assert float(state[key][total]) == pytest.approx(summed, abs=1e-5), (user, key, total)


def test_a_unified_account_shows_only_what_it_needs_and_the_rest_stands_in_spot(calm: SmallSandbox) -> None:
    state = ask(calm.state, "clearinghouseState", user=name(5))
    spot = ask(calm.state, "spotClearinghouseState", user=name(5))
    (balance,) = spot["balances"]
    notional = float(state["crossMarginSummary"]["totalNtlPos"])
    assert float(state["crossMarginSummary"]["accountValue"]) == pytest.approx(notional / 10)
    assert float(balance["total"]) > 29_000.0
    available = float(spot["tokenToAvailableAfterMaintenance"][0][1])
    assert available == pytest.approx(float(balance["total"]) - float(state["crossMaintenanceMarginUsed"]))
    assert float(balance["hold"]) == float(state["marginSummary"]["totalMarginUsed"])


def test_a_portfolio_account_says_so_with_its_ratio(calm: SmallSandbox) -> None:
    spot = ask(calm.state, "spotClearinghouseState", user=name(6))
    state = ask(calm.state, "clearinghouseState", user=name(6))
    assert spot["portfolioMarginEnabled"] is True
    ratio = float(state["crossMaintenanceMarginUsed"]) / float(spot["balances"][0]["total"])
    assert float(spot["portfolioMarginRatio"]) == pytest.approx(ratio, abs=1e-9)
    assert ask(calm.state, "spotClearinghouseState", user=name(3)) == {"balances": []}


def test_figures_of_one_position_by_hand() -> None:
    """2 BTC bought at 70,010 with a mark of 70,000: 140,020 in, 140,000 now, 40x: 1.25 % of notional to maintain."""
    world = SmallSandbox()
    world.open(1, 1_000_000.0)
    user = world.open(2, 20_000.0)
    world.exchange.set_leverage(user, BTC, 10, is_isolated=False)
    world.step(100, world.order(0, BTC, -2.0, 70_010.0))
    world.step(100, world.order(user, BTC, 2.0))
    fee = 140_020.0 * 0.00045
    state = ask(world.state, "clearinghouseState", user=name(2))
    assert state["crossMarginSummary"] == {
        "accountValue": str(round(20_000.0 - fee - 20.0, 6)),
        "totalNtlPos": "140000.0",
        "totalRawUsd": str(round(20_000.0 - fee - 140_020.0, 6)),
        "totalMarginUsed": "14000.0",
    }
    assert state["marginSummary"] == state["crossMarginSummary"]
    assert state["crossMaintenanceMarginUsed"] == "1750.0"
    (row,) = state["assetPositions"]
    assert row["type"] == "oneWay"
    position = row["position"]
    raw = 20_000.0 - fee - 140_020.0
    assert float(position.pop("liquidationPx")) == pytest.approx(-raw / (2.0 - 2.0 * 0.0125), rel=1e-12)
    assert position == {
        "coin": "BTC",
        "szi": "2.0",
        "leverage": {"type": "cross", "value": 10},
        "entryPx": "70010.0",
        "positionValue": "140000.0",
        "unrealizedPnl": "-20.0",
        "returnOnEquity": str(round(-20.0 / 14_002.0, 10)),
        "marginUsed": "14000.0",
        "maxLeverage": 40,
        "cumFunding": {"allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0"},
    }


def test_the_short_side_won_what_the_long_side_lost() -> None:
    """The seller of the same 2 BTC at 70,010 with a mark of 70,000: 20 USD won, 20x by default."""
    world = SmallSandbox()
    world.open(1, 1_000_000.0)
    user = world.open(2, 20_000.0)
    world.step(100, world.order(0, BTC, -2.0, 70_010.0))
    world.step(100, world.order(user, BTC, 2.0))
    (row,) = ask(world.state, "clearinghouseState", user=name(1))["assetPositions"]
    position = row["position"]
    assert (position["szi"], position["entryPx"], position["unrealizedPnl"]) == ("-2.0", "70010.0", "20.0")
    assert position["returnOnEquity"] == str(round(20.0 / 7_001.0, 10))


def test_an_isolated_pocket_is_outside_of_the_cross_summary(calm: SmallSandbox) -> None:
    state = ask(calm.state, "clearinghouseState", user=name(4))
    held = {row["position"]["coin"]: row["position"] for row in state["assetPositions"]}
    assert {row["leverage"]["type"] for row in held.values()} == {"isolated"}
    pockets = sum(float(row["marginUsed"]) for row in held.values())
    whole, cross = (float(state[key]["accountValue"]) for key in ("marginSummary", "crossMarginSummary"))
    assert whole - cross == pytest.approx(pockets)
    eth = held["ETH"]
    mark = calm.mark(ETH)
    assert float(eth["marginUsed"]) == pytest.approx(float(eth["leverage"]["rawUsd"]) + float(eth["szi"]) * mark)
    assert state["crossMarginSummary"]["totalNtlPos"] == "0.0"


def test_an_address_that_never_came_has_an_empty_account(calm: SmallSandbox) -> None:
    state = ask(calm.state, "clearinghouseState", user=name(99))
    assert state["assetPositions"] == []
    assert {value for summary in ("marginSummary", "crossMarginSummary") for value in state[summary].values()} == {
        "0.0"
    }
    assert (state["withdrawable"], state["time"]) == ("0.0", calm.exchange.time_ms)


def test_many_accounts_come_in_order_with_null_for_strangers(calm: SmallSandbox) -> None:
    users = [name(7), name(99), name(3)]
    states = ask(calm.state, "batchClearinghouseStates", users=users)
    assert states == [
        ask(calm.state, "clearinghouseState", user=name(7)),
        None,
        ask(calm.state, "clearinghouseState", user=name(3)),
    ]


def test_liquidatable_lists_users_below_maintenance_and_nobody_else() -> None:
    world = SmallSandbox()
    world.open(1, 1_000_000.0)
    user = world.open(2, 8_000.0)
    pocket = world.open(3, 8_000.0)
    world.exchange.set_leverage(pocket, ETH, 25, is_isolated=True)
    world.step(100, world.order(0, BTC, -2.0, 70_010.0), world.order(0, ETH, -50.0, 2_001.0))
    world.step(100, world.order(user, BTC, 2.0), world.order(pocket, ETH, 50.0))
    assert ask(world.state, "liquidatable") == []
    world.exchange.state.market[[BTC, ETH], MarketColumn.MARK] = [668_000, 192_000]
    rows = ask(world.state, "liquidatable")
    assert [(row["user"], row["positionIndex"]) for row in rows] == [
        (name(2), "cross"),
        (name(3), {"isolated": {"asset": ETH}}),
    ]
    for row in rows:
        value, needed = row["marginAvailable"]
        assert value < needed


def test_liquidators_and_makers_are_not_listed_as_liquidatable() -> None:
    world = SmallSandbox()
    world.open(1, 1_000_000.0)
    vault = world.open(2, 8_000.0, Role.LIQUIDATOR)
    world.step(100, world.order(0, BTC, -2.0, 70_010.0))
    world.step(100, world.order(vault, BTC, 2.0))
    world.exchange.state.market[BTC, MarketColumn.MARK] = 600_000
    assert int(np.count_nonzero(world.exchange.pool_margin()[0] < 0)) == 1
    assert ask(world.state, "liquidatable") == []
