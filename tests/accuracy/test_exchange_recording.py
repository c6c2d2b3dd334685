"""The recorded market of February 2026 in the exact engine: it liquidates whom the map's float solver names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from liqscape.exchange.columns import NO_ROW, BookKind, ClockColumn, MarketColumn
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.market_loader import load_accounts
from liqscape.exchange.rules import MarkSource, Rules
from liqscape.exchange.to_model import to_snapshot
from liqscape.heatmap.moment import Moment
from liqscape.model import MarketSnapshot
from liqscape.risk.margin import pool_margin
from liqscape.service.pipeline import Pipeline
from liqscape.sources.recording import RecordingSource

pytestmark = pytest.mark.recorded


@pytest.fixture(scope="module")
def last(recorded: Path) -> Moment:
    source = RecordingSource(recorded / "market_2026_02")
    pipeline = Pipeline(source.provenance)
    return [moment for moment in map(pipeline.feed, source.events()) if moment is not None][-1]


@pytest.mark.parametrize("move", [-0.3, -0.1, -0.03, 0.0, 0.03, 0.1, 0.3])
def test_engine_and_map_name_the_same_pools_at_recorded_marks_and_far_from_them(last: Moment, move: float) -> None:
    frame, accounts, tables = last.frame, last.accounts, last.tables
    rules = Rules(mark_source=MarkSource.GIVEN)
    exchange = Exchange.build(
        frame.snapshot.markets,
        tables,
        rules,
        time_ms=frame.snapshot.time_ms,
        book_kind=BookKind.AT_MARK,
        can_trade=False,
    )
    report = load_accounts(exchange, accounts, frame.snapshot)
    exchange.state.market[:, MarketColumn.MARK] = np.rint(exchange.state.market[:, MarketColumn.MARK] * (1.0 + move))
    value, maintenance = exchange.pool_margin()
    multiplier = int(exchange.state.clock[ClockColumn.MULTIPLIER])
    moved = MarketSnapshot.of_marks(exchange.markets, 0, to_snapshot(exchange).mark)
    margin = pool_margin(accounts, moved, tables)
    pools = np.flatnonzero(report.pool_row != NO_ROW)
    rows = report.pool_row[pools]
    exact = value[rows].astype(object) * multiplier < maintenance[rows]
    free = (value[rows] - maintenance[rows] / multiplier) / 1e6
    decimals = np.array([market.size_decimals for market in exchange.markets.rows])
    lot = np.nan_to_num(10.0**-decimals * moved.mark)
    coarse = np.bincount(accounts.pool_of_position(), lot[accounts.market_index], accounts.pool_count)[pools]
    is_agreed = np.abs(free) > coarse + 1e-3
    assert (exact == margin.is_liquidatable[pools])[is_agreed].all()
    assert is_agreed.mean() > 0.99
    assert len(pools) > 100
