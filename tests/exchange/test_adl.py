"""Auto-deleveraging, worked by hand: who is cut, in which order, at which price, and who pays."""

from __future__ import annotations

import pytest
from small_exchange import Desk, events_of, fills_of

from liqscape.exchange.columns import EventColumn, EventKind, FillColumn, Method, Role
from liqscape.exchange.rules import AdlPrice, AdlScore, CheckOn


def with_loser(coins: float, worth_usd: float = -100.0, **rules: object) -> tuple[Desk, int]:
    """One account under water."""
    desk = Desk(leverages=(10, 10), **rules)
    loser = desk.account(1)
    desk.hold(loser, coins)
    desk.make_worth(loser, worth_usd)
    return desk, loser


def winner(desk: Desk, number: int, coins: float, entry: float, worth_usd: float, role: int = Role.USER) -> int:
    """A holder with an entry price and an account value."""
    account = desk.account(number, role=role)
    desk.hold(account, coins, price=entry)
    desk.make_worth(account, worth_usd)
    return account


TABLE = (
    # number, coins, entry, worth        L      r (profit / entry)   L r      mark/entry L   entry/mark L   at mark 100
    (2, -100.0, 110.0, 4_000.0),  # 2.5    0.0909               0.227    2.27           2.75
    (3, -100.0, 102.0, 1_000.0),  # 10     0.0196               0.196    9.80           10.2
    (4, -100.0, 125.0, 20_000.0),  # 0.5   0.2                  0.1      0.4            0.625
    (5, -100.0, 200.0, 5_000.0),  # 2      0.5                  1        1              4
    (6, -100.0, 95.0, 600.0),  # 16.7      -0.0526 (a loss)     -        17.5           15.8
)


@pytest.mark.parametrize(
    ("score", "order"),
    [
        (AdlScore.BINARY, [5, 2, 3, 4, 6]),
        (AdlScore.DOCUMENTED, [3, 2, 5, 4, 6]),
        (AdlScore.SYMMETRIC, [3, 5, 2, 4, 6]),
    ],
)
def test_shorts_are_cut_in_the_order_of_the_score_and_those_without_profit_last(
    score: AdlScore, order: list[int]
) -> None:
    desk, loser = with_loser(500.0, adl_score=score)
    rows = {winner(desk, *row): row[0] for row in TABLE}
    fills = fills_of(desk.block(), Method.ADL)
    assert [rows[row[1]] for row in fills] == order
    assert desk.coins(loser) == 0.0
    assert all(row[2:] == (100.0, 100.0) for row in fills)


@pytest.mark.parametrize(
    ("score", "order"),
    [
        # L 0.5, 2, 10; profit / entry 0.25, 0.11, 0.01: L r 0.125, 0.222, 0.101; mark / entry * L 0.625, 2.2, 10.1
        (AdlScore.BINARY, [3, 2, 4]),
        (AdlScore.DOCUMENTED, [4, 3, 2]),
        (AdlScore.SYMMETRIC, [4, 3, 2]),
    ],
)
def test_longs_are_cut_in_the_order_of_the_score(score: AdlScore, order: list[int]) -> None:
    desk, _ = with_loser(-300.0, adl_score=score)
    table = ((2, 100.0, 80.0, 20_000.0), (3, 100.0, 90.0, 5_000.0), (4, 100.0, 99.0, 1_000.0))
    rows = {winner(desk, *row): row[0] for row in table}
    assert [rows[row[1]] for row in fills_of(desk.block(), Method.ADL)] == order


def test_scores_and_ranks_are_logged_with_the_fills() -> None:
    desk, loser = with_loser(250.0)
    for row in TABLE:
        winner(desk, *row)
    output = desk.block()
    rows = output.fills[output.fills[:, FillColumn.METHOD] == Method.ADL]
    assert rows[:, FillColumn.SCORE_RANK].tolist() == [0, 1, 2]
    expected = [2.0 * 0.5, 2.5 / 11.0, 10.0 * 2.0 / 102.0]
    assert rows[:, FillColumn.SCORE].tolist() == pytest.approx([1e9 * score for score in expected], rel=1e-7)
    assert (rows[:, FillColumn.LIQUIDATED] == loser).all()
    assert len(set(rows[:, FillColumn.ADL_BATCH].tolist())) == 1


def test_only_the_last_winner_is_cut_in_part() -> None:
    desk, loser = with_loser(230.0)
    accounts = [winner(desk, *row) for row in TABLE]
    assert [row[2] for row in fills_of(desk.block(), Method.ADL)] == [100.0, 100.0, 30.0]
    assert [desk.coins(account) for account in accounts] == [0.0, -70.0, -100.0, 0.0, -100.0]
    assert desk.coins(loser) == 0.0


def test_ties_are_broken_by_address() -> None:
    desk, _ = with_loser(150.0)
    later = winner(desk, 7, -100.0, 110.0, 4_000.0)
    earlier = winner(desk, 3, -100.0, 110.0, 4_000.0)
    assert [(row[1], row[2]) for row in fills_of(desk.block(), Method.ADL)] == [(earlier, 100.0), (later, 50.0)]


def test_several_losers_eat_one_queue_in_the_order_of_their_addresses() -> None:
    desk, first = with_loser(130.0)
    last = desk.account(8)
    middle = desk.account(7)
    for account in (last, middle):
        desk.hold(account, 60.0)
        desk.make_worth(account, -5.0)
    for row in TABLE:
        winner(desk, *row)
    output = desk.block()
    assert [(row[0], row[2]) for row in fills_of(output, Method.ADL)] == [
        (first, 100.0), (first, 30.0), (middle, 60.0), (last, 10.0), (last, 50.0),
    ]  # fmt: skip
    assert len({row[FillColumn.ADL_BATCH] for row in output.fills.tolist()}) == 1
    assert len({row[FillColumn.TRANSACTION] for row in output.fills.tolist()}) == 3


@pytest.mark.parametrize(
    ("rule", "price"), [(AdlPrice.PREVIOUS_MARK, 100.0), (AdlPrice.PREVIOUS_ORACLE, 100.0), (AdlPrice.MARK, 80.0)]
)
def test_the_price_is_the_previous_mark_and_winner_and_loser_exchange_it_to_the_cent(
    rule: AdlPrice, price: float
) -> None:
    desk = Desk(adl_price=rule)
    loser, gainer = desk.account(1), desk.account(2)
    desk.hold(loser, 100.0)
    desk.hold(gainer, -100.0)
    desk.make_worth(loser, 1_000.0)
    desk.make_worth(gainer, 5_000.0)
    output = desk.block(A=80.0)
    assert fills_of(output, Method.ADL) == [(loser, gainer, 100.0, price)]
    assert desk.worth(loser) == 1_000.0 - 100.0 * (100.0 - price)
    assert desk.worth(gainer) == 5_000.0 + 100.0 * (100.0 - price)
    row = output.fills[0]
    assert row[FillColumn.SELLER_PNL] + row[FillColumn.BUYER_PNL] == 0
    assert row[FillColumn.BUYER_FEE] == row[FillColumn.SELLER_FEE] == 0


def test_the_oracle_of_before_is_not_the_mark_of_before() -> None:
    desk = Desk(adl_price=AdlPrice.PREVIOUS_ORACLE)
    loser, gainer = desk.account(1), desk.account(2)
    desk.hold(loser, 100.0)
    desk.hold(gainer, -100.0)
    desk.make_worth(loser, 1_000.0)
    desk.exchange.set_marks(desk.ticks())
    desk.exchange.set_oracle(desk.ticks() * 2)
    desk.exchange.step(desk.exchange.time_ms + 100)
    assert fills_of(desk.block(A=80.0), Method.ADL) == [(loser, gainer, 100.0, 200.0)]


def test_a_value_of_exactly_nothing_is_not_deleveraged() -> None:
    desk, loser = with_loser(100.0, 0.0)
    winner(desk, *TABLE[0])
    assert fills_of(desk.block(), Method.ADL) == []
    desk.make_worth(loser, -0.000001)
    assert len(fills_of(desk.block(), Method.ADL)) == 1


def test_winners_without_profit_are_spared_where_the_rule_says_so_and_the_deficit_is_reported() -> None:
    desk, loser = with_loser(200.0, -250.0, adl_allows_losers=0)
    spared = winner(desk, *TABLE[4])
    cut = winner(desk, *TABLE[0])
    output = desk.block()
    assert [row[1] for row in fills_of(output, Method.ADL)] == [cut]
    assert desk.coins(spared) == -100.0
    assert desk.coins(loser) == 100.0
    assert [[row[EventColumn.ACCOUNT], row[EventColumn.A]] for row in events_of(output, EventKind.DEFICIT)] == [
        [loser, 250 * 10**6]
    ]


def test_a_deficit_stays_as_debt_and_nobody_without_a_position_pays_it() -> None:
    desk, loser = with_loser(100.0, -250.0)
    idle = desk.account(50, 1_000.0)
    gainer = winner(desk, *TABLE[0])
    output = desk.block()
    assert desk.worth(loser) == -250.0
    assert desk.worth(idle) == 1_000.0
    assert desk.worth(gainer) == 4_000.0
    assert len(events_of(output, EventKind.DEFICIT)) == 1


def test_those_under_water_and_the_street_are_never_winners() -> None:
    desk, _ = with_loser(100.0)
    drowned = winner(desk, 2, -300.0, 90.0, -10.0)
    gainer = winner(desk, 3, -50.0, 110.0, 4_000.0)
    long_gainer = winner(desk, 4, 300.0, 90.0, 40_000.0)
    fills = fills_of(desk.block(), Method.ADL)
    assert sorted({(row[0], row[1]) for row in fills}) == sorted({(1, gainer), (drowned, long_gainer)})
    assert desk.coins(1) == 50.0, "the street holds the rest and is not asked"


@pytest.mark.parametrize("rule", [0, 1])
def test_liquidators_are_winners_only_by_the_rule(rule: int) -> None:
    desk = Desk(isolated_only=(0,), adl_includes_vaults=rule)  # no backstop, or the vault would take the loser over
    loser, vault, user = desk.account(1), desk.account(2, role=Role.LIQUIDATOR), desk.account(3)
    for account in (loser, user):
        desk.exchange.set_leverage(account, 0, 10, is_isolated=True)
    desk.hold(loser, 100.0)
    desk.make_worth(loser, -100.0, market=0)
    desk.hold(vault, -100.0, price=150.0)
    desk.make_worth(vault, 1_000.0)
    desk.hold(user, -100.0, price=110.0)
    assert [row[1] for row in fills_of(desk.block(), Method.ADL)] == [vault if rule else user]


def test_a_vault_under_water_is_deleveraged_like_anybody() -> None:
    desk = Desk()
    vault = desk.account(1, role=Role.LIQUIDATOR)
    desk.hold(vault, 100.0)
    desk.make_worth(vault, -1.0)
    gainer = winner(desk, *TABLE[0])
    assert fills_of(desk.block(), Method.ADL) == [(vault, gainer, 100.0, 100.0)]


def test_both_sides_of_a_market_and_every_market_are_batches_of_their_own() -> None:
    desk, loser = with_loser(100.0)
    desk.make_worth(loser, 10_000.0)
    desk.hold(loser, -100.0, market=1)
    desk.make_worth(loser, -1.0)
    other = winner(desk, 2, -100.0, 100.0, -1.0)
    winner(desk, 3, 300.0, 90.0, 10_000.0)
    winner(desk, 4, -300.0, 110.0, 10_000.0)
    third = desk.account(5)
    desk.hold(third, 300.0, market=1)
    output = desk.block()
    rows = output.fills[output.fills[:, FillColumn.METHOD] == Method.ADL]
    batches = {
        (int(row[FillColumn.MARKET]), int(row[FillColumn.LIQUIDATED])): int(row[FillColumn.ADL_BATCH]) for row in rows
    }
    assert set(batches) == {(0, loser), (0, other), (1, loser)}
    assert len(set(batches.values())) == 3


def test_water_filling_cuts_everybody_down_to_one_leverage() -> None:
    """Leverages 10, 5, 2 on 1,000 USD each, 90 coins to close: the cut-off is 3, which takes 70, 20 and nothing."""
    desk, _ = with_loser(90.0, adl_score=AdlScore.WATER_FILLING)
    accounts = [
        winner(desk, 2, -20.0, 100.0, 1_000.0),
        winner(desk, 3, -50.0, 100.0, 1_000.0),
        winner(desk, 4, -100.0, 100.0, 1_000.0),
    ]
    fills = fills_of(desk.block(), Method.ADL)
    assert [(row[1], row[2]) for row in fills] == [(accounts[2], 70.0), (accounts[1], 20.0)]
    assert [abs(desk.coins(account)) * 100.0 / 1_000.0 for account in accounts] == [2.0, 3.0, 3.0]


def test_water_filling_reaches_the_low_leverage_only_when_the_high_is_down_to_it() -> None:
    desk, _ = with_loser(140.0, adl_score=AdlScore.WATER_FILLING)
    accounts = [
        winner(desk, 2, -20.0, 100.0, 1_000.0),
        winner(desk, 3, -50.0, 100.0, 1_000.0),
        winner(desk, 4, -100.0, 100.0, 1_000.0),
    ]
    desk.block()
    assert [desk.coins(account) for account in accounts] == [-10.0, -10.0, -10.0]


def test_deleveraging_waits_for_the_next_mark_even_where_accounts_are_checked_at_every_block() -> None:
    desk, loser = with_loser(100.0, check_on=CheckOn.BLOCK, mark_period_ms=3_000)
    winner(desk, *TABLE[0])
    assert len(desk.block(100).fills) == 0
    assert len(desk.block(2_900).fills) == 1
    assert desk.coins(loser) == 0.0


def test_an_isolated_winner_gets_its_margin_and_profit_back() -> None:
    desk, loser = with_loser(100.0)
    gainer = desk.account(2)
    desk.exchange.set_leverage(gainer, 0, 10, is_isolated=True)
    desk.hold(gainer, -100.0, price=110.0)
    cross, pocket = desk.worth(gainer), desk.worth(gainer, 0)
    assert fills_of(desk.block(), Method.ADL) == [(loser, gainer, 100.0, 100.0)]
    assert desk.worth(gainer) == cross + pocket
    assert desk.worth(gainer, 0) == 0.0
