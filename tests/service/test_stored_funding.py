"""An hour's funding through the pipeline is predicted by the history to the bit: no account is written for it."""

from __future__ import annotations

import numpy as np
from small_market import SmallMarket

from liqscape.heatmap.frame import MarketFrame
from liqscape.model import Accounts
from liqscape.model.events import (
    AccountsObserved,
    Event,
    FrameDue,
    FundingDue,
    FundingPaid,
    MarketDefined,
    MarksUpdated,
)
from liqscape.model.trades import FundingPayments
from liqscape.service.pipeline import Pipeline
from liqscape.store.history.batch import BatchBuilder
from liqscape.store.history.schema import FUNDING, POOLS, POSITIONS
from liqscape.units import HOUR_MS


def fed(pipeline: Pipeline, *events: Event) -> MarketFrame:
    moment = None
    for event in events:
        moment = pipeline.feed(event)
    assert moment is not None
    return moment.frame


def test_no_account_is_written_for_what_everybody_paid(market: SmallMarket) -> None:
    snapshot, accounts = market.frames[0].snapshot, market.accounts[0]
    hour_ms = (snapshot.time_ms // HOUR_MS + 1) * HOUR_MS
    pipeline = Pipeline(market.frames[0].provenance)
    changes = BatchBuilder(Accounts.empty())
    first = fed(
        pipeline,
        MarketDefined(snapshot.time_ms, 0, snapshot.markets, market.tables),
        MarksUpdated(snapshot.time_ms, 0, snapshot),
        AccountsObserved(time_ms=snapshot.time_ms, received_ns=0, accounts=accounts),
        FrameDue(snapshot.time_ms, 0),
    )
    changes.add(first, pipeline.ledger.accounts, is_keyframe=True)
    before = pipeline.ledger.accounts.raw_usd.copy()
    rate = np.linspace(-1e-4, 1e-4, len(snapshot.markets))
    oracle = np.nan_to_num(snapshot.mark, nan=1.0)
    after = fed(pipeline, FundingDue(hour_ms, 0, rate, oracle), FrameDue(hour_ms + 60_000, 0))
    stored = changes.add(after, pipeline.ledger.accounts, is_keyframe=False)
    assert not np.array_equal(before, pipeline.ledger.accounts.raw_usd, equal_nan=True)
    assert not len(stored.batch[POOLS]["time_ms"])
    assert not len(stored.batch[POSITIONS]["time_ms"])
    assert len(stored.batch[FUNDING]["time_ms"]) == len(snapshot.markets)
    assert stored.accounts.raw_usd.tobytes() == pipeline.ledger.accounts.raw_usd.tobytes()
    again = fed(pipeline, FrameDue(hour_ms + 120_000, 0))
    assert not len(changes.add(again, pipeline.ledger.accounts, is_keyframe=False).batch[FUNDING]["time_ms"]), "once"


def test_payments_that_were_made_tell_what_a_coin_paid(market: SmallMarket) -> None:
    """Amounts of a node are rounded to 1e-6 USD: the largest position of a coin tells best."""
    snapshot = market.frames[0].snapshot
    pipeline = Pipeline(market.frames[0].provenance)
    pipeline.feed(MarketDefined(snapshot.time_ms, 0, snapshot.markets, market.tables))
    pipeline.feed(MarksUpdated(snapshot.time_ms, 0, snapshot))
    hour_ms = (snapshot.time_ms // HOUR_MS + 1) * HOUR_MS
    size = np.array([1.0, -3_000.0, 0.5, np.nan])
    amount = np.round(-size * 0.123456789, 6)
    payments = FundingPayments(
        addresses=("0xa", "0xb"),
        user=np.array([0, 1, 0, 1], np.int32),
        market_index=np.array([0, 0, 1, 2], np.int32),
        amount=amount,
        size=size,
    )
    frame = fed(pipeline, FundingPaid(hour_ms + 70, 0, payments), FrameDue(hour_ms + 100, 0))
    assert frame.funding is not None
    assert frame.funding.hour_ms == hour_ms
    assert abs(frame.funding.due[0] - 0.123456789) < 1e-9
    assert abs(frame.funding.due[1] - 0.123456789) < 1e-5
    assert np.isnan(frame.funding.due[2:]).all()
