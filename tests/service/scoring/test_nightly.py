"""A live map scores each day after its end, by the time of its frames, and ends at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from studied_world import MIDNIGHT_MS

from liqscape.service.scoring.last_day import LastScoredDay
from liqscape.service.scoring.nightly import AFTER_MS, NightlyScores
from liqscape.store.scores import ScoreReader, ScoreWriter
from liqscape.units import DAY_MS, MINUTE_MS

History = Callable[..., Path]
TURNS = 20
"""Of the event loop, after which what a stored frame leads to is in the pool: a few are needed."""


async def told(data: Path, times: list[int], *, until_idle: bool = True) -> NightlyScores:
    """Run it while frames of these times are stored."""
    with ThreadPoolExecutor(1) as pool:
        scores, stop = NightlyScores(data, pool), asyncio.Event()
        running = asyncio.create_task(scores.run(stop))
        await asyncio.sleep(0)
        for time_ms in times:
            scores.stored(time_ms)
            for _ in range(TURNS):
                await asyncio.sleep(0)
        if until_idle:
            await asyncio.get_running_loop().run_in_executor(pool, lambda: None)  # the pool has one thread
        stop.set()
        await running
        return scores


def test_a_day_is_scored_ten_minutes_after_its_end_and_not_before(history: History) -> None:
    data = history()
    asyncio.run(told(data, [MIDNIGHT_MS + AFTER_MS - MINUTE_MS]))
    assert ScoreReader(data).days() == []
    last = LastScoredDay(data)
    assert last.day is None
    asyncio.run(told(data, [MIDNIGHT_MS + AFTER_MS]))
    assert ScoreReader(data).days() == ["2026-05-28"]
    assert last.day == "2026-05-28"


def test_the_next_day_is_waited_for(history: History) -> None:
    scores = asyncio.run(told(history(), [MIDNIGHT_MS + AFTER_MS], until_idle=False))
    assert scores._next_ms == MIDNIGHT_MS + DAY_MS + AFTER_MS


def test_where_another_program_scores_it_is_said_and_tried_again_in_an_hour(
    history: History, caplog: pytest.LogCaptureFixture
) -> None:
    data = history()
    with ScoreWriter(data):
        scores = asyncio.run(told(data, [MIDNIGHT_MS + AFTER_MS]))
    assert "another program that scores" in caplog.text
    assert scores._next_ms == MIDNIGHT_MS + AFTER_MS + 60 * MINUTE_MS


def test_a_map_without_a_folder_has_no_scored_day() -> None:
    assert LastScoredDay(None).day is None
