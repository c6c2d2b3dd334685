"""What a killed process used of the minute is known to the next one; a file that cannot be right is as none."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from liqscape.feed.limiter import WeightLimiter
from liqscape.service.collecting.weight_writer import WEIGHT, WeightWriter, stored_uses

URL = "http://127.0.0.1:1"
NOW_MS = 1_780_000_000_000
USES = [(40.0, 300), (2.5, 20), (0.0, 7)]


def save(folder: Path, uses: list[tuple[float, int]] = USES) -> None:
    limiter = WeightLimiter(clock=lambda: 1_000.0)
    limiter.resume(uses)
    asyncio.run(WeightWriter(folder, URL, limiter, lambda: NOW_MS * 1_000_000).save())


def test_the_next_process_counts_what_the_last_one_used_by_the_time_that_went_by(tmp_path: Path) -> None:
    save(tmp_path)
    assert stored_uses(tmp_path, URL, NOW_MS) == USES
    assert stored_uses(tmp_path, URL, NOW_MS + 10_000) == [(50.0, 300), (12.5, 20), (10.0, 7)]
    assert stored_uses(tmp_path, URL, NOW_MS + 30_000) == [(32.5, 20), (30.0, 7)]
    assert stored_uses(tmp_path, URL, NOW_MS + 60_000) == []


def test_a_file_that_cannot_be_right_is_as_none(tmp_path: Path) -> None:
    assert stored_uses(tmp_path, URL, NOW_MS) == []
    save(tmp_path)
    whole = (tmp_path / WEIGHT).read_bytes()
    assert stored_uses(tmp_path, "http://127.0.0.1:2", NOW_MS) == []
    assert stored_uses(tmp_path, URL, NOW_MS - 1) == [], "a clock was set back"
    for place in range(len(whole)):
        (tmp_path / WEIGHT).write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert stored_uses(tmp_path, URL, NOW_MS) in ([], USES)
        (tmp_path / WEIGHT).write_bytes(whole[:place])
        assert stored_uses(tmp_path, URL, NOW_MS) == []
    (tmp_path / WEIGHT).write_bytes(whole.replace(b"300", b"3  "))
    assert stored_uses(tmp_path, URL, NOW_MS) == []
    (tmp_path / WEIGHT).write_bytes(whole.replace(b"300", b"900").replace(b"crc32", b"brc32"))
    assert stored_uses(tmp_path, URL, NOW_MS) == [], "nothing says that it is what was written"
    (tmp_path / WEIGHT).unlink()
    (tmp_path / WEIGHT).mkdir()
    assert stored_uses(tmp_path, URL, NOW_MS) == []


def test_a_folder_that_takes_nothing_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    limiter = WeightLimiter(clock=lambda: 1_000.0)
    limiter.charge(20)
    writer = WeightWriter(tmp_path / "gone", URL, limiter, lambda: NOW_MS * 1_000_000)
    with caplog.at_level(logging.INFO, "liqscape.live"):
        asyncio.run(writer.save())
        asyncio.run(writer.save())
    assert [record.levelno for record in caplog.records] == [logging.INFO], "once, and the history says more"
    (tmp_path / "gone").mkdir()
    asyncio.run(writer.save())
    assert stored_uses(tmp_path / "gone", URL, NOW_MS) == [(0.0, 20)]


def test_it_is_saved_while_the_market_runs_and_once_more_at_the_end(tmp_path: Path) -> None:
    limiter = WeightLimiter(clock=lambda: 1_000.0)
    writer = WeightWriter(tmp_path, URL, limiter, lambda: NOW_MS * 1_000_000)

    async def run() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(writer.run(stop))
        await asyncio.sleep(0)
        limiter.charge(20)
        stop.set()
        await task

    asyncio.run(run())
    assert stored_uses(tmp_path, URL, NOW_MS) == [(0.0, 20)]
