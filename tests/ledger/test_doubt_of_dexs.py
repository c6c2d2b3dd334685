"""A state is of the dexs it names: doubt lasts until each dex an account is known to be in was read."""

from __future__ import annotations

import numpy as np
import pytest

from liqscape.ledger import Ledger
from liqscape.model import Accounts, MarginTables, Market, Markets, MarketSnapshot, flat_table
from liqscape.model.events import AccountsObserved, GapDetected, MarketDefined, MarksUpdated, TradesPrinted
from liqscape.model.trades import Trades
from liqscape.units import PoolMode

MAIN, OTHER = (
    Market(coin="A", size_decimals=2, max_leverage=40, table_row=0),
    Market(coin="x:B", size_decimals=2, max_leverage=40, table_row=0, dex="x"),
)
TABLES = MarginTables.build([flat_table(40)])
ALICE, BOB = "0x" + "a" * 40, "0x" + "b" * 40


@pytest.fixture
def ledger() -> Ledger:
    made = Ledger()
    list_markets(made, MAIN, OTHER)
    return made


def list_markets(ledger: Ledger, *markets: Market) -> None:
    listed = Markets.build(list(markets))
    ledger.apply(MarketDefined(0, 0, listed, TABLES))
    ledger.apply(MarksUpdated(0, 0, MarketSnapshot.of_marks(listed, 0, np.array([100.0, 10.0]))))


def read(ledger: Ledger, time_ms: int, held: dict[int, float], *dexs: str, mode: PoolMode = PoolMode.CROSS) -> None:
    """A state of Alice: one pool a dex, or one in all."""
    pools = [list(held)] if mode == PoolMode.UNIFIED else [[row] for row in held] or [[]]
    offsets = np.cumsum([0, *map(len, pools)])
    seen = Accounts.build(
        addresses=(ALICE,),
        address_row=[0] * len(pools),
        raw_usd=[500.0] * len(pools),
        offsets=offsets,
        market_index=list(held),
        size=list(held.values()),
        table_row=[0] * len(held),
        mode=[mode] * len(pools),
    )
    ledger.apply(
        AccountsObserved(time_ms=time_ms, received_ns=0, accounts=seen, dexs=dexs, address_ms=np.array([time_ms]))
    )


def trade(ledger: Ledger, market: int, time_ms: int) -> None:
    """Alice buys of Bob."""
    bought = Trades(
        addresses=(ALICE, BOB),
        buyer=np.array([0], np.int32),
        seller=np.array([1], np.int32),
        market_index=np.array([market], np.int32),
        price=np.array([10.0]),
        size=np.array([3.0]),
        is_buyer_taker=np.array([True]),
        time_ms=np.array([time_ms]),
        trade_id=np.array([1]),
    )
    ledger.apply(TradesPrinted(time_ms, 0, bought))


def is_unsure(ledger: Ledger) -> bool:
    watch = ledger.watch()
    return bool(watch.is_unsure[watch.address.index(ALICE)])


def test_after_a_gap_every_dex_in_which_something_is_held_has_to_be_read(ledger: Ledger) -> None:
    read(ledger, 1_000, {0: 2.0}, "")
    read(ledger, 1_000, {1: 5.0}, "x")
    assert not is_unsure(ledger)
    ledger.apply(GapDetected(time_ms=2_000, received_ns=0, from_ms=1_500, market_index=None, reason="connection lost"))
    read(ledger, 3_000, {0: 2.0}, "")
    assert is_unsure(ledger), "what it holds on x is as it was before the gap"
    read(ledger, 3_001, {1: 4.0}, "x")
    assert not is_unsure(ledger)


def test_a_dex_in_which_nothing_is_held_need_not_be_read(ledger: Ledger) -> None:
    read(ledger, 1_000, {0: 2.0}, "")
    read(ledger, 1_000, {}, "x")
    ledger.apply(GapDetected(time_ms=2_000, received_ns=0, from_ms=1_500, market_index=None, reason="connection lost"))
    assert is_unsure(ledger)
    read(ledger, 3_000, {0: 2.0}, "")
    assert not is_unsure(ledger)


def test_who_trades_in_a_dex_that_was_never_read_is_in_doubt_until_it_is(ledger: Ledger) -> None:
    read(ledger, 1_000, {0: 2.0}, "")
    trade(ledger, 0, 1_500)
    assert not is_unsure(ledger)
    trade(ledger, 1, 2_000)
    assert ledger.accounts.market_index.tolist() == [0], "how much it held before nobody knows"
    assert is_unsure(ledger)
    assert ledger.watch().dex_bits.tolist()[0] == 0b11
    read(ledger, 3_000, {0: 2.0}, "")
    assert is_unsure(ledger)
    read(ledger, 3_000, {1: 3.0}, "x")
    assert not is_unsure(ledger)


def test_what_one_state_takes_of_a_pool_over_several_dexs_leaves_doubt_until_the_others_come(ledger: Ledger) -> None:
    read(ledger, 1_000, {0: 2.0, 1: 5.0}, "", "x", mode=PoolMode.UNIFIED)
    read(ledger, 2_000, {0: 2.0}, "", mode=PoolMode.UNIFIED)
    assert ledger.accounts.market_index.tolist() == [0]
    assert is_unsure(ledger)
    read(ledger, 2_500, {0: 2.0, 1: 5.0}, "", "x", mode=PoolMode.UNIFIED)
    assert ledger.accounts.market_index.tolist() == [0, 1]
    assert not is_unsure(ledger)


def test_nobody_is_in_doubt_for_ever_of_a_dex_that_is_no_more(ledger: Ledger) -> None:
    read(ledger, 1_000, {0: 2.0}, "")
    trade(ledger, 1, 2_000)
    assert is_unsure(ledger)
    list_markets(
        ledger, MAIN, Market(coin="x:B", size_decimals=2, max_leverage=40, table_row=0, dex="x", is_delisted=True)
    )
    assert not is_unsure(ledger)
