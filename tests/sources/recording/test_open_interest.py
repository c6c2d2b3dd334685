"""Open interest recorded in USD fills what the markets table does not know, for an hour at most."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars
import pytest

from liqscape.errors import InputError
from liqscape.sources.recording.open_interest import OpenInterestFile, open_interest_beside

COINS = {"BTC": 0, "ETH": 1, "NEW": 2}
NOON = datetime(2026, 2, 5, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)


def write(path: Path, usd: float = 2_000.0, venue: str = "hyperliquid") -> Path:
    frame = polars.DataFrame(
        {"timestamp": [NOON, NOON], "venue": [venue] * 2, "coin": ["BTC", "ETH"], "oi_usd": [usd, 50.0]}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    return path


def test_usd_over_mark_fills_only_what_is_unknown(tmp_path: Path) -> None:
    table = OpenInterestFile(write(tmp_path / "oi.parquet"))
    known = np.array([np.nan, 7.0, np.nan])
    filled = table.fill(known, NOON_MS + 60_000, np.array([100.0, 10.0, 1.0]), COINS)
    np.testing.assert_array_equal(filled, [20.0, 7.0, np.nan])


@pytest.mark.parametrize("late_ms", [-1, 3_600_001])
def test_nothing_older_than_an_hour_or_later_than_the_snapshot_is_taken(tmp_path: Path, late_ms: int) -> None:
    table = OpenInterestFile(write(tmp_path / "oi.parquet"))
    filled = table.fill(np.full(3, np.nan), NOON_MS + late_ms, np.ones(3), COINS)
    assert np.isnan(filled).all()


def test_an_unknown_mark_leaves_open_interest_unknown(tmp_path: Path) -> None:
    table = OpenInterestFile(write(tmp_path / "oi.parquet"))
    assert np.isnan(table.fill(np.full(3, np.nan), NOON_MS, np.full(3, np.nan), COINS)).all()


def test_other_venues_are_not_the_exchange(tmp_path: Path) -> None:
    table = OpenInterestFile(write(tmp_path / "oi.parquet", venue="okx"))
    assert np.isnan(table.fill(np.full(3, np.nan), NOON_MS, np.ones(3), COINS)).all()


def test_a_negative_figure_is_refused_by_row_and_field(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 0, oi_usd = -1\.0"):
        OpenInterestFile(write(tmp_path / "oi.parquet", usd=-1.0))


def test_the_usual_place_is_beside_the_recording(tmp_path: Path) -> None:
    recording = tmp_path / "market"
    recording.mkdir()
    assert open_interest_beside(recording) is None
    write(tmp_path / "multivenue" / "open_interest.parquet")
    assert open_interest_beside(recording) is not None
