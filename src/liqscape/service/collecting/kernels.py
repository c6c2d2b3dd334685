"""Loads what is compiled before it is needed on the event loop: each kernel takes tenths of a second the first time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.heatmap.plan import held_sizes
from liqscape.ledger.address_table import prepare_table
from liqscape.ledger.growth import with_room
from liqscape.ledger.new_tables import FIRST_ROWS, new_tables
from liqscape.model.accounts import Accounts
from liqscape.model.events import (
    AccountsObserved,
    Event,
    FrameDue,
    FundingDue,
    GapDetected,
    MarketDefined,
    MarksUpdated,
    TradesPrinted,
)
from liqscape.model.margin_tables import MarginTables, flat_table
from liqscape.model.markets import Market, Markets, MarketSnapshot
from liqscape.model.trades import Trades
from liqscape.service.answers.changes import frame_changes
from liqscape.service.pipeline import Pipeline
from liqscape.units import HOUR_MS, MarginSource, PoolMode
from liqscape.wire.columns.print_buffers import FIRST_PRINTS
from liqscape.wire.columns.trades import PrintBatch
from liqscape.wire.ws.trades import TradesSubscription

START_MS = 1_000_000
COUNT = 60
"""So many that two of them are few: few that changed are found otherwise than many."""


def load_kernels() -> None:
    """A market of three coins and some accounts lives through one event of each kind that the public API leads to."""
    pipeline = Pipeline(Provenance("api", "two accounts", is_simulated=True, note=""))
    before: Moment | None = None
    for event in small_events():
        moment = pipeline.feed(event)
        if moment is not None:
            held_sizes(moment.accounts, len(moment.frame.snapshot.markets))
            frame_changes(moment.frame if before is None else before.frame, moment.frame, 0)
            before = moment
    pipeline.ledger.take_liquidations()
    pipeline.ledger.watch()
    with_room(new_tables(), positions=2 * FIRST_ROWS, legs=2 * FIRST_ROWS)
    prepare_table()
    _read_prints()


def _read_prints() -> None:
    """One message with more prints than there is room for at first."""
    row = TradesSubscription.example.answer.removeprefix("[").removesuffix("]").replace(", ", ",").replace(": ", ":")
    batch = PrintBatch()
    rows = ",".join([row] * (FIRST_PRINTS + 1))
    batch.add(f'{{"channel":"trades","data":[{rows}]}}'.encode(), {"BTC": 0}, "example")
    batch.take()


def small_market() -> tuple[MarketSnapshot, MarginTables]:
    """Three coins at their marks."""
    coins = [Market(coin=coin, size_decimals=2, max_leverage=10, table_row=0) for coin in "ABC"]
    markets = Markets.build(coins)
    marks = np.array([10.0, 20.0, 5.0])
    return MarketSnapshot.of_marks(markets, START_MS, marks), MarginTables.build([flat_table(10)])


def small_events() -> list[Event]:
    """One event of each kind; with the first four there is a frame."""
    snapshot, tables = small_market()
    markets, coins = snapshot.markets, snapshot.markets.rows
    delisted = Markets.build([*coins[:2], replace(coins[2], is_delisted=True)])
    return [
        MarketDefined(START_MS, 0, markets, tables),
        _marks(markets, START_MS, 10.0, 20.0, 5.0),
        AccountsObserved(
            time_ms=START_MS, received_ns=0, accounts=small_accounts(range(COUNT), START_MS), is_complete=True
        ),
        FrameDue(START_MS, 0),
        _trade(START_MS + 20),
        # A state of before a print: the print goes on top of it again.
        AccountsObserved(
            time_ms=START_MS + 30,
            received_ns=0,
            accounts=small_accounts(range(2), START_MS + 10),
            dexs=("",),
            address_ms=np.full(2, START_MS + 10),
        ),
        FrameDue(START_MS + 40, 0),
        _marks(markets, START_MS + 50, 10.0, 20.0, 5.0),
        FrameDue(START_MS + 50, 0),
        _marks(markets, START_MS + 60, 10.0, 20.0, 5.1),
        FrameDue(START_MS + 60, 0),
        _marks(markets, START_MS + 70, 10.1, 20.2, 5.2),
        FrameDue(START_MS + 70, 0),
        GapDetected(time_ms=START_MS + 80, received_ns=0, from_ms=START_MS, market_index=None, reason="made up"),
        FundingDue(HOUR_MS, 0, np.full(3, 1e-5), np.array([10.0, 20.0, 5.0])),
        MarketDefined(HOUR_MS + 1, 0, delisted, tables),
    ]


def _marks(markets: Markets, time_ms: int, *prices: float) -> MarksUpdated:
    return MarksUpdated(time_ms, 0, MarketSnapshot.of_marks(markets, time_ms, np.array(prices)))


def small_accounts(rows: range, observed_ms: int) -> Accounts:
    """Addresses of so many rows. Everybody holds A and B, the first two C as well."""
    held = [3 if row < 2 else 2 for row in rows]
    return Accounts.build(
        addresses=[f"0x{row:040x}" for row in rows],
        address_row=list(rows),
        raw_usd=[500.0] * len(rows),
        offsets=np.concatenate(([0], np.cumsum(held))),
        market_index=[market for count in held for market in range(count)],
        size=[(1.0, -2.0, 3.0)[market] for count in held for market in range(count)],
        table_row=[0] * sum(held),
        margin_source=np.full(len(rows), MarginSource.STATE),
        mode=np.full(len(rows), PoolMode.CROSS),
        is_exempt=np.zeros(len(rows), np.bool_),
        observed_ms=np.full(len(rows), observed_ms),
    )


def _trade(time_ms: int) -> TradesPrinted:
    row, one = np.zeros(1, np.int32), np.ones(1)
    users = tuple(f"0x{number:040x}" for number in range(2))
    times = np.array([time_ms], np.int64)
    return TradesPrinted(
        time_ms,
        0,
        Trades(
            addresses=users,
            buyer=row,
            seller=row + np.int32(1),
            market_index=row,
            price=10.0 * one,
            size=one,
            is_buyer_taker=one == 1.0,
            time_ms=times,
            trade_id=times,
        ),
    )
