"""Several dexs in one exchange: whose collateral backs what, whose vault takes over, what ends with a market."""

from __future__ import annotations

import pytest
from small_exchange import TICK, UUSD, Desk, address, events_of, fills_of, orders_of

from liqscape.errors import ModelError
from liqscape.exchange.columns import EventKind, FillColumn, FlowColumn, Method, PoolColumn, Role, Status
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.to_model import to_snapshot
from liqscape.units import PoolMode


def two_dexs(worth_usd: float, mode: int = PoolMode.UNIFIED, **rules: object) -> tuple[Desk, int]:
    """2,000 USD long in the first dex (maintenance 100), 6,000 USD in xyz (maintenance 300), one pool."""
    desk = Desk(leverages=(10, 10), dexs=("", "xyz"), **rules)
    account = desk.account(1, mode=mode)
    desk.hold(account, 20.0)
    desk.hold(account, 60.0, market=1)
    desk.make_worth(account, worth_usd)
    return desk, account


def test_a_standard_account_has_one_cross_pool_a_dex() -> None:
    desk = Desk(leverages=(10, 10), dexs=("", "xyz"))
    account = desk.account(1, 1_000.0)
    desk.exchange.deposit(account, 500 * UUSD, 1)
    desk.hold(account, 20.0)
    desk.hold(account, 10.0, market=1)
    assert len(desk.exchange.cross_pools(account)) == 2
    assert (desk.worth(account), desk.worth(account, dex=1)) == (1_000.0, 500.0)
    desk.block(A=60.0, B=100.0)  # 800 lost in the first dex, whose pool then holds 200 of 60 needed; xyz is untouched
    assert (desk.worth(account), desk.worth(account, dex=1)) == (200.0, 500.0)


def test_money_of_one_dex_does_not_save_a_pool_of_another() -> None:
    desk = Desk(leverages=(10, 10), dexs=("", "xyz"))
    account = desk.account(1)
    desk.exchange.deposit(account, 10_000 * UUSD, 1)
    desk.hold(account, 20.0)
    desk.hold(account, 20.0, market=1)
    desk.make_worth(account, 99.0)
    assert orders_of(desk.block()) == [(account, 0, 20.0, 0.0, False)]


def test_a_unified_account_has_one_pool_a_collateral_token() -> None:
    desk = Desk(leverages=(10, 10, 10), dexs=("", "xyz", "abc"), tokens=(0, 0, 360))
    account = desk.account(1, 1_000.0, mode=PoolMode.UNIFIED)
    cross = [desk.exchange.cross_pool(account, dex) for dex in range(3)]
    assert cross[0] == cross[1] != cross[2]
    desk.hold(account, 20.0)
    desk.hold(account, 60.0, market=1)
    desk.make_worth(account, 399.0)  # needs 100 + 300
    assert orders_of(desk.block())[0][:2] == (account, 1)  # largest maintenance first, whatever the dex


def test_a_portfolio_account_has_one_pool_for_all() -> None:
    desk = Desk(leverages=(10, 10, 10), dexs=("", "xyz", "abc"), tokens=(0, 0, 360))
    account = desk.account(1, mode=PoolMode.PORTFOLIO)
    assert len({desk.exchange.cross_pool(account, dex) for dex in range(3)}) == 1


def test_money_moves_between_dexs_of_one_collateral_token_only() -> None:
    desk = Desk(leverages=(10, 10, 10), dexs=("", "xyz", "abc"), tokens=(0, 0, 360))
    account, one_pool = desk.account(1, 1_000.0), desk.account(2, 1_000.0, mode=PoolMode.UNIFIED)
    desk.exchange.move_between_dexs(account, 0, 1, 400 * UUSD)
    assert (desk.worth(account), desk.worth(account, dex=1)) == (600.0, 400.0)
    with pytest.raises(ModelError, match="other collateral tokens"):
        desk.exchange.move_between_dexs(account, 0, 2, 1)
    with pytest.raises(ModelError, match="one pool"):
        desk.exchange.move_between_dexs(one_pool, 0, 1, 1)
    with pytest.raises(ModelError, match="may move 600000000 micro-USD, not 600000001"):
        desk.exchange.move_between_dexs(account, 0, 1, 600 * UUSD + 1)
    with pytest.raises(ModelError, match=r"dex 3 is outside 0\.\.2"):
        desk.exchange.deposit(account, 1, 3)
    assert desk.exchange.state.flow[FlowColumn.DEPOSITED] == desk.exchange.state.pool[:, PoolColumn.CASH].sum()


def test_isolated_margin_comes_from_and_returns_to_the_pool_of_its_dex() -> None:
    desk = Desk(leverages=(10, 10), dexs=("", "xyz"))
    account = desk.account(1, 1_000.0)
    desk.exchange.deposit(account, 500 * UUSD, 1)
    desk.exchange.set_leverage(account, 1, 10, is_isolated=True)
    desk.hold(account, 10.0, market=1)
    assert (desk.worth(account), desk.worth(account, dex=1), desk.worth(account, 1)) == (1_000.0, 400.0, 100.0)
    desk.send(desk.order(desk.street, 10.0, 100.0, market=1))
    desk.send(desk.order(account, -10.0, 100.0, market=1))
    assert (desk.worth(account), desk.worth(account, dex=1), desk.worth(account, 1)) == (1_000.0, 500.0, 0.0)


def test_margin_cannot_be_taken_out_of_a_strictly_isolated_position() -> None:
    desk = Desk(leverages=(10, 10), strict=(0,), isolated_only=(1,))
    account = desk.account(1, 10_000.0)
    for market in (0, 1):
        desk.exchange.set_leverage(account, market, 1, is_isolated=True)
        desk.hold(account, 10.0, market=market)
        desk.exchange.move_margin(account, market, 100 * UUSD)
    with pytest.raises(ModelError, match="A is strictly isolated"):
        desk.exchange.move_margin(account, 0, -UUSD)
    desk.exchange.move_margin(account, 1, -UUSD)


@pytest.mark.parametrize(("worth", "taken"), [(266.0, True), (267.0, False)])
def test_one_pool_over_two_dexs_is_taken_over_below_two_thirds_of_all_maintenance(worth: float, taken: bool) -> None:
    desk, account = two_dexs(worth)
    first = desk.account(90, 1_000.0, Role.LIQUIDATOR)
    other = desk.account(91, 1_000.0, Role.LIQUIDATOR, dex=1)
    output = desk.block()
    assert bool(events_of(output, EventKind.TAKEOVER)) == taken
    if taken:
        assert fills_of(output, Method.BACKSTOP) == [(account, first, 20.0, 100.0), (account, other, 60.0, 100.0)]
        assert (desk.worth(account), desk.worth(first), desk.worth(other, dex=1)) == (0.0, 1_066.5, 1_199.5)


@pytest.mark.parametrize(("worth", "taken"), [(366.0, True), (367.0, False)])
def test_protected_margin_brings_the_backstop_of_a_part_forward(worth: float, taken: bool) -> None:
    """docs/worked_examples.md: equity below 300 + 2/3 of 100; xyz keeps its 300 and is left alone."""
    desk, account = two_dexs(worth, protects_cross_margin=1)
    first = desk.account(90, 1_000.0, Role.LIQUIDATOR)
    desk.account(91, 1_000.0, Role.LIQUIDATOR, dex=1)
    output = desk.block()
    assert bool(events_of(output, EventKind.TAKEOVER)) == taken
    if taken:
        assert fills_of(output, Method.BACKSTOP) == [(account, first, 20.0, 100.0)]
        assert (desk.worth(account), desk.worth(first)) == (300.0, 1_066.0)
        assert orders_of(desk.block()) == []


@pytest.mark.parametrize(("worth", "lost"), [(299.0, True), (300.0, False)])
def test_protected_margin_makes_a_part_bankrupt_while_the_pool_is_worth_something(worth: float, lost: bool) -> None:
    desk, account = two_dexs(worth, protects_cross_margin=1)
    winner = desk.account(2, mode=PoolMode.UNIFIED)
    desk.hold(winner, -20.0, price=101.0)
    output = desk.block()
    adl = output.fills[output.fills[:, FillColumn.METHOD] == Method.ADL]
    assert adl[:, FillColumn.LIQUIDATED].tolist() == ([account] if lost else [])
    assert desk.coins(account, 1) == 60.0  # the other dex's position stays
    assert desk.coins(account, 0) == (0.0 if lost else 20.0)


def test_without_the_rule_the_same_pool_is_bankrupt_below_nothing() -> None:
    for worth, lost in ((0.0, False), (-1.0, True)):
        desk, _ = two_dexs(worth)
        desk.hold(desk.account(2), -20.0, price=101.0)
        assert bool(fills_of(desk.block(), Method.ADL)) == lost


def test_a_dex_without_a_vault_keeps_its_part_and_the_margin_of_it() -> None:
    """200 of 400 needed: the first dex's vault takes its quarter with 50; the rest goes on with 150, by orders."""
    desk, account = two_dexs(200.0)
    first = desk.account(90, 1_000.0, Role.LIQUIDATOR)
    desk.block()
    assert (desk.worth(account), desk.worth(first)) == (150.0, 1_050.0)
    assert (desk.coins(account, 0), desk.coins(account, 1)) == (0.0, 60.0)
    assert orders_of(desk.block()) == [(account, 1, 60.0, 0.0, False)]


def test_a_vault_takes_over_in_its_own_dex_only() -> None:
    desk = Desk(leverages=(10, 10), dexs=("", "xyz"))
    first, other = desk.account(1), desk.account(2)
    desk.exchange.deposit(other, 10**12, 1)
    desk.hold(first, 20.0)
    desk.hold(other, 20.0, market=1)
    desk.make_worth(first, 10.0)
    desk.make_worth(other, 10.0, dex=1)
    vault = desk.account(90, 1_000.0, Role.LIQUIDATOR, dex=1)
    assert fills_of(desk.block(), Method.BACKSTOP) == [(other, vault, 20.0, 100.0)]


def test_a_bankrupt_vault_of_a_dex_leaves_its_market_to_deleveraging() -> None:
    desk = Desk(leverages=(10, 10), dexs=("", "xyz"))
    loser, winner = desk.account(1), desk.account(2)
    for account in (loser, winner):
        desk.exchange.deposit(account, 10**12, 1)
    desk.hold(loser, 20.0, market=1)
    desk.hold(winner, -20.0, market=1)
    desk.make_worth(loser, -1.0, dex=1)
    desk.account(89, 10_000.0, Role.LIQUIDATOR)
    poor = desk.account(90, 0.0, Role.LIQUIDATOR, dex=1)
    desk.make_worth(poor, -1.0, dex=1)
    assert fills_of(desk.block(), Method.ADL) == [(loser, winner, 20.0, 100.0)]


def test_liquidating_one_pool_leaves_the_orders_of_the_other_dexs() -> None:
    desk = Desk(leverages=(10, 10), dexs=("", "xyz"))
    account = desk.account(1)
    desk.exchange.deposit(account, 10**12, 1)
    desk.hold(account, 20.0)
    desk.send(desk.order(account, 1.0, 90.0), desk.order(account, 1.0, 90.0, market=1))
    desk.make_worth(account, 90.0)
    desk.block()
    assert desk.exchange.open_orders(account)[:, 2].tolist() == [1]


def test_a_vault_cannot_trade_outside_of_its_dex() -> None:
    desk = Desk(leverages=(10, 10), dexs=("", "xyz"))
    vault = desk.account(90, 1_000.0, Role.LIQUIDATOR, dex=1)
    answers = desk.send(desk.order(vault, 1.0, 90.0), desk.order(vault, 1.0, 90.0, market=1))
    assert [answer[0] for answer in answers] == [Status.NO_MARGIN, Status.RESTING]


def test_fees_of_a_market_follow_its_factor() -> None:
    desk = Desk(leverages=(10, 10), dexs=("", "xyz"), taker_rate=4_500)
    account = desk.account(1, 1_000.0)
    desk.exchange.deposit(account, 1_000 * UUSD, 1)
    desk.exchange.set_fee_factor(1, 150)  # scale 0.5 in growth mode: 1.5 * 0.1
    for market in (0, 1):
        desk.hold(account, 10.0, market=market)
    assert desk.worth(account) == 1_000.0 - 0.45  # 1,000 USD * 0.045 %
    assert desk.worth(account, dex=1) == 1_000.0 - 0.0675
    with pytest.raises(ModelError, match=r"fee factor -1 of B is outside 0\.\.20000"):
        desk.exchange.set_fee_factor(1, -1)


def test_a_delisted_market_is_settled_without_a_fill_and_stands_still() -> None:
    desk = Desk(leverages=(10, 10))
    long, short = desk.account(1, 1_000.0), desk.account(2, 1_000.0)
    desk.exchange.set_leverage(short, 0, 10, is_isolated=True)
    desk.hold(long, 10.0)
    desk.hold(short, -10.0)
    desk.send(desk.order(long, 1.0, 90.0), desk.order(long, 1.0, 90.0, market=1))
    assert desk.exchange.delist(0, round(101.5 * TICK)) == 2
    output = desk.block(A=300.0)
    assert len(output.fills) == 0
    settled = {row[3]: row[5:8] for row in events_of(output, EventKind.SETTLEMENT)}
    assert settled[long] == [1_000, 1_015_000, 15 * UUSD]
    assert settled[short] == [-1_000, 1_015_000, -15 * UUSD]
    assert (desk.worth(long), desk.worth(short), desk.worth(short, 0)) == (1_015.0, 985.0, 0.0)
    assert desk.exchange.open_orders(long)[:, 2].tolist() == [1]
    assert to_snapshot(desk.exchange).mark[0] == 100.0
    assert [answer[0] for answer in desk.send(desk.order(long, 1.0, 90.0))] == [Status.DELISTED]
    assert desk.exchange.markets.rows[0].is_delisted
    with pytest.raises(ModelError, match="A is delisted already"):
        desk.exchange.delist(0)


def test_a_checkpoint_of_several_dexs_goes_on_to_the_same_bits() -> None:
    desk, account = two_dexs(350.0, protects_cross_margin=1)
    desk.account(90, 1_000.0, Role.LIQUIDATOR)
    other = Exchange.restore(desk.exchange.checkpoint())
    for exchange in (desk.exchange, other):
        exchange.set_marks(desk.ticks())
        exchange.step(desk.exchange.time_ms if exchange is other else desk.exchange.time_ms + 100)
    assert other.digest() == desk.exchange.digest()
    assert other.addresses[account] == address(1)
