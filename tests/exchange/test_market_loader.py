"""A whole market in natural units becomes an exchange: same values, same margins, nothing unknown made up."""

from __future__ import annotations

import numpy as np
import pytest
from exchange_invariants import Watch
from populations import TABLES, make_accounts

from liqscape.errors import ModelError
from liqscape.exchange.columns import NO_ROW, BookKind, ClockColumn, MarketColumn, PoolColumn, Role
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.market_loader import REST_ADDRESS, load_accounts
from liqscape.exchange.rules import MarkSource, Rules
from liqscape.model import Accounts, Markets, MarketSnapshot
from liqscape.model import Market as ModelMarket
from liqscape.risk.margin import pool_margin
from liqscape.units import PoolMode

MARKETS = Markets.build(
    ModelMarket(
        coin=f"C{row}",
        size_decimals=row % 4,
        max_leverage=TABLES.tables[row % len(TABLES)].max_leverage,
        table_row=row % len(TABLES),
    )
    for row in range(6)
)
MARKS = np.array([0.51, 3.25, 44.0, 910.5, 2.75, 12_345.5])
SNAPSHOT = MarketSnapshot.of_marks(MARKETS, 1_000, MARKS)
RULES = Rules(mark_source=MarkSource.GIVEN, mark_period_ms=1)


def empty() -> Exchange:
    return Exchange.build(MARKETS, TABLES, RULES, time_ms=1_000, book_kind=BookKind.AT_MARK, can_trade=False)


@pytest.mark.parametrize("seed", range(4))
def test_every_known_pool_keeps_its_value_and_its_liquidatable_state(seed: int) -> None:
    accounts = make_accounts(seed, SNAPSHOT, 300)
    exchange = empty()
    report = load_accounts(exchange, accounts, SNAPSHOT)
    value, maintenance = exchange.pool_margin()
    margin = pool_margin(accounts, SNAPSHOT, TABLES)
    known = np.flatnonzero(report.pool_row != NO_ROW)
    assert report.left_out_count == len(report.pool_row) - len(known) == np.count_nonzero(np.isnan(accounts.raw_usd))
    rows = report.pool_row[known]
    np.testing.assert_allclose(value[rows] / 1e6, margin.account_value[known], rtol=0.0, atol=1e-6)
    multiplier = int(exchange.state.clock[ClockColumn.MULTIPLIER])
    lot = 10.0 ** -np.array([market.size_decimals for market in MARKETS.rows])
    coarse = np.bincount(accounts.pool_of_position(), (lot * MARKS)[accounts.market_index], accounts.pool_count)[known]
    assert (np.abs(maintenance[rows] / multiplier / 1e6 - margin.maintenance_margin[known]) <= coarse + 1e-6).all()
    is_agreed = np.abs(margin.account_value - margin.maintenance_margin)[known] > coarse + 1e-6
    exact = value[rows].astype(object) * multiplier < maintenance[rows]
    assert (exact == margin.is_liquidatable[known])[is_agreed].all()
    assert is_agreed.sum() > 100


@pytest.mark.parametrize("seed", range(3))
def test_invariants_hold_from_the_first_block_on(seed: int) -> None:
    exchange = empty()
    report = load_accounts(exchange, make_accounts(seed, SNAPSHOT, 200), SNAPSHOT)
    exchange.open_account("0x" + "b" * 40, 50_000 * 10**6, Role.LIQUIDATOR)
    watch = Watch(exchange)
    watch.sums_and_books_are_sound()
    rest = exchange.account_row(REST_ADDRESS)
    assert rest is not None
    held = {int(row[0]): int(row[1]) for row in exchange.positions_of(exchange.cross_pool(rest))}
    assert [held.get(market, 0) for market in range(len(MARKETS))] == report.residual_lots.tolist()
    for step in range(1, 30):
        exchange.set_marks(
            np.rint(exchange.state.market[:, MarketColumn.MARK] * (1.02 if step % 3 else 0.95)).astype(np.int64)
        )
        watch.before()
        output = exchange.step(1_000 + 1_000 * step)
        watch.sums_and_books_are_sound()
        watch.the_uninvolved_keep_their_money(output.fills)
        watch.forced_fills_reduce(output.fills)
        watch.map_and_engine_agree()
        if len(output.events):
            watch.orders_follow_the_slices(output.events)
    assert watch.seen["whole"] + watch.seen["slices"] > 10


def test_pools_with_unknown_cash_or_an_unknown_mark_are_left_out_and_counted() -> None:
    accounts = Accounts.build(
        addresses=("0x" + "1" * 40, "0x" + "2" * 40, "0x" + "3" * 40),
        address_row=[0, 1, 2],
        raw_usd=[1_000.0, np.nan, 1_000.0],
        offsets=[0, 1, 2, 3],
        market_index=[0, 1, 2],
        size=[10.0, -1.0, 2.0],
        table_row=[0, 1, 2],
    )
    marks = MARKS.copy()
    marks[2] = np.nan
    exchange = empty()
    report = load_accounts(exchange, accounts, MarketSnapshot.of_marks(MARKETS, 1_000, marks))
    assert report.pool_row.tolist() == [0, NO_ROW, NO_ROW]
    assert report.left_out_count == 2
    assert report.residual_lots.tolist() == [-10, 0, 0, 0, 0, 0]


def test_exempt_accounts_are_outside_of_liquidation() -> None:
    accounts = Accounts.build(
        addresses=("0x" + "1" * 40, "0x" + "2" * 40),
        address_row=[0, 1],
        raw_usd=[-9_000.0, -9_000.0],
        offsets=[0, 1, 2],
        market_index=[3, 3],
        size=[10.0, 10.0],
        table_row=[3, 3],
        is_exempt=[True, False],
    )
    exchange = empty()
    load_accounts(exchange, accounts, SNAPSHOT)
    output = exchange.step(2_000)
    assert {int(row[5]) for row in output.fills} | {int(row[6]) for row in output.fills} == {1, 2}


def test_isolated_pools_join_the_account_of_their_address() -> None:
    accounts = Accounts.build(
        addresses=("0x" + "1" * 40,),
        address_row=[0, 0, 0],
        raw_usd=[500.0, 100.0, 200.0],
        offsets=[0, 1, 2, 3],
        market_index=[0, 1, 2],
        size=[10.0, 1.0, 2.0],
        table_row=[0, 1, 2],
        mode=[PoolMode.CROSS, PoolMode.ISOLATED, PoolMode.ISOLATED],
    )
    exchange = empty()
    report = load_accounts(exchange, accounts, SNAPSHOT)
    assert exchange.pools_of(0) == [report.pool_row[0], *sorted(report.pool_row[1:].tolist())]
    assert [int(exchange.state.pool[row, PoolColumn.ISOLATED_MARKET]) for row in report.pool_row] == [NO_ROW, 1, 2]


def test_only_an_empty_exchange_of_the_same_markets_is_loaded() -> None:
    accounts = make_accounts(1, SNAPSHOT, 10)
    exchange = empty()
    load_accounts(exchange, accounts, SNAPSHOT)
    with pytest.raises(ModelError, match="already has"):
        load_accounts(exchange, accounts, SNAPSHOT)
    others = Markets.build((ModelMarket(coin="XYZ", size_decimals=2, max_leverage=10, table_row=0),))
    with pytest.raises(ModelError, match="other markets"):
        load_accounts(empty(), accounts, MarketSnapshot.of_marks(others, 0, np.array([1.0])))


def test_amounts_beyond_what_integers_hold_are_refused() -> None:
    huge = Accounts.build(
        addresses=("0x" + "1" * 40,),
        address_row=[0],
        raw_usd=[1e12],
        offsets=[0, 1],
        market_index=[0],
        size=[1.0],
        table_row=[0],
    )
    with pytest.raises(ModelError, match="more than the exchange can count"):
        load_accounts(empty(), huge, SNAPSHOT)
