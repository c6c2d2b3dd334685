"""The shipped table: what it is made of makes it again, its record is reliable, and no candle is in it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from liqscape.insight.odds.excursions import Z_GRID
from liqscape.insight.odds.pooled import POOL_END_MS, pooled_horizon, pooled_record, pooled_scores
from liqscape.insight.odds.record import MIN_WINDOWS

TABLE = Path(sys.modules["liqscape.insight.odds.pooled"].__file__ or "").with_name("pooled_table.py")


@pytest.mark.parametrize("horizon", [1, 4, 24])
def test_its_record_is_reliable_in_every_tenth_and_better_than_climatology(horizon: int) -> None:
    record = pooled_record(horizon)
    assert record.windows > 20 * MIN_WINDOWS
    assert [each.decile for each in record.reliability] == list(range(10))
    assert record.is_reliable
    assert record.skill is not None
    assert record.skill > 0.0


@pytest.mark.parametrize("horizon", [1, 4, 24])
def test_curves_fall_from_one(horizon: int) -> None:
    pool = pooled_horizon(horizon)
    assert pool.survival.shape == (2, len(Z_GRID))
    assert (pool.survival[:, 0] == 1.0).all()
    assert (np.diff(pool.survival, axis=1) <= 0.0).all()
    assert pool.end_ms == POOL_END_MS


def test_scores_are_of_the_class_of_the_distance() -> None:
    near, far, further = (pooled_scores(1, sigmas) for sigmas in (0.5, 4.9, 50.0))
    assert near[0] > far[0] > further[0]


@pytest.mark.recorded
def test_the_recorded_candles_make_the_table_again(recorded: Path) -> None:
    import odds_table

    hours = odds_table.read_hours(recorded / "multivenue" / "candles.parquet")
    assert sum(len(bars) for bars in hours.values()) == 41_642
    assert odds_table.table_text(hours) == TABLE.read_text()
