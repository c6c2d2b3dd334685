"""Every rule is data, in the order of its column, and every switch changes what it says."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Any

import pytest
from small_exchange import Desk, orders_of
from worlds import Plan, Script, build_exchange, play, write_script

from liqscape.errors import SettingsError
from liqscape.exchange.columns import Method
from liqscape.exchange.rules import (
    AccountOrder,
    AdlPrice,
    AdlScore,
    BackstopClock,
    CheckOn,
    MarkSource,
    OrderLimit,
    RuleAt,
    Rules,
    TriggerTurn,
    VaultChoice,
)

CHANGED: dict[str, Any] = {
    "mark_source": MarkSource.GIVEN,
    "mark_period_ms": 6_000,
    "slow_average_ms": 10_000,
    "fast_average_ms": 1_000,
    "venue_weights": (1, 1, 1, 1, 1),
    "check_on": CheckOn.BLOCK,
    "account_order": AccountOrder.SIZE,
    "slice_threshold_uusd": 10_000_000_000,
    "slice_share_percent": 50,
    "cooldown_ms": 0,
    "order_limit": OrderLimit.CAP,
    "order_limit_cap_bps": 10,
    "orders_below_backstop": 1,
    "backstop_numerator": 1,
    "backstop_denominator": 2,
    "backstop_clock": BackstopClock.CHECK,
    "backstop_period_ms": 60_000,
    "vault_choice": VaultChoice.RICHEST,
    "has_backstop_on_isolated_only": 1,
    "adl_score": AdlScore.SYMMETRIC,
    "adl_price": AdlPrice.MARK,
    "adl_allows_losers": 0,
    "adl_includes_vaults": 1,
    "funding_cap_rate": 1_000_000,
    "interest_rate": 0,
    "premium_clamp": 0,
    "premium_period_ms": 60_000,
    "taker_rate": 9_000,
    "maker_rate": -300,
    "max_orders": 2,
    "protects_cross_margin": 1,
    "trigger_turn": TriggerTurn.WITH_MARKS,
    "trigger_slippage_bps": 10,
    "liquidation_cancels_triggers": 1,
}
"""Another value of every rule."""
BASE = {"order_limit_cap_bps": Rules(order_limit=OrderLimit.CAP)}
"""Rules under which a change shows, where the default hides it."""


def outcome(script: Script, rules: Rules) -> list[bytes]:
    """All fills and events of a world under some rules, without the digest, which holds the rules themselves."""
    exchange = build_exchange(replace(script, plan=replace(script.plan, rules=rules)))
    return [output.fills.tobytes() + output.events.tobytes() for _, output in play(script, exchange)]


@cache
def scripts() -> list[Script]:
    """Violent worlds that reach every corner."""
    plans = [
        Plan(seed, blocks=400, users=14, liquidators=2, volatility=0.006, jump=0.12, jump_chance=0.05, block_ms=1_500)
        for seed in (71, 72, 73, 74)
    ]
    plans += [replace(plan, has_dexs=True, liquidators=3) for plan in plans[:2]]
    plans.append(replace(plans[0], triggers_a_block=5))
    return [write_script(plan) for plan in plans]


@cache
def usual_outcome(number: int, rules: Rules) -> list[bytes]:
    """What many switches are held against."""
    return outcome(scripts()[number], rules)


@pytest.mark.parametrize("name", CHANGED)
def test_every_switch_changes_what_happens(name: str) -> None:
    base = BASE.get(name, Rules())
    other = replace(base, **{name: CHANGED[name]})
    is_changed = (usual_outcome(number, base) != outcome(script, other) for number, script in enumerate(scripts()))
    assert any(is_changed), f"{name} changes nothing"


def test_every_rule_has_a_changed_value_here() -> None:
    assert set(CHANGED) == {field.name for field in fields(Rules)}
    assert all(CHANGED[field.name] != field.default for field in fields(Rules))


def test_the_column_of_rules_follows_the_fields() -> None:
    """Each field at the place RuleAt names, five places for the venue weights."""
    column, place = Rules().column(), 0
    for field in fields(Rules):
        assert RuleAt[field.name.upper()] == place
        width = len(field.default) if isinstance(field.default, tuple) else 1
        expected = list(field.default) if width > 1 else [int(field.default)]
        assert column[place : place + width].tolist() == expected
        place += width
    assert place == len(column)


@pytest.mark.parametrize(
    ("name", "value"),
    [("check_on", 2), ("adl_score", 4), ("slice_share_percent", 0), ("cooldown_ms", -1), ("maker_rate", 100_001)],
)
def test_values_out_of_range_are_refused_with_name_and_value(name: str, value: int) -> None:
    with pytest.raises(SettingsError, match=f"{name} {value}"):
        Rules(**{name: value})


def accounts_in_trouble(**rules: object) -> Desk:
    """Three accounts in stage 1: health 0.9, 0.7, 0.8; maintenance 500, 1000, 2000; addresses 3, 2, 1."""
    desk = Desk(**rules)
    for number, coins, health in ((3, 100.0, 0.9), (2, 200.0, 0.7), (1, 400.0, 0.8)):
        account = desk.account(number)
        desk.hold(account, coins)
        desk.make_worth(account, health * coins * 5.0)
    return desk


@pytest.mark.parametrize(
    ("rule", "order"),
    [(AccountOrder.HEALTH, [2, 3, 1]), (AccountOrder.ADDRESS, [3, 2, 1]), (AccountOrder.SIZE, [3, 2, 1])],
)
def test_accounts_send_their_orders_in_the_order_of_the_rule(rule: AccountOrder, order: list[int]) -> None:
    assert [row[0] for row in orders_of(accounts_in_trouble(account_order=rule).block())] == order


def test_size_and_address_are_different_orders() -> None:
    orders = []
    for rule in (AccountOrder.ADDRESS, AccountOrder.SIZE):
        desk = accounts_in_trouble(account_order=rule)
        giant = desk.account(9)
        desk.hold(giant, 600.0)
        desk.make_worth(giant, 2_900.0)
        orders.append([row[0] for row in orders_of(desk.block())])
    assert orders == [[3, 2, 1, 4], [4, 3, 2, 1]]


@pytest.mark.parametrize(("rule", "expected"), [(CheckOn.MARK, [0, 1]), (CheckOn.BLOCK, [1, 1])])
def test_accounts_are_checked_on_marks_or_on_every_block(rule: CheckOn, expected: list[int]) -> None:
    desk = Desk(check_on=rule, mark_period_ms=3_000)
    account = desk.account(1)
    desk.hold(account, 100.0)
    desk.make_worth(account, 400.0)
    assert [len(orders_of(desk.block(after))) for after in (100, 2_900)] == expected


def test_methods_are_numbered_as_the_tables_say() -> None:
    assert [method.name for method in Method] == ["TRADE", "MARKET", "BACKSTOP", "ADL"]
