"""Scores of a history are the same bytes however it is split, stopped, gone on with or damaged (scoring/run.py)."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from studied_world import MIDNIGHT_MS

from liqscape.errors import QuestionError, StoreError
from liqscape.insight.minute import address_key
from liqscape.service.scoring.hours import HourReader
from liqscape.service.scoring.pieces import score_piece
from liqscape.service.scoring.run import ScoredDay, ScoreWanted, score_history, split_tasks, wanted_days
from liqscape.service.studying.executors import HereExecutor, ProcessExecutor
from liqscape.store.history import HistoryReader
from liqscape.store.scores import FOLDER, ScoreReader, ScoreWriter
from liqscape.store.scores.schema import TABLES, write_table
from liqscape.units import DAY_MS, HOUR_MS

History = Callable[..., Path]
ALL = ScoreWanted()
DAYS = ("2026-05-28", "2026-05-29")


def score(data: Path, wanted: ScoreWanted = ALL, workers: int = 1, days_a_piece: int = 7) -> list[ScoredDay]:
    return list(score_history(data, wanted, HereExecutor(), workers, days_a_piece=days_a_piece))


def bytes_of(data: Path) -> dict[str, bytes]:
    """All files of scores."""
    root = data / FOLDER
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.parquet"))}


@pytest.fixture(scope="session")
def whole(scored_world: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What scoring in one go gives."""
    data = shutil.copytree(scored_world, tmp_path_factory.mktemp("whole") / "history")
    days = score(data)
    assert [(day.hour_count, day.is_new) for day in days] == [(3, True), (5, True)]
    assert ScoreReader(data).rows("crossings", DAYS).height > 0
    return bytes_of(data)


@pytest.mark.parametrize(("workers", "days_a_piece"), [(1, 1), (2, 7), (3, 1), (50, 2)])
def test_any_split_by_day_and_coin_gives_the_same_bytes(
    history: History, whole: dict[str, bytes], workers: int, days_a_piece: int
) -> None:
    data = history()
    score(data, workers=workers, days_a_piece=days_a_piece)
    assert bytes_of(data) == whole


def test_processes_give_the_same_bytes_and_one_that_is_killed_costs_only_its_piece(
    history: History, whole: dict[str, bytes]
) -> None:
    data = history()
    executor = _Killing(2)
    try:
        list(score_history(data, ALL, executor, 2, days_a_piece=1))
    finally:
        executor.close()
    assert executor.killed == 1
    assert executor.begun == 3
    assert bytes_of(data) == whole


class _Killing(ProcessExecutor):
    """Kills one of its workers as soon as the first pieces are under way."""

    killed = begun = 0

    def _submitted(self, place: int) -> None:
        self.begun += 1
        if self.begun == 2:
            os.kill(self.process_ids[place], signal.SIGKILL)
            self.killed += 1


def test_stopped_between_days_goes_on_and_what_is_there_is_passed_over(
    history: History, whole: dict[str, bytes]
) -> None:
    data = history()
    running = score_history(data, ALL, HereExecutor(), 1, days_a_piece=1)
    assert [day.is_new for day in islice(running, 1)] == [True]
    running.close()
    assert [day.is_new for day in score(data)] == [False, True]
    assert [day.is_new for day in score(data)] == [False, False]
    assert bytes_of(data) == whole


@pytest.mark.parametrize("table", TABLES)
def test_a_day_cut_short_or_damaged_is_scored_again(history: History, whole: dict[str, bytes], table: str) -> None:
    data = history()
    score(data)
    (data / FOLDER / table / f"{DAYS[1]}.parquet").write_bytes(b"PAR1 nothing of it")
    assert ScoreReader(data).standing(DAYS[1]) is None
    assert [day.is_new for day in score(data)] == [False, True]
    assert bytes_of(data) == whole


def test_a_day_of_two_writings_is_not_scored(history: History, whole: dict[str, bytes]) -> None:
    data = history()
    score(data)
    reader = ScoreReader(data)
    standing = reader.standing(DAYS[1])
    assert standing is not None
    rows = reader.rows("levels", [DAYS[1]]).drop("day")
    former = type(standing)(**{**_fields(standing), "hour_count": 1})
    write_table(data / FOLDER, "levels", DAYS[1], rows, former)  # killed before the other tables
    assert reader.standing(DAYS[1]) is None
    assert [day.is_new for day in score(data)] == [False, True]
    assert bytes_of(data) == whole


def test_a_day_is_scored_again_once_more_of_it_is_stored(history: History, whole: dict[str, bytes]) -> None:
    data = history()
    score(data)
    reader = ScoreReader(data)
    standing = reader.standing(DAYS[1])
    assert standing is not None
    earlier = type(standing)(**{**_fields(standing), "last_ms": standing.last_ms - HOUR_MS})
    with ScoreWriter(data) as writer:
        writer.keep(DAYS[1], {name: reader.rows(name, [DAYS[1]]).drop("day") for name in TABLES}, earlier)
    assert [day.is_new for day in score(data)] == [False, True]
    assert bytes_of(data) == whole


def test_scores_of_another_history_are_made_again(history: History) -> None:
    data = history()
    score(data)
    reader = ScoreReader(data)
    for day in DAYS:
        standing = reader.standing(day)
        assert standing is not None
        other = type(standing)(**{**_fields(standing), "history_id": "other"})
        with ScoreWriter(data) as writer:
            writer.keep(day, {name: reader.rows(name, [day]).drop("day") for name in TABLES}, other)
    assert [day.is_new for day in score(data)] == [True, True]


def _fields(standing: object) -> dict[str, object]:
    from msgspec.structs import asdict

    return asdict(standing)  # type: ignore[arg-type]


def test_only_whole_days_are_scored_of_a_map_that_goes_on(history: History) -> None:
    data = history()
    found = score(data, ScoreWanted(is_whole_days=True))
    assert [day.day for day in found] == [MIDNIGHT_MS // DAY_MS - 1]
    assert ScoreReader(data).last_day == DAYS[0]


def test_days_are_those_asked_for_and_what_cannot_be_scored_is_said(history: History) -> None:
    reader = HistoryReader(history())
    day = MIDNIGHT_MS // DAY_MS
    assert wanted_days(reader, ALL) == [day - 1, day]
    assert wanted_days(reader, ScoreWanted(from_ms=MIDNIGHT_MS)) == [day]
    assert wanted_days(reader, ScoreWanted(to_ms=MIDNIGHT_MS)) == [day - 1]
    with pytest.raises(QuestionError, match=r"no frame is stored from 2030-01-01T00:00:00Z on"):
        wanted_days(reader, ScoreWanted(from_ms=1_893_456_000_000))
    with ScoreWriter(reader.folder), pytest.raises(StoreError, match="another program that scores"):
        score(reader.folder)


def test_few_days_are_split_by_coin_and_no_coin_twice(history: History) -> None:
    reader = HistoryReader(history())
    days = wanted_days(reader, ALL)
    tasks = split_tasks(reader, days, 4, 7)
    assert len(tasks) == 4
    assert {(task.first_day, coin) for task in tasks for coin in task.coins} == {
        (day, coin) for day in days for coin in reader.coins_ever
    }
    assert sum(len(task.coins) for task in tasks) == 2 * len(reader.coins_ever)
    assert "coins of 2026-05-28" in tasks[0].name


def test_hours_hold_what_the_frames_and_minutes_of_the_history_say(history: History) -> None:
    reader = HistoryReader(history())
    coins = reader.coins_ever
    day = MIDNIGHT_MS // DAY_MS
    hours = list(HourReader(reader, coins).days(day - 1, day))[-1]
    minutes = list(reader.minutes(0, 10**15))
    by_time = {minute.time_ms: minute for minute in minutes}
    for scored in hours.coins:
        index = minutes[0].frame.snapshot.markets.index_of(scored.coin)
        for hour, frame in zip(scored.hours_ms, scored.frames, strict=True):
            accounts = by_time[hour].accounts
            rows = np.flatnonzero(accounts.market_index == index)
            pool = accounts.pool_of_position()[rows]
            rows = rows[~accounts.is_exempt[pool]]
            owner = accounts.address_row[accounts.pool_of_position()[rows]]
            keys = [address_key(accounts.addresses[each]) for each in owner.tolist()]
            assert dict(zip(frame.key.tolist(), frame.size.tolist(), strict=True)) == dict(
                zip(keys, np.abs(accounts.size[rows]).tolist(), strict=True)
            )
        lows = [
            low
            for minute in minutes
            if minute.notes is not None and minute.notes.coins is not None
            for market, low in zip(
                minute.notes.coins["market_index"].tolist(), minute.notes.coins["mark_low"].tolist(), strict=True
            )
            if market == index and low > 0.0
        ]
        assert scored.path_mark.min() == min([*lows, *(frame.mark for frame in scored.frames)])
        assert scored.is_whole(scored.frames[0].time_ms, scored.frames[-1].time_ms)
    told = sum(
        int((minute.notes.accounts["kind"] != 4).sum())  # funding is not kept by account
        for minute in minutes
        if minute.notes is not None and minute.notes.accounts is not None
    )
    assert len(hours.coins[0].moves.key) == told


def test_a_coin_by_itself_has_the_rows_it_has_among_all(history: History) -> None:
    data = history()
    reader = HistoryReader(data)
    day = MIDNIGHT_MS // DAY_MS
    task = split_tasks(reader, [day], 1, 7)[0]
    together = score_piece(task)[0].tables
    for coin in reader.coins_ever:
        alone = score_piece(type(task)(data=data, first_day=day, last_day=day, coins=(coin,)))[0].tables
        for name, table in alone.items():
            assert table.equals(together[name].filter(pl.col("coin") == coin)), (coin, name)
