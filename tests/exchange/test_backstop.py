"""The backstop, worked by hand: below 2/3 of maintenance a liquidator with capital takes the whole pool at the mark."""

from __future__ import annotations

import pytest
from small_exchange import Desk, events_of, fills_of, orders_of

from liqscape.exchange.columns import EventColumn, EventKind, FillColumn, Method, PoolColumn, Role
from liqscape.exchange.rules import BackstopClock, VaultChoice


def with_vaults(*worth_usd: float, **rules: object) -> tuple[Desk, list[int]]:
    """A desk of two markets at 10x (maintenance 5 %) and its liquidators."""
    desk = Desk(leverages=(10, 10), **rules)
    vaults = [desk.account(90 + at, 0.0, Role.LIQUIDATOR) for at in range(len(worth_usd))]
    for vault, usd in zip(vaults, worth_usd, strict=True):
        desk.make_worth(vault, usd)
    return desk, vaults


def test_a_takeover_moves_all_cross_positions_and_all_cash_at_the_mark() -> None:
    desk, (vault,) = with_vaults(10_000.0)
    account = desk.account(1)
    desk.hold(account, 900.0)
    desk.hold(account, -300.0, market=1, price=101.0)
    desk.make_worth(account, 3_900.0)  # maintenance 6000, two thirds of it 4000
    output = desk.block()
    assert orders_of(output) == [], "below the backstop share nothing is sent to the book"
    assert fills_of(output, Method.BACKSTOP) == [(account, vault, 900.0, 100.0), (account, vault, -300.0 * -1, 100.0)]
    assert (desk.coins(account), desk.coins(account, 1)) == (0.0, 0.0)
    assert (desk.coins(vault), desk.coins(vault, 1)) == (900.0, -300.0)
    assert desk.worth(account) == 0.0
    assert desk.worth(vault) == 13_900.0
    (event,) = events_of(output, EventKind.TAKEOVER)
    assert [event[EventColumn.ACCOUNT], event[EventColumn.A], event[EventColumn.B], event[EventColumn.C]] == [
        account,
        120_000 * 10**6,
        3_900 * 10**6,
        vault,
    ]
    assert len({row[FillColumn.TRANSACTION] for row in output.fills.tolist()}) == 1


def test_the_vaults_entry_is_the_mark_and_the_user_realises_his_loss() -> None:
    desk, (vault,) = with_vaults(10_000.0)
    account = desk.account(1)
    desk.hold(account, 900.0, price=104.0)
    desk.make_worth(account, 1_000.0)
    output = desk.block()
    (row,) = output.fills.tolist()
    assert row[FillColumn.SELLER_PNL] == -900 * 4 * 10**6
    assert row[FillColumn.BUYER_FEE] == row[FillColumn.SELLER_FEE] == 0
    held = desk.exchange.positions_of(desk.pool(vault))
    assert held[0, 2] == 90_000 * 10**6


@pytest.mark.parametrize(("usd", "stage"), [(4_000.0, "order"), (3_999.999999, "takeover"), (-50.0, "takeover")])
def test_two_thirds_of_maintenance_still_go_to_the_book_and_less_to_the_vault(usd: float, stage: str) -> None:
    desk, _ = with_vaults(10_000.0)
    account = desk.account(1)
    desk.hold(account, 1_200.0)
    desk.make_worth(account, usd)
    output = desk.block()
    assert (len(orders_of(output)), len(fills_of(output, Method.BACKSTOP))) == ((1, 0) if stage == "order" else (0, 1))


def test_isolated_pockets_stay_when_the_cross_pool_is_taken_over_and_the_other_way_round() -> None:
    desk, (vault,) = with_vaults(10_000.0)
    account = desk.account(1)
    desk.exchange.set_leverage(account, 1, 10, is_isolated=True)
    desk.hold(account, 900.0)
    desk.hold(account, 500.0, market=1)
    desk.make_worth(account, 1_000.0)
    desk.block()
    assert (desk.coins(account), desk.coins(account, 1)) == (0.0, 500.0)
    assert desk.worth(account, 1) == 5_000.0
    desk.make_worth(account, 777.0)
    desk.make_worth(account, 1_000.0, market=1)
    output = desk.block()
    assert fills_of(output, Method.BACKSTOP) == [(account, vault, 500.0, 100.0)]
    assert output.fills[0, FillColumn.IS_ISOLATED] == 1
    assert desk.worth(account) == 777.0, "cross cash is not touched by an isolated takeover"
    assert desk.worth(vault) == 12_000.0


def test_without_a_solvent_vault_nothing_is_taken_over() -> None:
    desk, (vault,) = with_vaults(-1.0)
    account = desk.account(1)
    desk.hold(account, 900.0)
    desk.make_worth(account, 1_000.0)
    output = desk.block()
    assert len(output.fills) == 0
    assert desk.coins(vault) == 0.0
    desk.make_worth(vault, 0.0)
    assert len(fills_of(desk.block(), Method.BACKSTOP)) == 1, "a vault worth nothing, but not less, still takes over"


def test_a_takeover_that_ruins_the_vault_sends_the_next_account_elsewhere() -> None:
    desk, vaults = with_vaults(100.0, 100.0)
    accounts = [desk.account(1), desk.account(2), desk.account(3)]
    for account in accounts:
        desk.hold(account, 900.0)
        desk.make_worth(account, -150.0)
    desk.hold(desk.account(9), -2_700.0)
    output = desk.block()
    assert fills_of(output, Method.BACKSTOP) == [
        (accounts[0], vaults[0], 900.0, 100.0),
        (accounts[1], vaults[1], 900.0, 100.0),
    ]
    losers = [row[0] for row in fills_of(output, Method.ADL)]
    assert losers == [accounts[2], vaults[0], vaults[1]], "no vault is left for the third; all three are deleveraged"


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [(VaultChoice.FIRST_SOLVENT, [1, 1, 1]), (VaultChoice.RICHEST, [2, 2, 2]), (VaultChoice.ROUND_ROBIN, [1, 2, 1])],
)
def test_the_vault_is_chosen_by_the_rule(rule: VaultChoice, chosen: list[int]) -> None:
    desk, vaults = with_vaults(-5.0, 10_000.0, 20_000.0, vault_choice=rule)
    for number in (1, 2, 3):
        account = desk.account(number)
        desk.hold(account, 900.0)
        desk.make_worth(account, 1_000.0)
    assert [vaults.index(row[1]) for row in fills_of(desk.block(), Method.BACKSTOP)] == chosen


def test_the_backstop_acts_every_6_28_s_and_accounts_below_its_share_wait_for_it() -> None:
    desk, _ = with_vaults(10_000.0, backstop_clock=BackstopClock.PERIOD)
    account = desk.account(1)
    desk.hold(account, 900.0)
    desk.make_worth(account, 1_000.0)
    desk.quote(900.0, 100.0)
    assert [len(desk.block(after).fills) for after in (3_000, 3_000, 279, 1)] == [0, 0, 0, 1]


def test_accounts_below_the_share_also_send_orders_where_the_rule_says_so() -> None:
    desk, _ = with_vaults(10_000.0, backstop_clock=BackstopClock.PERIOD, orders_below_backstop=1)
    account = desk.account(1)
    desk.hold(account, 900.0)
    desk.make_worth(account, 1_000.0)
    assert len(orders_of(desk.block())) == 1
    desk.make_worth(account, -1.0)
    assert len(orders_of(desk.block())) == 0, "worth less than nothing: no order"


@pytest.mark.parametrize("rule", [0, 1])
def test_isolated_only_markets_skip_the_backstop_unless_the_rule_says_otherwise(rule: int) -> None:
    desk = Desk(isolated_only=(0,), has_backstop_on_isolated_only=rule)
    vault = desk.account(90, 1_000.0, Role.LIQUIDATOR)
    account = desk.account(1)
    desk.exchange.set_leverage(account, 0, 10, is_isolated=True)
    desk.hold(account, 900.0)
    desk.make_worth(account, 1_000.0, market=0)
    output = desk.block()
    assert desk.coins(vault) == (900.0 if rule else 0.0)
    assert len(orders_of(output)) == 1 - rule, "without a backstop the book is tried until nothing is left"


def test_infinite_vault_capital_leaves_nothing_to_deleverage_and_none_leaves_everything() -> None:
    counts = {}
    for usd in (10**9, -1.0):
        desk, _ = with_vaults(usd)
        losers = [desk.account(number) for number in range(1, 5)]
        for account in losers:
            desk.hold(account, 900.0)
            desk.make_worth(account, -500.0)
        desk.hold(desk.account(9), -3_600.0)
        output = desk.block()
        counts[usd] = (len(fills_of(output, Method.BACKSTOP)), len(fills_of(output, Method.ADL)))
    assert counts == {10**9: (4, 0), -1.0: (0, 4)}


def test_liquidators_are_not_liquidated_themselves() -> None:
    desk, (vault,) = with_vaults(0.0)
    desk.hold(vault, 900.0)
    desk.make_worth(vault, 10.0)
    output = desk.block()
    assert len(orders_of(output)) == 0
    assert desk.coins(vault) == 900.0


def test_cash_of_a_ruined_account_moves_with_its_debt() -> None:
    desk, (vault,) = with_vaults(10_000.0)
    account = desk.account(1)
    desk.hold(account, 900.0)
    desk.make_worth(account, -500.0)
    desk.block()
    assert desk.exchange.state.pool[desk.pool(account), PoolColumn.CASH] == 0
    assert desk.worth(vault) == 9_500.0
