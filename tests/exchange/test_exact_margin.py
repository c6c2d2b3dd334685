"""Decisions at the boundary are exact, to the micro-USD, also near 64 bits; and they are monotone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from small_exchange import BY_HAND, LOTS, Desk, address, events_of, fills_of, orders_of

from liqscape.exchange.columns import BookKind, EventColumn, EventKind, Method, PoolColumn, Role
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.market_loader import load_accounts
from liqscape.exchange.scale import multiplier_of
from liqscape.model import Accounts, MarginTable, MarginTables, MarginTier, Market, Markets, MarketSnapshot

ODD = MarginTables.build(
    (
        MarginTable(1, (MarginTier(0.0, 50), MarginTier(150_000_000.0, 47), MarginTier(600_000_000.0, 43))),
        MarginTable(2, (MarginTier(0.0, 3),)),
    )
)
"""Rates of 1/100, 1/94, 1/86, 1/6: counted in 1/606,300 micro-USD."""
MARKETS = Markets.build(
    (
        Market(coin="BIG", size_decimals=2, max_leverage=50, table_row=0),
        Market(coin="SMALL", size_decimals=2, max_leverage=3, table_row=1),
    )
)
MARKS = np.array([60_000.0, 0.37])


def exact_maintenance(big: int, small: int) -> Fraction:
    """micro-USD, from the tiers as documented."""
    notional = Fraction(abs(big) * 600_000_000)
    rates = (Fraction(1, 100), Fraction(1, 94), Fraction(1, 86))
    bounds = (0, 150_000_000 * 10**6, 600_000_000 * 10**6)
    deduction, owed = Fraction(0), Fraction(0)
    for tier, (bound, rate) in enumerate(zip(bounds, rates, strict=True)):
        if tier:
            deduction += bound * (rate - rates[tier - 1])
        if notional >= bound:
            owed = notional * rate - deduction
    return owed + Fraction(abs(small) * 3_700, 6)


@pytest.mark.parametrize("share", [Fraction(1), Fraction(2, 3)])
@pytest.mark.parametrize("big", [1, 249_999, 250_000, 250_001, 999_999, 1_000_000, 1_900_003, -1_900_003])
@pytest.mark.parametrize("small", [0, 1, -7])
def test_one_micro_usd_decides_about_liquidation_and_about_the_backstop(share: Fraction, big: int, small: int) -> None:
    assert multiplier_of(ODD) == 606_300
    limit = share * exact_maintenance(big, small)
    at_least = -(-limit.numerator // limit.denominator)
    seen = {}
    for value in (at_least - 1, at_least, at_least + 1):
        exchange = Exchange.build(MARKETS, ODD, BY_HAND, time_ms=0, book_kind=BookKind.AT_MARK, can_trade=False)
        coins = [(0, big / LOTS)] + ([(1, small / LOTS)] if small else [])
        accounts = Accounts.build(
            addresses=(address(1),),
            address_row=[0],
            raw_usd=[0.0],
            offsets=[0, len(coins)],
            market_index=[row[0] for row in coins],
            size=[row[1] for row in coins],
            table_row=[row[0] for row in coins],
        )
        load_accounts(exchange, accounts, MarketSnapshot.of_marks(MARKETS, 0, MARKS))
        exchange.open_account(address(9), 10**15, Role.LIQUIDATOR)
        worth = big * 600_000_000 + small * 3_700
        exchange.state.pool[0, PoolColumn.CASH] = value - worth
        assert int(exchange.pool_margin()[0][0]) == value
        output = exchange.step(100)
        took = len(fills_of(output, Method.BACKSTOP)) > 0
        sent = len(events_of(output, EventKind.LIQUIDATION_ORDER)) > 0
        seen[value - at_least] = took if share < 1 else took or sent
    assert seen == {-1: True, 0: False, 1: False}


def liquidated(exchange: Exchange, fall: float, side: int) -> set[int]:
    """Accounts in any stage at marks moved against `side`: orders, takeover, or worth less than nothing."""
    copy = Exchange.restore(exchange.checkpoint())
    copy.set_marks(np.rint(copy.state.market[:, 8] * (1.0 - side * fall)).astype(np.int64))
    output = copy.step(copy.time_ms + 100)
    kinds = (EventKind.LIQUIDATION_ORDER, EventKind.TAKEOVER, EventKind.DEFICIT)
    found = {row[EventColumn.ACCOUNT] for kind in kinds for row in events_of(output, kind)}
    return found | {row[0] for row in fills_of(output, Method.ADL)}


@pytest.mark.parametrize("side", [1, -1])
def test_a_deeper_fall_of_a_one_sided_book_liquidates_more_and_never_spares_anybody(side: int) -> None:
    rng = np.random.default_rng(5)
    desk = Desk(leverages=(10, 20))
    for number in range(1, 31):
        account = desk.account(number)
        for market in range(2):
            desk.hold(account, side * float(rng.integers(1, 3_000)) / 10, market=market)
        desk.make_worth(account, float(rng.uniform(2_000.0, 20_000.0)))
    before: set[int] = set()
    sizes = []
    for fall in np.linspace(0.0, 0.5, 12):
        now = liquidated(desk.exchange, fall, side)
        assert before <= now
        before = now
        sizes.append(len(now))
    assert sizes[0] < sizes[-1]
    assert len(set(sizes)) > 4


@pytest.mark.parametrize("more", [0.01, 1_000.0, 50_000.0])
def test_more_cash_never_makes_an_account_be_liquidated_earlier(more: float) -> None:
    first = []
    for extra in (0.0, more):
        desk = Desk()
        account = desk.account(1)
        desk.hold(account, 500.0)
        desk.make_worth(account, 6_000.0 + extra)
        first.append(next((step for step in range(60) if orders_of(desk.block(A=100.0 - step))), 60))
    assert first[0] <= first[1]
    assert first[0] < 60


def test_a_position_follows_its_own_margin_table_even_if_the_market_has_a_new_one() -> None:
    tables = MarginTables.build((MarginTable(1, (MarginTier(0.0, 10),)), MarginTable(2, (MarginTier(0.0, 5),))))
    markets = Markets.build((Market(coin="AAA", size_decimals=2, max_leverage=5, table_row=1),))
    exchange = Exchange.build(markets, tables, BY_HAND, time_ms=0, book_kind=BookKind.AT_MARK, can_trade=False)
    accounts = Accounts.build(
        addresses=(address(1), address(2)),
        address_row=[0, 1],
        raw_usd=[-930.0, -930.0],
        offsets=[0, 1, 2],
        market_index=[0, 0],
        size=[10.0, 10.0],
        table_row=[0, 1],
    )
    load_accounts(exchange, accounts, MarketSnapshot.of_marks(markets, 0, np.array([100.0])))
    output = exchange.step(100)  # both are worth 70: maintenance is 50 in the old table, 100 in the new
    assert [row[EventColumn.ACCOUNT] for row in events_of(output, EventKind.LIQUIDATION_ORDER)] == [1]
