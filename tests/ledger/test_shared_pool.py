"""Which pool stands behind a position that is opened: one of the dex, or the one of all dexs."""

from __future__ import annotations

import numpy as np
import pytest

from liqscape.ledger import Ledger
from liqscape.model import Accounts, MarginTables, Market, Markets, MarketSnapshot, flat_table
from liqscape.model.events import AccountsObserved, MarketDefined, MarksUpdated, TradesPrinted
from liqscape.model.trades import Trades
from liqscape.units import PoolMode

MARKETS = Markets.build(
    [
        Market(coin="A", size_decimals=2, max_leverage=40, table_row=0),
        Market(coin="x:B", size_decimals=2, max_leverage=40, table_row=0, dex="x"),
    ]
)
TABLES = MarginTables.build([flat_table(40)])
ALICE, BOB = "0x" + "a" * 40, "0x" + "b" * 40


@pytest.mark.parametrize(
    ("mode", "pools"),
    [(PoolMode.UNIFIED, 1), (PoolMode.PORTFOLIO, 1), (PoolMode.CROSS, 2)],
)
def test_a_position_on_another_dex_joins_the_pool_that_is_of_all_dexs(mode: PoolMode, pools: int) -> None:
    ledger = Ledger()
    ledger.apply(MarketDefined(0, 0, MARKETS, TABLES))
    ledger.apply(MarksUpdated(0, 0, MarketSnapshot.of_marks(MARKETS, 0, np.array([100.0, 10.0]))))
    seen = Accounts.build(
        addresses=(ALICE,),
        address_row=(0,),
        raw_usd=(500.0,),
        offsets=(0, 1),
        market_index=(0,),
        size=(2.0,),
        table_row=(0,),
        mode=(mode,),
    )
    ledger.apply(AccountsObserved(time_ms=1_000, received_ns=0, accounts=seen))
    bought = Trades(
        addresses=(ALICE, BOB),
        buyer=np.array([0], np.int32),
        seller=np.array([1], np.int32),
        market_index=np.array([1], np.int32),
        price=np.array([10.0]),
        size=np.array([3.0]),
        is_buyer_taker=np.array([True]),
        time_ms=np.array([2_000]),
        trade_id=np.array([1]),
    )
    ledger.apply(TradesPrinted(2_000, 0, bought))
    accounts = ledger.accounts
    assert accounts.pool_count == pools
    assert accounts.market_index.tolist() == [0, 1]
    assert accounts.raw_usd[0] < 500.0 - 29.0 if pools == 1 else accounts.raw_usd[0] == 500.0
