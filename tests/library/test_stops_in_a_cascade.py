"""Stops of a simulated run from Python: tables of their own, None where none were asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_market import small_market
from trigger_worlds import stops_of_positions

import liqscape as lq
from liqscape.heatmap.moment import Moment
from liqscape.library.local import LocalAnswers
from liqscape.model.triggers import TriggerKnowledge
from liqscape.service.live import LiveState
from liqscape.service.view import MapView

ASKED = {"target_price": 62_000.0, "mode": "given", "minutes": 1.0, "shock_minutes": 0.5}


@pytest.fixture(scope="module")
def market() -> lq.Map:
    made = small_market(count=1)
    frame, accounts = made.frames[0], made.accounts[0]
    known = TriggerKnowledge(np.full(len(accounts.addresses), frame.time_ms))
    orders = stops_of_positions(accounts, frame.snapshot.mark)
    moment = Moment(frame=frame, accounts=accounts, tables=made.tables, is_stored=False, triggers=(orders, known))
    return lq.Map(LocalAnswers(MapView(None, LiveState.of_moment(moment)), Path("made up"), None))


def test_a_run_without_stops_has_no_tables_of_them(market: lq.Map) -> None:
    run = market.cascade("BTC", **ASKED)
    assert (run.stops_per_second, run.stops_per_price, run.ensemble_stops, run.ensemble_stops_per_price) == (None,) * 4
    assert "without stops" in repr(run)


def test_stops_of_a_run_by_second_and_by_price_stand_in_tables_of_their_own(market: lq.Map) -> None:
    run = market.cascade("BTC", stops=True, **ASKED)
    by_second, by_price = run.stops_per_second, run.stops_per_price
    assert by_second is not None
    assert by_price is not None
    assert by_second["time"].min() >= run.about.as_of
    assert by_second["stops_filled"].sum() == pytest.approx(by_price["stops_filled"].sum())
    assert by_price["stops_filled"].sum() > 0.0
    assert not {"stops_filled", "profits_filled"} & set(run.per_price.columns)
    assert "with stops" in repr(run)


def test_stops_of_many_runs_have_a_row_a_quantile(market: lq.Map) -> None:
    run = market.cascade("BTC", stops=True, paths=2, **ASKED)
    assert run.ensemble_stops is not None
    table = run.ensemble_stops_per_price
    assert table is not None
    assert table["quantile"].unique().sort().to_list() == list(run.ensemble_levels)
    assert set(run.ensemble_stops) >= {"stops_sent", "stops_filled", "profits_filled", "fired"}
    assert market.cascade("BTC", paths=2, **ASKED).ensemble_stops_per_price is None
