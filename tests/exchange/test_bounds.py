"""What the exchange cannot count in 64 bits is refused by name, never counted wrong."""

from __future__ import annotations

import numpy as np
import pytest
from small_exchange import address

from liqscape.errors import ModelError
from liqscape.exchange.columns import BookKind, RequestColumn
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.market_loader import load_accounts
from liqscape.exchange.scale import largest_notional, multiplier_of, scaled_tiers
from liqscape.model import Accounts, MarginTables, Market, Markets, MarketSnapshot, flat_table

ODD = MarginTables.build([flat_table(50), flat_table(47), flat_table(43), flat_table(3)])
USUAL = MarginTables.build(
    [flat_table(40), flat_table(25), flat_table(20), flat_table(10), flat_table(5), flat_table(3)]
)
MARKETS = Markets.build(
    (
        Market(coin="BIG", size_decimals=2, max_leverage=50, table_row=0),
        Market(coin="THIRD", size_decimals=2, max_leverage=3, table_row=3),
    )
)


def test_usual_tables_count_to_nine_billion_and_odd_ones_less() -> None:
    assert multiplier_of(ODD) == 606_300
    assert (largest_notional(scaled_tiers(USUAL, multiplier_of(USUAL))) == 2**53).all()
    most = largest_notional(scaled_tiers(ODD, multiplier_of(ODD)))
    assert most[3] < most[0] < 2**53


def test_a_position_too_large_to_count_is_refused_when_loaded() -> None:
    exchange = Exchange.build(MARKETS, ODD, time_ms=0, book_kind=BookKind.AT_MARK, can_trade=False)
    accounts = Accounts.build(
        addresses=(address(1),),
        address_row=[0],
        raw_usd=[1e9],
        offsets=[0, 1],
        market_index=[1],
        size=[2_000.0],
        table_row=[3],
    )
    with pytest.raises(ModelError, match=f"{address(1)} holds 200000000 USD"):
        load_accounts(exchange, accounts, MarketSnapshot.of_marks(MARKETS, 0, np.array([1.0, 100_000.0])))


def test_an_order_too_large_to_count_is_refused() -> None:
    exchange = Exchange.build(MARKETS, ODD, time_ms=0)
    exchange.start_prices(np.array([10_000, 1_000_000_000]))
    exchange.open_account(address(1), 10**15)
    row = np.zeros((1, RequestColumn.WIDTH), np.int64)
    row[0, [RequestColumn.MARKET, RequestColumn.SIDE, RequestColumn.PRICE, RequestColumn.LOTS]] = (
        1,
        1,
        1_000_000_000,
        200_000,
    )
    with pytest.raises(ModelError, match="more than the exchange can count"):
        exchange.step(100, row)
