"""A study of history gives the same bytes however it is split, stopped, gone on with or damaged (studying/run.py)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import pytest
from studied_world import MIDNIGHT_MS, MINUTE_MS
from study_bytes import bytes_of

from liqscape.errors import NotFound, QuestionError, StoreError
from liqscape.insight.study_rows import StudyRows
from liqscape.service.studying.executors import ATTEMPTS, HereExecutor, ProcessExecutor
from liqscape.service.studying.run import StudiedDay, StudyWanted, stored_days, study_history
from liqscape.service.studying.span import SpanResult, SpanTask
from liqscape.store.history import HistoryReader
from liqscape.store.studies import FOLDER, StudyReader, StudyWriter
from liqscape.store.studies.schema import frames_of
from liqscape.store.studies.writer import StudiedCoin

ALL = StudyWanted()
History = Callable[..., Path]


def study(data: Path, wanted: StudyWanted = ALL, workers: int = 1) -> list[StudiedDay]:
    return list(study_history(data, wanted, HereExecutor(), workers))


@pytest.fixture(scope="session")
def whole(stored_history: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a study in one go gives."""
    import shutil

    data = shutil.copytree(stored_history, tmp_path_factory.mktemp("whole") / "history")
    days = study(data)
    assert [day.frame_count for day in days] == [25, 21]
    found = StudyReader(data)
    assert found.rows("clusters", "BTC").height > 0
    return bytes_of(data)


@pytest.mark.parametrize("workers", [2, 3, 50])
def test_any_split_by_coin_gives_the_same_bytes(history: History, whole: dict[str, bytes], workers: int) -> None:
    data = history()
    study(data, workers=workers)
    assert bytes_of(data) == whole


def test_coin_by_coin_in_any_order_gives_the_same_bytes(history: History, whole: dict[str, bytes]) -> None:
    data = history()
    for coin in reversed(HistoryReader(data).coins_ever):
        study(data, StudyWanted(coins=(coin,)))
    assert bytes_of(data) == whole


@pytest.mark.parametrize("minutes", [(-24,), (-20, -11, 3), (0, 1, 2)])
def test_stopped_anywhere_and_gone_on_with_gives_the_same_bytes(
    history: History, whole: dict[str, bytes], minutes: Sequence[int]
) -> None:
    data = history()
    for minute in minutes:
        study(data, StudyWanted(to_ms=MIDNIGHT_MS + minute * MINUTE_MS + 1))
    study(data)
    assert bytes_of(data) == whole


def test_killed_between_days_goes_on_and_what_is_there_is_passed_over(
    history: History, whole: dict[str, bytes]
) -> None:
    data = history()
    running = study_history(data, ALL, HereExecutor(), 1)
    assert [day.frame_count for day in islice(running, 1)] == [25]
    running.close()
    assert [day.frame_count for day in study(data)] == [0, 21]
    assert [day.coin_count for day in study(data)] == [0, 0]
    assert bytes_of(data) == whole


def test_an_earlier_beginning_studies_later_days_again(history: History, whole: dict[str, bytes]) -> None:
    data = history()
    study(data, StudyWanted(from_ms=MIDNIGHT_MS))
    assert bytes_of(data) != {name: content for name, content in whole.items() if name.startswith("2026-05-29")}
    study(data)
    assert bytes_of(data) == whole


@pytest.mark.parametrize("file", ["clusters.parquet", "states.bin", "part.json"])
def test_a_damaged_part_is_made_again_from_the_history(history: History, whole: dict[str, bytes], file: str) -> None:
    data = history()
    study(data)
    part = next(path for path in sorted((data / FOLDER).iterdir()) if path.is_dir())
    (part / file).write_bytes(b"PAR1 nothing of it")
    study(data)
    for path in list((data / FOLDER).iterdir()):
        if ".damaged-" in path.name:
            path.rename(data / path.name)
    assert bytes_of(data) == whole


def test_states_of_another_version_are_set_aside_and_studied_again(history: History, whole: dict[str, bytes]) -> None:
    data = history()
    study(data, StudyWanted(to_ms=MIDNIGHT_MS + 5 * MINUTE_MS))
    with StudyWriter(data, HistoryReader(data).history_id) as writer:
        for day in writer.days:  # states that nothing of today can read, in sound files
            part = writer.part(day)
            assert part is not None
            old = [
                StudiedCoin(coin=coin, since_ms=span.since_ms, last_ms=span.last_ms, state=b"\x80", goes_on=True)
                for coin, span in part.coins.items()
            ]
            writer.keep(day, old, frames_of(StudyRows()))
    study(data)
    for path in list((data / FOLDER).iterdir()):
        if ".damaged-" in path.name:
            path.rename(data / path.name)
    assert bytes_of(data) == whole


def test_processes_give_the_same_bytes_and_one_that_is_killed_costs_only_its_piece(
    history: History, whole: dict[str, bytes]
) -> None:
    data = history()
    executor = _Killing(2)
    try:
        list(study_history(data, ALL, executor, 2))
    finally:
        executor.close()
    assert executor.killed == 1
    assert executor.begun == 5, "two pieces a day, and one again"
    assert bytes_of(data) == whole


class _Killing(ProcessExecutor):
    """Kills one of its workers as soon as the first pieces are under way."""

    killed = begun = 0

    def _submitted(self, place: int) -> None:
        self.begun += 1
        if self.begun == 2:
            os.kill(self.process_ids[place], signal.SIGKILL)
            self.killed += 1


def die(task: SpanTask) -> SpanResult:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError(task)


def test_a_piece_that_kills_its_workers_ends_the_study_with_a_sentence(tmp_path: Path) -> None:
    task = SpanTask(data=tmp_path, start_ms=0, end_ms=1, coins=("BTC",), states={}, going_on=frozenset())
    executor = ProcessExecutor(1)
    try:
        with pytest.raises(StoreError, match=f"{ATTEMPTS} workers died on BTC"):
            list(executor.map(die, [task]))
    finally:
        executor.close()


def test_what_cannot_be_studied_is_said(history: History, tmp_path: Path) -> None:
    data = history()
    reader = HistoryReader(data)
    with pytest.raises(QuestionError, match="no frame is stored from"):
        stored_days(reader, MIDNIGHT_MS + 90_000 * MINUTE_MS, None)
    with pytest.raises(NotFound, match="BTC"):
        study(data, StudyWanted(coins=("BTCC",)))
    with pytest.raises(StoreError, match="manifest"):
        study(tmp_path)
    assert not (data / FOLDER).exists(), "nothing half-written"
