"""A reader beside a writer, in another thread: every answer is of whole frames, none twice, none lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from store_frames import PROVENANCE, START_MS, TABLES, assert_same_frame, make_accounts, make_frame, make_markets
from stored_moments import moment_of

from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history import reader as reader_module
from liqscape.store.history import writer as writer_module
from liqscape.store.history.folder_state import FolderState

MARKETS = make_markets(2)
STEPS = range(1_420, 1_450)
"""Twenty minutes before midnight and ten after it."""


def test_reader_sees_every_frame_once_while_the_writer_seals_and_merges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "HEAD_FILES", 4)
    monkeypatch.setattr(writer_module, "DAY_PARTS", 2)
    stored = [(make_frame(6, step, markets=MARKETS), make_accounts(6, step, 2)) for step in STEPS]
    times = np.array([frame.time_ms for frame, _ in stored])
    durable = [0]
    is_over, is_looked_at = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with HistoryWriter(tmp_path, PROVENANCE) as writer:
                for count, (frame, accounts) in enumerate(stored, 1):
                    writer.append(moment_of(frame, accounts, TABLES))
                    durable[0] = count
                    if count % 5 == 0:  # however slowly the reader is let run
                        is_looked_at.clear()
                        is_looked_at.wait(10.0)
        finally:
            is_over.set()

    HistoryWriter(tmp_path, PROVENANCE).close()
    thread = threading.Thread(target=write)
    thread.start()
    reader = HistoryReader(tmp_path)
    rounds = 0
    while not is_over.is_set():
        rounds += 1
        at_least = durable[0]
        seen = reader.frame_times(0, START_MS * 2)
        np.testing.assert_array_equal(seen, times[: len(seen)])
        assert len(seen) >= at_least
        if len(seen):
            place = (rounds * 7) % len(seen)
            frame = reader.frame_at(int(times[place]))
            assert frame is not None
            assert_same_frame(frame, stored[place][0])
            reader.window("C0", START_MS + 1_410 * 60_000, START_MS + 1_460 * 60_000, 100, 50, 0.5, 2.0)
        is_looked_at.set()
        is_over.wait(0.02)  # leave a core to the writer
    thread.join()
    assert durable[0] == len(stored)
    assert reader.frame_count == len(stored)
    assert rounds > 3


def test_one_reader_answers_several_threads_while_the_writer_seals_and_merges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "HEAD_FILES", 4)
    monkeypatch.setattr(writer_module, "DAY_PARTS", 2)
    stored = [(make_frame(6, step, markets=MARKETS), make_accounts(6, step, 2)) for step in STEPS]
    is_over = threading.Event()
    rounds = [0] * 4

    def ask(number: int) -> None:
        while not is_over.is_set():
            frame = stored[(rounds[number] * 7 + number) % 10][0]
            found = reader.frame_at(frame.time_ms)
            assert found is not None
            assert_same_frame(found, frame)
            assert reader.last_ms is not None
            rounds[number] += 1
            is_over.wait(0.01)  # leave a core to the writer

    with HistoryWriter(tmp_path, PROVENANCE) as writer, ThreadPoolExecutor(len(rounds)) as pool:
        for frame, accounts in stored[:10]:
            writer.append(moment_of(frame, accounts, TABLES))
        reader = HistoryReader(tmp_path)
        asking = [pool.submit(ask, number) for number in range(len(rounds))]
        for frame, accounts in stored[10:]:
            writer.append(moment_of(frame, accounts, TABLES))
        while min(rounds) < 3 and not any(each.done() for each in asking):
            is_over.wait(0.01)
        is_over.set()
        for each in asking:
            each.result()
    assert reader.frame_count == len(stored)


def test_look_at_the_folder_does_not_wait_for_an_answer_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window of millions of cells takes a second: the status of the map is not to take as long."""
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        writer.append(moment_of(make_frame(6, 0, markets=MARKETS), make_accounts(6, 0, 2), TABLES))
    reader = HistoryReader(tmp_path)
    is_drawing, may_end = threading.Event(), threading.Event()

    def draw(*_: object, **__: object) -> None:
        is_drawing.set()
        assert may_end.wait(30.0)

    monkeypatch.setattr(reader_module, "draw_window", draw)
    thread = threading.Thread(target=reader.window, args=("C0", START_MS, START_MS + 60_000, 100, 50, 0.5, 2.0))
    thread.start()
    assert is_drawing.wait(30.0)
    assert reader.frame_count == 1
    assert reader.frame_at(START_MS) is not None
    may_end.set()
    thread.join()


def test_reader_sees_an_appended_frame_at_once(tmp_path: Path) -> None:
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        reader = HistoryReader(tmp_path)
        for step in range(6):
            frame = make_frame(6, step, markets=MARKETS)
            writer.append(moment_of(frame, make_accounts(6, step, 2), TABLES))
            assert reader.last_ms == frame.time_ms
            assert reader.frame_count == step + 1
            if step == 3:
                writer.compact()
                assert reader.last_ms == frame.time_ms


def test_margin_tables_are_found_though_a_merge_removes_their_part_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        for step in range(2):
            writer.append(moment_of(make_frame(6, step, markets=MARKETS), make_accounts(6, step, 2), TABLES))
            writer._seal()
        reader = HistoryReader(tmp_path)
        find_run = FolderState.run_at
        waiting = [writer.compact]

        def late_run_at(self: FolderState, time_ms: int) -> object:
            while waiting:
                waiting.pop()()  # the writer merges both parts after the manifest was read
            return find_run(self, time_ms)

        monkeypatch.setattr(FolderState, "run_at", late_run_at)
        assert reader.tables_at(START_MS).tables == TABLES.tables
