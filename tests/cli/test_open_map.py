"""A recording opened for one command: the same pipeline as the server, in memory, nothing written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars
import pytest
from small_market import address

Run = Callable[..., str]
RunJson = Callable[..., Any]

FIRST = datetime(2026, 2, 3, 6, tzinfo=UTC)
SECOND = datetime(2026, 2, 3, 12, tzinfo=UTC)


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def long_level(size: float, cash: float, rate: float) -> float:
    """Mark at which cash + size * p = size * p * rate."""
    return -cash / (size * (1.0 - rate))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two snapshots of two accounts with one long each; BTC falls from 80,000 to 70,000 and the second closes."""
    rows = []
    for moment, mark, owners in ((FIRST, 80_000.0, (1, 2)), (SECOND, 70_000.0, (1,))):
        for owner in owners:
            cash = -40_000.0 - 5_000.0 * owner
            rows.append(
                {
                    "snapshot_ts": moment.isoformat(),
                    "address": address(owner),
                    "coin": "BTC",
                    "szi": 1.0,
                    "entry_px": 75_000.0,
                    "leverage": 10,
                    "position_value": mark,
                    "unrealized_pnl": mark - 75_000.0,
                    "liquidation_px": long_level(1.0, cash, 1.0 / 80.0),
                }
            )
    folder = tmp_path_factory.mktemp("recorded") / "made_up"
    folder.mkdir()
    polars.DataFrame(rows).write_parquet(folder / "positions.parquet")
    return folder


@pytest.mark.parametrize(
    ("at", "expected", "count"),
    [
        (FIRST.isoformat(), FIRST, 2),
        ("2026-02-03T11:59:59Z", FIRST, 2),
        (SECOND.isoformat(), SECOND, 1),
        ("2026-03-01", SECOND, 1),
        (None, SECOND, 1),
    ],
)
def test_the_snapshot_at_or_before_the_time_is_shown(
    at: str | None, expected: datetime, count: int, recording: Path, command_json: RunJson
) -> None:
    when = () if at is None else ("--at", at)
    answer = command_json("bands", "--recording", recording, "--coin", "BTC", *when)
    assert answer["as_of_ms"] == ms(expected)
    assert answer["totals"]["long"]["position_count"] == count
    assert answer["provenance"]["kind"] == "recording"
    assert answer["provenance"]["is_simulated"] is False


def test_levels_stand_in_the_band_of_the_published_price(recording: Path, command_json: RunJson) -> None:
    bands = command_json("bands", "--recording", recording, "--coin", "BTC", "--at", SECOND.isoformat())["bands"]
    level = long_level(1.0, -45_000.0, 1.0 / 80.0)
    assert len(bands["band"]) == 1
    assert bands["price_low"][0] <= level < bands["price_high"][0]
    assert bands["notional"] == [pytest.approx(70_000.0)]
    assert bands["level_notional"] == [pytest.approx(level, rel=1e-9)]


def test_a_time_before_the_first_snapshot_names_it(recording: Path, refused: Run) -> None:
    said = refused("map", "BTC", "--recording", recording, "--at", "2026-02-01")
    assert "2026-02-03T06:00:00Z" in said


def test_an_account_of_a_past_snapshot_is_found(recording: Path, command_json: RunJson) -> None:
    answer = command_json("account", address(2), "--recording", recording, "--at", FIRST.isoformat())
    position = answer["pools"][0]["positions"][0]
    assert position["liquidation_price"] == pytest.approx(long_level(1.0, -50_000.0, 1.0 / 80.0), rel=1e-9)
    assert position["mark"] == pytest.approx(80_000.0)


def test_an_export_of_a_recording_holds_every_row_once(recording: Path, command_json: RunJson, tmp_path: Path) -> None:
    out = tmp_path / "p.parquet"
    said = command_json("export", "--recording", recording, "--what", "positions", "--out", out)
    assert (said["frames"], said["rows"]) == (2, 3)
    table = polars.read_parquet(out)
    assert set(table["provenance_kind"]) == {"recording"}
    assert table["published_liquidation_price"].null_count() == 0


def test_nothing_is_written_beside_a_recording(recording: Path, command: Run) -> None:
    command("map", "BTC", "--recording", recording)
    assert [path.name for path in recording.iterdir()] == ["positions.parquet"]


def test_a_folder_that_is_no_recording_is_refused(tmp_path: Path, refused: Run) -> None:
    assert "positions.parquet" in refused("map", "BTC", "--recording", tmp_path)


def test_a_damaged_recording_is_refused_by_name(recording: Path, tmp_path: Path, refused: Run) -> None:
    whole = (recording / "positions.parquet").read_bytes()
    (tmp_path / "positions.parquet").write_bytes(whole[: len(whole) // 2])
    assert "positions.parquet" in refused("bands", "--coin", "BTC", "--recording", tmp_path)


@pytest.mark.recorded
def test_the_recorded_market_opens_at_its_first_snapshots(recorded: Path, command_json: RunJson) -> None:
    folder = recorded / "market_2026_02"
    answer = command_json("bands", "--recording", folder, "--coin", "BTC", "--at", "2026-02-03T23:59:59Z")
    for side, name in ((1, "long"), (-1, "short")):
        inside = sum(s for s, b in zip(answer["bands"]["size"], answer["bands"]["side"], strict=True) if b == side)
        outside = sum(part["size"] for part in answer["outside"] if part["side"] == side)
        assert inside + outside == pytest.approx(answer["totals"][name]["size"], rel=1e-12)
    assert answer["as_of_ms"] < ms(datetime(2026, 2, 4, tzinfo=UTC))
    assert len(answer["bands"]["band"]) > 20
