"""The recorded market of February 2026 under a shock, with parametric books."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from liqscape.cascade import CascadeInput, CascadeResult, CascadeSettings, Mode, run_cascade, to_price
from liqscape.model.events import AccountsObserved, MarketDefined, MarksUpdated
from liqscape.sources.recording import RecordingSource

pytestmark = pytest.mark.recorded


@pytest.fixture(scope="module")
def question(recorded: Path) -> CascadeInput:
    tables = snapshot = accounts = None
    for event in RecordingSource(recorded / "market_2026_02").events():
        if isinstance(event, MarketDefined):
            tables = event.tables
        elif isinstance(event, MarksUpdated):
            snapshot = event.snapshot
        elif isinstance(event, AccountsObserved):
            accounts = event.accounts
            break
    assert tables is not None
    assert snapshot is not None
    assert accounts is not None
    count = len(snapshot.markets)
    unknown = np.full(count, np.nan)
    return CascadeInput(
        accounts=accounts,
        snapshot=snapshot,
        tables=tables,
        books=(None,) * count,
        day_volume=unknown,
        day_volatility=unknown,
        provenance="large accounts, February 2026",
    )


@pytest.fixture(scope="module")
def result(question: CascadeInput) -> CascadeResult:
    mark = float(question.snapshot.mark[question.snapshot.markets.index_of("BTC")])
    shock = to_price(question.snapshot, "BTC", 0.7 * mark, only_coin=False)
    return run_cascade(question, shock, CascadeSettings(mode=Mode.BOOK, horizon_ms=900_000))


def test_it_runs_and_says_what_was_assumed(result: CascadeResult) -> None:
    assert result.totals.accounts > 0
    assert result.report.real_books == 0
    text = "\n".join(result.assumptions)
    for said in ("no order book known", "do not sum to zero", "unknown betas taken as 1", "(assumed)"):
        assert said in text


def test_the_mark_arrives_where_the_shock_sends_it(result: CascadeResult, question: CascadeInput) -> None:
    row = question.snapshot.markets.index_of("BTC")
    assert result.path.mark[-1, row] / question.snapshot.mark[row] == pytest.approx(0.7, abs=0.01)
