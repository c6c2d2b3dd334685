"""What a live map shows is what a study of its history gives, after any restart (studying/follow.py, live.py)."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from studied_world import MIDNIGHT_MS, MINUTE_MS, open_world
from study_bytes import bytes_of

from liqscape.errors import StoreError
from liqscape.insight.study_rows import TABLES, StudyRows
from liqscape.service.living import LivingMarket
from liqscape.service.studying.executors import HereExecutor
from liqscape.service.studying.follow import StudyFollower
from liqscape.service.studying.live import LiveStudy
from liqscape.service.studying.run import StudyWanted, study_history
from liqscape.service.studying.standing import StudyStanding, StudyState
from liqscape.store.history import HistoryReader
from liqscape.store.studies import FOLDER, StudyReader
from liqscape.store.studies.schema import frame_of
from liqscape.units import Side

BEFORE, AFTER = 9, 9


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Path, LivingMarket]]:
    folder = tmp_path / "live"
    living, writer = open_world(folder, minutes_before=BEFORE)
    yield folder, living
    writer.close()


def minute(number: int) -> int:
    return MIDNIGHT_MS + number * MINUTE_MS


def studied_anew(folder: Path) -> Path:
    """A copy of the history, studied in one go."""
    copy = shutil.copytree(folder, folder.parent / "anew", ignore=shutil.ignore_patterns("*.lock", FOLDER))
    list(study_history(copy, StudyWanted(), HereExecutor(), 1))
    return copy


def test_a_live_map_shows_and_keeps_what_a_study_gives_after_restarts_and_kills(
    world: tuple[Path, LivingMarket],
) -> None:
    folder, living = world
    shown: list[StudyStanding] = []
    state = StudyState()
    state.listen(shown.append)

    def begin() -> StudyFollower:
        return StudyFollower(folder, state, keep_ms=3 * MINUTE_MS)

    follower = begin()
    for number in range(1 - BEFORE, AFTER):
        living.advance(minute(number))
        if number % 3 == 0:
            continue  # falls behind by a minute
        follower.advance()
        newest = state.newest
        assert newest is not None
        assert newest.time_ms == minute(number)
        assert not newest.progress.is_behind
        if number in (-5, 4):  # killed: what is in no part is lost
            assert follower._writer is not None
            follower._writer.close()
            follower = begin()
        if number in (-2, 7):
            follower.close()
            follower = begin()
    follower.close()

    copy = studied_anew(folder)
    assert bytes_of(folder) == bytes_of(copy)
    reader = StudyReader(copy)
    for table in ("clusters", "cluster_changes", "sweeps"):
        told = StudyRows()
        for standing in shown:
            for _, rows in sorted(standing.news.items()):
                told.extend(rows)
        found = reader.rows(table)
        live = frame_of(table, getattr(told, table)).unique()
        assert live.height == live.join(found, on=found.columns, how="semi", nulls_equal=True).height
    last = shown[-1]
    assert last.coins["BTC"].clusters
    for row in last.coins["BTC"].clusters:
        age = last.coins["BTC"].ages[Side[row.side.upper()]].of(row.price_low, row.price_high)
        assert age.size == pytest.approx(row.size)
        assert age.weighted_age_ms == pytest.approx(row.weighted_age_ms, abs=1)
    stood = {each.cluster_id for each in last.coins["BTC"].clusters}
    changes = reader.rows("clusters", "BTC")
    ended = set(changes.filter(changes["event"] == "ended")["cluster_id"])
    assert stood == set(changes["cluster_id"]) - ended


def test_the_past_is_caught_up_with_and_its_progress_is_said(world: tuple[Path, LivingMarket]) -> None:
    folder, living = world
    living.preroll(minute(3), lambda _: None)
    state, shares = StudyState(), []
    state.listen(lambda each: shares.append(each.progress.share))
    follower = StudyFollower(folder, state)
    follower.advance(lambda: len(shares) > 5)
    assert state.newest is not None
    follower.advance()
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    living.advance(minute(4))
    follower.advance()
    found = state.of_coin("BTC")
    assert found is not None
    assert found.since_ms == minute(-BEFORE)
    assert {need.figure: need.since_ms for need in found.needs}["cluster_id"] == minute(-BEFORE)
    follower.close()


@pytest.mark.parametrize("frames_until_stop", [1, 4, BEFORE + 1])
def test_a_stop_within_a_day_of_the_past_waits_for_no_other_frame_and_loses_none(
    world: tuple[Path, LivingMarket], frames_until_stop: int
) -> None:
    folder, living = world
    living.preroll(minute(AFTER), lambda _: None)
    studied: list[int] = []
    state = StudyState()
    state.listen(lambda each: studied.append(each.time_ms))
    follower = StudyFollower(folder, state)
    follower.advance(lambda: len(studied) >= frames_until_stop)
    follower.close()
    assert studied == [minute(-BEFORE + number) for number in range(frames_until_stop)]
    spans = StudyReader(folder).spans("BTC")
    assert max(span.last_ms for span in spans) == studied[-1]

    follower = StudyFollower(folder, state)
    follower.advance()
    follower.close()
    assert studied[frames_until_stop] == minute(-BEFORE + frames_until_stop)
    assert bytes_of(folder) == bytes_of(studied_anew(folder))


def test_another_program_at_the_folder_is_one_sentence(world: tuple[Path, LivingMarket]) -> None:
    folder, _ = world
    follower = StudyFollower(folder, StudyState())
    follower.advance()
    with pytest.raises(StoreError, match="another program"):
        list(study_history(folder, StudyWanted(), HereExecutor(), 1))
    follower.close()
    list(study_history(folder, StudyWanted(), HereExecutor(), 1))


def test_rows_that_are_in_no_part_yet_are_asked_with_those_that_are(world: tuple[Path, LivingMarket]) -> None:
    folder, living = world
    living.preroll(minute(-5), lambda _: None)

    async def follow() -> None:
        study, stop = LiveStudy(folder), asyncio.Event()
        heard: asyncio.Queue[int] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        study.state.listen(lambda each: loop.call_soon_threadsafe(heard.put_nowait, each.time_ms))
        living.stored = study.stored
        running = asyncio.create_task(study.run(stop))

        async def until(time_ms: int) -> None:
            while await heard.get() < time_ms:
                pass

        await until(minute(-5))
        await loop.run_in_executor(None, living.advance, minute(-4))
        await until(minute(-4))
        await loop.run_in_executor(None, living.advance, minute(2))
        await until(minute(2))
        told = {table: study.rows(table) for table in TABLES}
        assert StudyReader(folder).last_ms == minute(-1), "the day before is kept, the rest is not yet"
        stop.set()
        await running
        for table, rows in told.items():
            assert rows.equals(StudyReader(folder).rows(table)), table
        assert told["clusters"]["time"].dt.epoch("ms").max() >= minute(0)

    asyncio.run(asyncio.wait_for(follow(), 120))
    assert HistoryReader(folder).last_ms == StudyReader(folder).last_ms
