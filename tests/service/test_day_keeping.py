"""Liquidations and order books go with the days of the history."""

from __future__ import annotations

from pathlib import Path

from liqscape.service.day_keeping import remove_old_days
from liqscape.store.history.retention import KeepRules
from liqscape.units import DAY_MS, HOUR_MS

NEWEST_MS = 20_500 * DAY_MS + 5 * HOUR_MS
"""2026-02-16 05:00 UTC."""
NAMES = ("2026-02-12", "2026-02-13", "2026-02-14", "2026-02-16")


def filled(data: Path) -> list[Path]:
    files = [
        data / place / f"{name}.parquet" for place in ("liquidations", "books/BTC", "books/xyz%3AA") for name in NAMES
    ]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    return files


def test_as_many_days_are_kept_as_of_the_history(tmp_path: Path) -> None:
    files = filled(tmp_path)
    assert remove_old_days(tmp_path, NEWEST_MS, KeepRules(days=2)) == 6
    assert [file for file in files if file.exists()] == [file for file in files if file.stem >= "2026-02-14"]


def test_no_rule_of_days_and_no_frame_remove_nothing(tmp_path: Path) -> None:
    files = filled(tmp_path)
    assert remove_old_days(tmp_path, NEWEST_MS, KeepRules(minute_days=1, quarter_hour_days=1, max_bytes=1)) == 0
    assert remove_old_days(tmp_path, None, KeepRules(days=1)) == 0
    assert remove_old_days(tmp_path / "none", NEWEST_MS, KeepRules(days=1)) == 0
    assert all(file.exists() for file in files)
