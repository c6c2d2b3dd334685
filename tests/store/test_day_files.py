"""Files of days that are over go, and nothing else does."""

from __future__ import annotations

from pathlib import Path

from liqscape.store.day_files import remove_days_before

DAY = 20_500
"""2026-02-16."""


def test_days_before_the_limit_go_with_what_was_set_aside_of_them(tmp_path: Path) -> None:
    kept = {"2026-02-16.parquet", "2026-02-16.parquet.damaged-1", "2026-12-01.parquet"}
    others = {"2026-02-30.parquet", "2025-01-01.csv", ".tmp-2025-01-01.parquet", "x2025-01-01.parquet"}
    gone = {"2026-02-15.parquet", "2025-12-31.parquet", "2025-12-31.parquet.damaged-12"}
    for name in kept | others | gone:
        (tmp_path / name).write_bytes(b"")
    assert {path.name for path in remove_days_before(tmp_path, DAY)} == gone
    assert {path.name for path in tmp_path.iterdir()} == kept | others
    assert remove_days_before(tmp_path, DAY) == []


def test_a_folder_that_is_not_there_has_nothing_to_remove(tmp_path: Path) -> None:
    assert remove_days_before(tmp_path / "none", DAY) == []
