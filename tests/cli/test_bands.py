"""`liqscape bands`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., str]
RunJson = Callable[..., Any]


def test_bands_plus_outside_equal_the_totals(stored: Any, command_json: RunJson) -> None:
    answer = command_json("bands", "--data", stored.folder, "--coin", "BTC")
    for side, name in ((1, "long"), (-1, "short")):
        inside = sum(s for s, b in zip(answer["bands"]["size"], answer["bands"]["side"], strict=True) if b == side)
        outside = sum(part["size"] for part in answer["outside"] if part["side"] == side)
        assert inside + outside == pytest.approx(answer["totals"][name]["size"], rel=1e-12)
    assert len(answer["bands"]["band"]) > 5


def test_bands_say_where_they_come_from(stored: Any, command_json: RunJson) -> None:
    answer = command_json("bands", "--data", stored.folder, "--coin", "BTC")
    assert answer["provenance"]["is_simulated"] is True
    assert answer["as_of_ms"] == stored.last_ms


def test_the_snapshot_is_the_last_one_at_or_before_the_time(stored: Any, command_json: RunJson) -> None:
    third = stored.market.frames[2].time_ms
    for at, expected in (
        (third, third),
        (third + 1, third),
        (third - 1, third - 60_000),
        (stored.last_ms * 1, stored.last_ms),
    ):
        answer = command_json("bands", "--data", stored.folder, "--coin", "BTC", "--at", at)
        assert answer["as_of_ms"] == expected


def test_a_coarser_level_merges_without_loss(stored: Any, command_json: RunJson) -> None:
    fine = command_json("bands", "--data", stored.folder, "--coin", "ETH")["bands"]
    coarse = command_json("bands", "--data", stored.folder, "--coin", "ETH", "--level", "6")["bands"]
    assert len(coarse["band"]) < len(fine["band"])
    assert sum(coarse["notional"]) == pytest.approx(sum(fine["notional"]), rel=1e-12)


def test_the_table_has_a_line_a_band(stored: Any, command: Run, command_json: RunJson) -> None:
    answer = command_json("bands", "--data", stored.folder, "--coin", "BTC")
    shown = command("bands", "--data", stored.folder, "--coin", "BTC")
    assert "SIMULATED" in shown
    assert sum(" long " in line or " short " in line for line in shown.splitlines() if "no band" not in line) == len(
        answer["bands"]["band"]
    )


def test_a_time_before_the_first_frame_names_the_first(stored: Any, refused: Run) -> None:
    first = datetime.fromtimestamp(stored.first_ms / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert first in refused("bands", "--data", stored.folder, "--coin", "BTC", "--at", "2020-01-01")


def test_an_unknown_coin_is_named_with_its_right_spelling(stored: Any, refused: Run) -> None:
    assert "did you mean kPEPE" in refused("bands", "--data", stored.folder, "--coin", "KPEPE")


@pytest.mark.parametrize("level", [-1, 13, 99])
def test_a_level_outside_the_grid_is_refused(level: int, stored: Any, refused: Run) -> None:
    assert str(level) in refused("bands", "--data", stored.folder, "--coin", "BTC", "--level", level)


def test_a_source_must_be_named(refused: Run, tmp_path: Path) -> None:
    assert "--recording DIR" in refused("bands", "--coin", "BTC")
    assert "exclude" in refused("bands", "--coin", "BTC", "--data", tmp_path, "--recording", tmp_path)
    assert "not a folder" in refused("bands", "--coin", "BTC", "--data", tmp_path / "nowhere")
    assert "not a folder" in refused("bands", "--coin", "BTC", "--recording", tmp_path / "nowhere")


def test_a_folder_without_history_is_refused(refused: Run, tmp_path: Path) -> None:
    assert str(tmp_path) in refused("bands", "--coin", "BTC", "--data", tmp_path)


def test_interval_adds_what_a_band_holds_at_least_and_at_most(stored: Any, command_json: RunJson) -> None:
    answer = command_json("bands", "--data", stored.folder, "--coin", "BTC", "--level", "5", "--interval")
    bands = answer["bands"]
    assert answer["intervals"]["share"] == 0.95
    assert len(bands["low"]) == len(bands["high"]) == len(bands["band"])
    assert all(low >= 0.0 for low in bands["low"])
