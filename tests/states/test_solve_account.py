"""Saved accounts of every mode, made up and worked out in exact fractions, against what we answer."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from saved_states import Made, MadeAccount, standard_account, unified_account

from liqscape.errors import InputError, RemoteWireError
from liqscape.states.account_answer import PositionRow, SolveAnswer
from liqscape.states.solve_account import solve_account
from liqscape.wire.saved_state import parse_saved_state


def solve_document(document: Any) -> SolveAnswer:
    (account,) = parse_saved_state(json.dumps(document).encode(), "made.json")
    return solve_account(account, None, "made.json")


def row_of(answer: SolveAnswer, coin: str) -> PositionRow:
    return next(row for row in answer.positions if row.coin == coin)


def assert_exact(answer: SolveAnswer, made: MadeAccount, tolerance: float) -> None:
    for row in answer.positions:
        exact = made.exact_price(row.coin)
        if exact is None:
            assert row.liquidation_price is None
            assert row.row_class == "null_agrees"
        else:
            assert row.liquidation_price == pytest.approx(float(exact[0]), rel=tolerance)
            assert row.tier_at_liquidation == exact[1]


def test_a_standard_account_is_solved_from_its_account_value() -> None:
    made = standard_account()
    answer = solve_document(made.state())
    assert_exact(answer, made, 1e-12)
    assert answer.account.margin_mode == "standard"
    assert answer.account.margin_source == "state"
    assert answer.account.raw_usd == 9_500_000.0
    assert answer.account.free_margin == pytest.approx(float(made.free_margin()), abs=1e-5)
    assert answer.account.margin_source_detail.maintenance_difference == pytest.approx(0.0, abs=1e-5)
    classes = {row.coin: row.row_class for row in answer.positions}
    assert classes == {
        "ATOM": "reproduced",
        "BNB": "reproduced",
        "OP": "older_table",
        "BTC": "null_agrees",
        "DOGE": "reproduced",
    }
    assert row_of(answer, "OP").margin_table_source == "built-in 2026-02-03"
    assert row_of(answer, "BNB").tier_at_liquidation == 1


def test_isolated_margin_stays_out_of_the_cross_pool() -> None:
    made = standard_account()
    answer = solve_document(made.state())
    assert [(pool.margin_mode, pool.coins) for pool in answer.account.pools] == [
        ("cross", ("ATOM", "BNB", "OP", "BTC")),
        ("isolated", ("DOGE",)),
    ]
    assert row_of(answer, "DOGE").margin_mode == "isolated"
    assert answer.account.pools[1].raw_usd == 1_600.0


def test_an_account_of_isolated_positions_only_is_isolated() -> None:
    made = MadeAccount("100", [Made("ETH", "2", "1800", "50x", raw_usd="-3400")])
    answer = solve_document(made.state())
    assert answer.account.margin_mode == "isolated"
    assert_exact(answer, made, 1e-12)


def test_a_unified_account_is_recognised_and_solved_from_its_other_prices() -> None:
    made = unified_account()
    answer = solve_document(made.state())
    assert_exact(answer, made, 1e-9)
    detail = answer.account.margin_source_detail
    assert (answer.account.margin_mode, answer.account.margin_source) == ("unified", "published")
    assert (detail.source, detail.price_count, detail.agreeing_count) == ("published_prices", 3, 3)
    assert detail.is_cross_checked
    assert answer.account.raw_usd == pytest.approx(4_600_000.0, abs=1e-2)
    assert {row.solved_from for row in answer.positions} == {"other_prices"}
    assert {row.row_class for row in answer.positions} == {"reproduced"}


def test_no_price_of_a_unified_account_enters_its_own_solution() -> None:
    document = unified_account().state()
    before = solve_document(document)
    document["assetPositions"][0]["position"]["liquidationPx"] = "91234.5"
    after = solve_document(document)
    assert row_of(after, "BTC").liquidation_price == row_of(before, "BTC").liquidation_price
    assert row_of(after, "BTC").row_class == "unexplained"
    assert "1 of 3 published prices does not agree" in after.account.margin_source_detail.note


def test_two_prices_of_a_unified_account_are_solved_from_each_other() -> None:
    made = unified_account()
    made.positions.pop()
    answer = solve_document(made.state())
    assert_exact(answer, made, 1e-9)
    assert (answer.account.margin_mode, answer.account.margin_source_detail.agreeing_count) == ("unified", 2)


def test_the_only_price_of_a_unified_account_is_said_to_be_unchecked() -> None:
    made = MadeAccount("4600000", [Made("BTC", "-50.25", "64000", "40x 150M")], shown_raw_usd="4000000")
    answer = solve_document(made.state())
    (row,) = answer.positions
    assert (row.row_class, row.solved_from, row.relative_error) == ("only_price", "own_price", None)
    assert row.liquidation_price == pytest.approx(float(made.exact_price("BTC")[0]), rel=1e-9)
    assert answer.account.margin_mode == "unified"
    assert not answer.account.margin_source_detail.is_cross_checked
    assert "cannot be cross-checked" in answer.account.margin_source_detail.note


def test_prices_that_agree_with_nothing_leave_the_account_unknown() -> None:
    document = unified_account().state()
    for row, price in zip(document["assetPositions"], ("90000.0", "500.0", "0.9"), strict=True):
        row["position"]["liquidationPx"] = price
    answer = solve_document(document)
    account = answer.account
    assert (account.margin_mode, account.raw_usd, account.margin_source) == ("unknown", None, "unknown")
    assert {row.row_class for row in answer.positions} == {"unexplained"}
    assert {row.liquidation_price for row in answer.positions} == {None}


def with_spot(made: MadeAccount, abstraction: str | None, *, gives_available: bool) -> dict[str, Any]:
    available = float(made.free_margin())
    spot = {
        "balances": [
            {"coin": "USDC", "token": 0, "total": str(available + float(made.maintenance())), "hold": "0.0"},
        ],
    }
    if gives_available:
        spot["tokenToAvailableAfterMaintenance"] = [[0, str(available)], [150, "0.0"]]
    wrapper = {"clearinghouseState": made.state(), "spotClearinghouseState": spot}
    return wrapper if abstraction is None else {**wrapper, "abstraction": abstraction}


@pytest.mark.parametrize("abstraction", [None, "unifiedAccount"])
@pytest.mark.parametrize("gives_available", [True, False])
def test_a_unified_account_with_its_spot_state_is_solved_from_it(
    abstraction: str | None, gives_available: bool
) -> None:
    made = unified_account()
    answer = solve_document(with_spot(made, abstraction, gives_available=gives_available))
    assert_exact(answer, made, 1e-9)
    expected = "spot_available_after_maintenance" if gives_available else "spot_balance"
    assert (answer.account.margin_mode, answer.account.margin_source_detail.source) == ("unified", expected)
    assert {row.solved_from for row in answer.positions} == {"state"}


def test_a_portfolio_margin_account_is_solved_from_what_is_available_after_maintenance() -> None:
    made = unified_account()
    document = with_spot(made, None, gives_available=True)
    document["spotClearinghouseState"]["portfolioMarginEnabled"] = True
    answer = solve_document(document)
    assert answer.account.margin_mode == "portfolio"
    assert_exact(answer, made, 1e-9)


def test_a_standard_account_with_a_spot_state_keeps_its_own_pool() -> None:
    made = standard_account()
    document = {"clearinghouseState": made.state(), "spotState": {"balances": []}}
    answer = solve_document(document)
    assert (answer.account.margin_mode, answer.account.margin_source_detail.source) == ("standard", "account_value")


def test_dexs_of_a_standard_account_do_not_share_collateral() -> None:
    first, second = standard_account(), MadeAccount("5000", [Made("xyz:GOLD", "-1.5", "3000", "3x")])
    document = {"dexToClearinghouseState": [["", first.state()], ["xyz", second.state()]]}
    answer = solve_document([document])
    assert row_of(answer, "xyz:GOLD").dex == "xyz"
    exact = second.exact_price("xyz:GOLD")
    assert row_of(answer, "xyz:GOLD").liquidation_price == pytest.approx(float(exact[0]), rel=1e-12)
    assert [pool.raw_usd for pool in answer.account.pools] == [9_500_000.0, 5_000.0, 1_600.0]


def test_published_prices_choose_an_older_table_only_where_the_present_one_does_not_fit() -> None:
    # BNB was held at a flat 10x; the present table has 5x above 3M USD.
    positions = [Made("BNB", "-2000", "610.25", "10x"), Made("ATOM", "-40000.5", "2.5", "5x")]
    made = MadeAccount("9500000", [*positions, Made("ZRO", "-1000", "2", "5x")])
    answer = solve_document(made.state())
    assert_exact(
        SolveAnswer(
            file=answer.file, time_ms=0, tables=answer.tables, account=answer.account, positions=answer.positions[1:]
        ),
        made,
        1e-12,
    )
    row = row_of(answer, "BNB")
    assert (row.row_class, row.margin_table, row.tier_at_liquidation) == ("older_table", "flat 10x", 0)
    assert row.liquidation_price == pytest.approx(float(made.exact_price("BNB")[0]), rel=1e-12)


def test_positions_all_at_fifty_times_are_a_child_of_hlp() -> None:
    made = MadeAccount("1900000", [Made("BTC", "0.25", "64000", "50x"), Made("DYDX", "-100000", "0.125", "50x")])
    answer = solve_document(made.state())
    assert {row.coin: row.row_class for row in answer.positions} == {"BTC": "null_agrees", "DYDX": "exempt_table"}
    assert_exact(answer, made, 1e-12)


def test_an_excerpt_is_solved_with_the_totals_of_the_whole_account() -> None:
    made = standard_account()
    document = made.state()
    document["assetPositions"] = document["assetPositions"][:2]
    answer = solve_document({**document, "note": "two of five positions"})
    assert row_of(answer, "ATOM").liquidation_price == pytest.approx(float(made.exact_price("ATOM")[0]), rel=1e-11)
    assert row_of(answer, "BNB").liquidation_price == pytest.approx(float(made.exact_price("BNB")[0]), rel=1e-11)
    assert "left out" in answer.account.margin_source_detail.note


def test_a_file_cut_down_by_hand_is_told_how_to_say_so() -> None:
    document = standard_account().state()
    document["assetPositions"] = document["assetPositions"][:2]
    with pytest.raises(RemoteWireError, match=r'totalNtlPos: .*; where positions were left out .* a key "note"'):
        solve_document(document)
    more = standard_account().state()
    more["crossMarginSummary"]["totalNtlPos"] = "1.0"
    with pytest.raises(RemoteWireError, match="totalNtlPos") as caught:
        solve_document(more)
    assert "note" not in str(caught.value)


@pytest.mark.parametrize("late", ["30", "-30"])
def test_a_state_read_a_moment_before_its_prices_is_not_called_unified(late: str) -> None:
    """BTC moved by 0.01 % in between: all prices meet in one free margin, which the account value misses by that."""
    made = standard_account()
    document = made.state()
    summary = document["crossMarginSummary"]
    for name in ("accountValue", "totalRawUsd"):
        summary[name] = str(Decimal(summary[name]) + Decimal(late))
    answer = solve_document(document)
    assert answer.account.margin_mode == "standard"
    assert answer.account.margin_source_detail.source == "published_prices"
    assert abs(answer.account.margin_source_detail.state_difference or 0.0) > 1e-6
    for position in made.positions:
        if row_of(answer, position.coin).published_liquidation_price is not None:
            assert row_of(answer, position.coin).row_class in ("reproduced", "older_table")
    far = made.state()
    for name in ("accountValue", "totalRawUsd"):
        far["crossMarginSummary"][name] = str(Decimal(far["crossMarginSummary"][name]) - Decimal(100_000))
    assert solve_document(far).account.margin_mode == "unified"


def test_an_account_without_a_position_has_no_price_and_says_what_it_holds() -> None:
    answer = solve_document(MadeAccount("2500", []).state())
    assert answer.positions == ()
    account = answer.account
    assert (account.margin_mode, account.raw_usd, account.free_margin) == ("standard", 2500.0, 2500.0)


def test_a_published_null_that_the_account_contradicts_is_said() -> None:
    document = standard_account().state()
    document["assetPositions"][1]["position"]["liquidationPx"] = None
    answer = solve_document(document)
    assert row_of(answer, "BNB").row_class == "null_contradicted"
    assert row_of(answer, "BNB").liquidation_price is not None


def test_nulls_that_account_value_cannot_explain_do_not_make_a_standard_account() -> None:
    # A long whose shown cash gives a price, but null is published: something else backs it.
    made = MadeAccount("5000", [Made("BTC", "1", "64000", "40x 150M")], shown_raw_usd="-50000")
    answer = solve_document(made.state())
    (row,) = answer.positions
    assert (row.row_class, row.liquidation_price, row.status) == ("null_alone", None, "unknown")
    assert answer.account.raw_usd is None


def test_a_coin_without_leverage_and_without_a_table_is_refused() -> None:
    document = standard_account().state()
    del document["assetPositions"][0]["position"]["maxLeverage"]
    with pytest.raises(InputError, match=r"made\.json: assetPositions\[0\]\.position\.maxLeverage: ATOM .*--tables"):
        solve_document(document)


def test_a_coin_without_leverage_follows_the_table_in_force() -> None:
    made = standard_account()
    document = made.state()
    del document["assetPositions"][1]["position"]["maxLeverage"]
    assert row_of(solve_document(document), "BNB").margin_table == "tiered 10x, 3M"


@pytest.mark.parametrize("shape", ["named", "other names", "pair", "inside the state", "capture"])
def test_a_spot_state_is_found_beside_its_account_in_every_shape(shape: str) -> None:
    made = unified_account()
    wrapped = with_spot(made, None, gives_available=True)
    state, spot = wrapped["clearinghouseState"], wrapped["spotClearinghouseState"]
    document = {
        "named": {"clearinghouseState": state, "spotState": spot},
        "other names": {"perp": state, "spot": spot, "saved": "by hand"},
        "pair": [state, spot],
        "inside the state": {**state, "spotClearinghouseState": spot},
        "capture": {"capturedAt": "2026-06-21T00:00:00Z", "responses": wrapped},
    }[shape]
    answer = solve_document(document)
    assert answer.account.margin_source_detail.source == "spot_available_after_maintenance"
    assert_exact(answer, made, 1e-9)


def test_a_capture_that_holds_the_meta_too_is_solved_with_it() -> None:
    tiers = [{"lowerBound": "0.0", "maxLeverage": 10}, {"lowerBound": "20000000.0", "maxLeverage": 5}]
    meta = {
        "universe": [{"name": "NEWCOIN", "szDecimals": 0, "maxLeverage": 10, "marginTableId": 52}],
        "marginTables": [[52, {"description": "from the meta", "marginTiers": tiers}]],
    }
    made = MadeAccount("25000000", [Made("NEWCOIN", "-1000", "10", "10x 20M")])
    answer = solve_document({"responses": {"clearinghouseState": made.state(), "meta": meta}})
    assert (answer.positions[0].margin_table, answer.positions[0].tier_at_liquidation) == ("from the meta", 1)
    assert_exact(answer, made, 1e-12)
