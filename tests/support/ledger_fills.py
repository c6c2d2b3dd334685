"""Short words for prints and fills in tests of the ledger."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.model import Accounts, MarginTables, Market, Markets, MarketSnapshot, flat_table
from liqscape.model.events import AccountsObserved, FillsObserved, MarketDefined, MarksUpdated, TradesPrinted
from liqscape.model.liquidations import LiquidationMethod
from liqscape.model.trades import NO_ADDRESS, Fills, Trades
from liqscape.units import PoolMode

TABLES = MarginTables.build([flat_table(10)])
"""Maintenance is 5 % of notional."""
MARKETS = Markets.build(
    [
        Market(coin="A", size_decimals=2, max_leverage=10, table_row=0),
        Market(coin="B", size_decimals=2, max_leverage=10, table_row=0),
    ]
)
ALICE, BOB, CAROL = ("0x" + letter * 40 for letter in "abc")
NOW = 1_000_000


class Held(NamedTuple):
    """One cross pool: address, raw USD, {market: size}."""

    address: str
    raw_usd: float
    size: dict[int, float]


class Row(NamedTuple):
    """One side of a fill; `victim` the liquidated address."""

    user: str
    market: int
    size: float
    price: float
    start: float
    trade_id: int
    time_ms: int = NOW + 10
    victim: str | None = None
    method: LiquidationMethod = LiquidationMethod.NONE
    fee: float = 0.0
    mark: float = np.nan
    is_deleveraged: bool = False


def defined() -> MarketDefined:
    return MarketDefined(0, 0, MARKETS, TABLES)


def marks(a: float, b: float = 10.0, time_ms: int = NOW) -> MarksUpdated:
    return MarksUpdated(time_ms, 0, MarketSnapshot.of_marks(MARKETS, time_ms, np.array([a, b])))


def states(
    *held: Held, time_ms: int = NOW, mode: PoolMode = PoolMode.CROSS, is_exempt: bool = False
) -> AccountsObserved:
    offsets = np.concatenate(([0], np.cumsum([len(each.size) for each in held])))
    seen = Accounts.build(
        addresses=[each.address for each in held],
        address_row=range(len(held)),
        raw_usd=[each.raw_usd for each in held],
        offsets=offsets,
        market_index=[market for each in held for market in each.size],
        size=[size for each in held for size in each.size.values()],
        table_row=[0] * int(offsets[-1]),
        mode=[mode] * len(held),
        is_exempt=[is_exempt] * len(held),
        observed_ms=[time_ms] * len(held),
    )
    return AccountsObserved(time_ms=time_ms, received_ns=0, accounts=seen, address_ms=np.full(len(held), time_ms))


def prints(*rows: tuple[str, str, int, float, float, bool, int, int]) -> TradesPrinted:
    """(buyer, seller, market, size, price, is_buyer_taker, time_ms, trade_id)."""
    addresses = tuple(sorted({name for row in rows for name in row[:2]}))
    columns = list(zip(*rows, strict=True))
    trades = Trades(
        addresses=addresses,
        buyer=np.array([addresses.index(name) for name in columns[0]], np.int32),
        seller=np.array([addresses.index(name) for name in columns[1]], np.int32),
        market_index=np.array(columns[2], np.int32),
        price=np.array(columns[4], np.float64),
        size=np.array(columns[3], np.float64),
        is_buyer_taker=np.array(columns[5], np.bool_),
        time_ms=np.array(columns[6], np.int64),
        trade_id=np.array(columns[7], np.int64),
    )
    return TradesPrinted(max(columns[6]), 0, trades)


def fills(*rows: Row) -> FillsObserved:
    names = {row.user for row in rows} | {row.victim for row in rows if row.victim is not None}
    addresses = tuple(sorted(names))
    place = {name: number for number, name in enumerate(addresses)}
    columns = Fills(
        addresses=addresses,
        user=np.array([place[row.user] for row in rows], np.int32),
        market_index=np.array([row.market for row in rows], np.int32),
        price=np.array([row.price for row in rows]),
        size=np.array([row.size for row in rows]),
        start_position=np.array([row.start for row in rows]),
        fee=np.array([row.fee for row in rows]),
        is_taker=np.array([True for _ in rows]),
        time_ms=np.array([row.time_ms for row in rows], np.int64),
        trade_id=np.array([row.trade_id for row in rows], np.int64),
        liquidated=np.array([NO_ADDRESS if row.victim is None else place[row.victim] for row in rows], np.int32),
        method=np.array([row.method for row in rows], np.uint8),
        trigger_mark=np.array([row.mark for row in rows]),
        is_deleveraged=np.array([row.is_deleveraged for row in rows], np.bool_),
    )
    return FillsObserved(max(row.time_ms for row in rows), 0, columns)
