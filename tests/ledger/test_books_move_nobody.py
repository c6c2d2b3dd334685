"""Mids, best prices and depth stand beside the ledger: whoever keeps none of them has the same ledger."""

from __future__ import annotations

import numpy as np
import pytest
from ledger_fills import ALICE, BOB, NOW, Held, Row, defined, fills, marks, states

from liqscape.ledger import Ledger
from liqscape.model.events import BestPricesObserved, DepthObserved, Event, FrameDue, MidsObserved
from liqscape.model.liquidations import LiquidationMethod

LATER = NOW + 600_000
ONE, ROWS = np.array([100.0]), np.array([0], np.int32)
DEPTH = np.full((1, 3), 1e6)

OF_BOOKS = [
    MidsObserved(LATER, 0, np.array([100.0, np.nan])),
    BestPricesObserved(
        time_ms=LATER, received_ns=0, market_index=ROWS, bid=ONE, ask=ONE + 1, bid_size=ONE, ask_size=ONE
    ),
    DepthObserved(time_ms=LATER, received_ns=0, market_index=ROWS, bid_usd=DEPTH, ask_usd=DEPTH),
]


@pytest.mark.parametrize("event", OF_BOOKS, ids=lambda event: type(event).__name__)
def test_an_event_of_books_changes_nothing_and_releases_no_liquidation(event: Event) -> None:
    ledger = Ledger()
    closed = fills(
        Row(ALICE, 0, -1.0, 90.0, 1.0, 1, victim=ALICE, method=LiquidationMethod.MARKET),
        Row(BOB, 0, 1.0, 90.0, 0.0, 1),
    )
    for each in (defined(), marks(100.0), states(Held(ALICE, -50.0, {0: 1.0}), Held(BOB, 500.0, {})), closed):
        ledger.apply(each)
    before = ledger.accounts
    ledger.apply(event)
    assert ledger.accounts is before
    assert ledger.take_liquidations() == ()
    ledger.apply(FrameDue(LATER, 0))
    assert [each.address for each in ledger.take_liquidations()] == [ALICE]
