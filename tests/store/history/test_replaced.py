"""A folder whose history is replaced under a reader: one clear line on every question, never a mixture."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from store_frames import PROVENANCE, START_MS, TABLES, make_accounts, make_frame, make_markets
from stored_moments import moment_of

from liqscape.errors import HistoryReplaced, StoreError
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.manifest import MANIFEST
from liqscape.units import MINUTE_MS

MARKETS = make_markets(2)
QUESTIONS: tuple[Callable[[HistoryReader], object], ...] = (
    lambda reader: reader.markets,
    lambda reader: reader.coins,
    lambda reader: reader.first_ms,
    lambda reader: reader.last_ms,
    lambda reader: reader.frame_count,
    lambda reader: reader.frame_times(0, START_MS * 2),
    lambda reader: reader.frame_at(START_MS * 2),
    lambda reader: reader.accounts_at(START_MS * 2),
    lambda reader: reader.tables_at(START_MS * 2),
    lambda reader: reader.mark_path("C0", START_MS, START_MS + MINUTE_MS),
    lambda reader: reader.window("C0", START_MS, START_MS + 9 * MINUTE_MS, 10, 10, 0.5, 2.0),
)


def write(folder: Path, seed: int, steps: Iterable[int], *, is_compact: bool) -> None:
    with HistoryWriter(folder, PROVENANCE) as writer:
        for step in steps:
            writer.append(moment_of(make_frame(seed, step, markets=MARKETS), make_accounts(seed, step, 2), TABLES))
        if is_compact:
            writer.compact()


def assert_refused(reader: HistoryReader) -> None:
    for question in QUESTIONS:
        with pytest.raises(HistoryReplaced, match="holds another history now, or an earlier state of it"):
            question(reader)


@pytest.mark.parametrize("is_compact", [False, True])
@pytest.mark.parametrize("steps", [6, 4, 9])
def test_a_history_made_anew_with_files_of_the_same_names_is_refused(
    tmp_path: Path, steps: int, is_compact: bool
) -> None:
    folder = tmp_path / "data"
    write(folder, 1, range(6), is_compact=is_compact)
    reader = HistoryReader(folder)
    for question in QUESTIONS:
        question(reader)
    view = MapView(reader)
    view.moment()
    shutil.rmtree(folder)
    with pytest.raises(StoreError, match="no history here"):
        view.moment()
    write(folder, 2, range(steps), is_compact=is_compact)
    assert_refused(reader)
    with pytest.raises(HistoryReplaced):
        view.moment(START_MS)
    assert HistoryReader(folder).frame_count == steps


@pytest.mark.parametrize(("further", "is_compact"), [(0, False), (3, False), (0, True), (3, True), (12, True)])
def test_an_earlier_copy_put_back_is_refused_also_when_it_went_on(
    tmp_path: Path, further: int, is_compact: bool
) -> None:
    folder, copy = tmp_path / "data", tmp_path / "copy"
    write(folder, 1, range(4), is_compact=True)
    shutil.copytree(folder, copy)
    write(folder, 1, range(4, 8), is_compact=is_compact)
    reader = HistoryReader(folder)
    assert reader.frame_count == 8
    shutil.rmtree(folder)
    shutil.copytree(copy, folder)
    write(folder, 2, range(4, 4 + further), is_compact=is_compact)
    assert_refused(reader)


def test_a_reader_that_saw_no_frame_yet_sees_the_first(tmp_path: Path) -> None:
    HistoryWriter(tmp_path, PROVENANCE).close()
    reader = HistoryReader(tmp_path)
    assert reader.frame_count == 0
    write(tmp_path, 1, range(3), is_compact=False)
    assert reader.frame_count == 3
    write(tmp_path, 1, range(3, 5), is_compact=True)
    assert reader.frame_count == 5


def test_histories_of_older_versions_say_no_id_and_go_on(tmp_path: Path) -> None:
    write(tmp_path, 1, range(3), is_compact=True)
    path = tmp_path / MANIFEST
    lines = [line for line in path.read_text().splitlines() if "history_id" not in line]
    lines[-2] = lines[-2].rstrip(",")
    path.write_text("\n".join(lines))
    reader = HistoryReader(tmp_path)
    assert reader.frame_count == 3
    write(tmp_path, 1, range(3, 5), is_compact=True)
    assert reader.frame_count == 5
