"""Through the product's own pipeline: prints and mids that wick through a cluster sweep nothing, one mark does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from swept_minutes import COIN, INDEX, MARKETS, START_MS, TABLES, make_cluster, raw_usd_of

from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.insight.minute import AddressKeys, Minute
from liqscape.insight.records import SweepState
from liqscape.insight.sweeps import SweepRows, SweepTracker
from liqscape.model import Accounts, MarketSnapshot
from liqscape.model.events import (
    AccountsObserved,
    Event,
    FrameDue,
    MarketDefined,
    MarksUpdated,
    MidsObserved,
    TradesPrinted,
)
from liqscape.model.trades import Trades
from liqscape.risk.liquidation import solve_liquidation
from liqscape.service.pipeline import Pipeline
from liqscape.units import MINUTE_MS, Side

OWNER, BUYER, SELLER = "0x01", "0x02", "0x03"
CLUSTER = (make_cluster("longs", Side.LONG, 99.0, 100.0),)
KEYS = AddressKeys()


def marks(at_ms: int, mark: float) -> Event:
    return MarksUpdated(START_MS + at_ms, 0, MarketSnapshot.of_marks(MARKETS, START_MS + at_ms, np.array([20.0, mark])))


def mids(at_ms: int, mid: float) -> Event:
    return MidsObserved(START_MS + at_ms, 0, np.array([20.0, mid]))


def print_at(at_ms: int, price: float) -> Event:
    trades = Trades(
        addresses=(BUYER, SELLER),
        buyer=np.array([0], np.int32),
        seller=np.array([1], np.int32),
        market_index=np.array([INDEX], np.int32),
        price=np.array([price]),
        size=np.array([1.0]),
        is_buyer_taker=np.array([False]),
        time_ms=np.array([START_MS + at_ms]),
        trade_id=np.array([at_ms]),
    )
    return TradesPrinted(START_MS + at_ms, 0, trades)


def begun() -> list[Event]:
    accounts = Accounts.build(
        addresses=(OWNER,),
        address_row=[0],
        raw_usd=[raw_usd_of(10.0, 99.5)],
        offsets=[0, 1],
        market_index=[INDEX],
        size=[10.0],
        table_row=[0],
        observed_ms=[START_MS],
    )
    observed = AccountsObserved(time_ms=START_MS, received_ns=0, accounts=accounts, is_complete=True)
    return [MarketDefined(START_MS, 0, MARKETS, TABLES), marks(0, 102.0), observed, FrameDue(START_MS, 0)]


def last_of(minute: Sequence[Event]) -> SweepRows:
    """What the minute after the first frame says."""
    pipeline = Pipeline(Provenance("api", "made up", True, ""), with_bands=False)
    tracker, before, found = SweepTracker(COIN), None, SweepRows()
    for event in [*begun(), *minute, FrameDue(START_MS + MINUTE_MS, 0)]:
        moment = pipeline.feed(event)
        if moment is not None:
            now = minute_of(moment, is_gap=before is None)
            found, before = tracker.advance(before, now, INDEX, CLUSTER), now
    return found


def minute_of(moment: Moment, *, is_gap: bool) -> Minute:
    snapshot, accounts = moment.frame.snapshot, moment.accounts
    return Minute(
        snapshot=snapshot,
        accounts=accounts,
        tables=moment.tables,
        level=solve_liquidation(accounts, snapshot, moment.tables).price,
        key=KEYS.of(accounts.addresses),
        notes=moment.notes,
        is_gap=is_gap,
    )


def test_only_the_last_price_wicks_through_a_band_and_leaves_it_untouched() -> None:
    wick = [marks(3_000, 101.0), print_at(4_000, 97.0), mids(4_000, 97.0), marks(6_000, 101.5)]
    assert last_of(wick).states == {}


def test_one_mark_between_two_frames_is_a_sweep() -> None:
    dip = [marks(3_000, 101.0), marks(6_000, 98.5), marks(9_000, 101.5)]
    standing = last_of(dip).states["longs"]
    assert (standing.state, standing.extreme_mark) == (SweepState.LEFT, 98.5)
    assert (standing.entered_ms, standing.crossed_ms) == (START_MS + 6_000, START_MS + 6_000)
    assert standing.left_ms == START_MS + 9_000
