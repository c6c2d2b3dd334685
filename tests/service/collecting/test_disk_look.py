"""What is said of the room a history takes, and when."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from store_frames import PROVENANCE, START_MS, TABLES, make_accounts, make_frame, make_markets
from stored_moments import moment_of

from liqscape.service.collecting.disk_look import DiskLook
from liqscape.store.history import HistoryWriter
from liqscape.store.history.retention import KeepRules
from liqscape.units import DAY_MS, HOUR_MS

MARKETS = make_markets(2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two whole days of hourly frames and an hour of the third in a head file."""
    folder = tmp_path_factory.mktemp("data")
    with HistoryWriter(folder, PROVENANCE) as writer:
        for hour in range(48):
            frame = make_frame(3, hour, markets=MARKETS, time_ms=START_MS + hour * HOUR_MS)
            writer.append(moment_of(frame, make_accounts(3, hour, 2), TABLES))
        writer.compact()
        frame = make_frame(3, 48, markets=MARKETS, time_ms=START_MS + 2 * DAY_MS)
        writer.append(moment_of(frame, make_accounts(3, 48, 2), TABLES))
    (folder / "books").mkdir()
    (folder / "books" / "x").write_bytes(b"12345")
    return folder


def test_growth_is_that_of_a_day_on_disk_and_other_parts_are_counted_apart(data: Path) -> None:
    answer = DiskLook(data).answer()
    sizes = {row.part: row.bytes for row in answer.parts}
    assert sizes["books"] == 5
    room = answer.history
    assert room is not None
    in_parts = sum(path.stat().st_size for path in (data / "parts").rglob("*") if path.is_file())
    assert room.bytes_a_day == in_parts // 2
    heads = sum(path.stat().st_size for path in (data / "head").iterdir())
    manifests = sum(path.stat().st_size for path in data.glob("manifest*"))
    assert room.bytes == in_parts + heads + manifests
    assert room.first_ms == START_MS


def test_a_disk_nearly_full_is_said_once_and_once_when_it_is_not(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    growth = DiskLook(data).answer().history.bytes_a_day  # type: ignore[union-attr]
    free = iter([4, 2, 2, 4, 2])
    look = DiskLook(data, free_bytes=lambda _: next(free) * growth)
    with caplog.at_level(logging.WARNING, "liqscape.live"):
        days = [look.answer().history.days_until_full for _ in range(5)]  # type: ignore[union-attr]
    assert days == [4.0, 2.0, 2.0, 4.0, 2.0]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 3
    assert "is full in 2.0 days at this rate" in said[0]
    assert "--max-history-gb or --keep-days bounds it" in said[0]
    assert "has room for more than 3 days again" in said[1]


def test_with_a_rule_that_ends_the_growth_no_disk_is_said_to_fill(data: Path) -> None:
    growth = DiskLook(data).answer().history.bytes_a_day  # type: ignore[union-attr]
    for keep, days in ((KeepRules(days=1), None), (KeepRules(max_bytes=2 * growth), None), (KeepRules(days=9), 2.0)):
        room = DiskLook(data, keep, lambda _: 2 * growth).answer().history
        assert room is not None
        assert room.days_until_full == days
        assert (room.keep_days, room.max_bytes) == (keep.days, keep.max_bytes)


def test_a_folder_without_a_history_has_no_room_to_tell_of(tmp_path: Path) -> None:
    assert DiskLook(tmp_path).answer().history is None
