"""Sealing and merging interrupted at every step: readers see each frame exactly once, and the writer goes on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from amounts import every, first_of
from disk_faults import Interrupted, fault_at
from store_frames import (
    PROVENANCE,
    START_MS,
    TABLES,
    assert_same_accounts,
    assert_same_frame,
    make_accounts,
    make_frame,
    make_markets,
)
from stored_moments import moment_of, moments_of

from liqscape.store.history import HistoryReader, HistoryWriter

MARKETS = make_markets(1)
STORED = [(make_frame(4, step, markets=MARKETS), make_accounts(4, step, 1)) for step in range(12)]


SHARES = 5
"""The steps of a compaction are dealt to so many tests."""


def check(reader: HistoryReader, count: int) -> None:
    assert reader.frame_times(0, START_MS * 2).tolist() == [frame.time_ms for frame, _ in STORED[:count]]
    assert reader.frame_count == count
    for frame, accounts in (STORED[0], STORED[count // 2], STORED[count - 1]):
        read = reader.frame_at(frame.time_ms)
        assert read is not None
        assert_same_frame(read, frame)
        assert_same_accounts(reader.accounts_at(frame.time_ms), accounts)


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """Two parts and three head files: nine frames."""
    folder = tmp_path / "prepared"
    with HistoryWriter(folder, PROVENANCE) as writer:
        for begin in (0, 3):
            writer.append_many(moments_of(STORED[begin : begin + 3], TABLES))
            writer._seal()
        for frame, accounts in STORED[6:9]:
            writer.append(moment_of(frame, accounts, TABLES))
    return folder


@pytest.mark.parametrize("first", first_of(range(1, SHARES + 1)))
def test_compaction_interrupted_at_every_step(
    first: int, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, is_done = first - SHARES, False
    while not is_done:
        number += SHARES
        folder = tmp_path / f"at{number}"
        shutil.copytree(prepared, folder)
        before = HistoryReader(folder)
        writer = HistoryWriter(folder, PROVENANCE)
        try:
            with fault_at(monkeypatch, number) as calls:
                writer.compact()
            is_done = True
            assert calls[0] < number
        except Interrupted:
            pass
        check(before if number % 3 == 0 else HistoryReader(folder), 9)
        if number % 2:  # else the same writer goes on
            writer.close()
            writer = HistoryWriter(folder, PROVENANCE)
        writer.append(moment_of(*STORED[9], TABLES))
        assert writer.last_time_ms == STORED[9][0].time_ms
        check(HistoryReader(folder), 10)
        if number % 8 == 0 or is_done:
            writer.compact()
            check(before, 10)
            assert len(list((folder / "parts").iterdir())) == 1
        writer.close()
        shutil.rmtree(folder)
    assert number > 30


@pytest.mark.property
@pytest.mark.parametrize("count", first_of([1, 3]))
def test_append_interrupted_at_every_step_stores_all_or_nothing(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    number, is_done = 1 - every(3), False
    while not is_done:
        number += every(3)
        folder = tmp_path / f"at{number}"
        shutil.copytree(prepared, folder)
        with HistoryWriter(folder, PROVENANCE) as writer:
            try:
                with fault_at(monkeypatch, number):
                    writer.append_many(moments_of(STORED[9 : 9 + count], TABLES))
                is_done = True
            except Interrupted:
                pass
            there = HistoryReader(folder).frame_count
            assert there in (9, 9 + count)
            check(HistoryReader(folder), there)
            writer.append_many(moments_of(STORED[9:12], TABLES))
            check(HistoryReader(folder), 12)
        assert not list(folder.rglob(".tmp-*"))
    assert number > 3


def test_frames_that_fail_midway_are_not_half_stored(tmp_path: Path) -> None:
    """The iterator of a bulk load breaks: what it gave before is given again and stored once."""

    def broken() -> Iterator[tuple]:
        yield from STORED[:4]
        raise Interrupted

    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        with pytest.raises(Interrupted):
            writer.append_many(moments_of(broken(), TABLES))
        assert HistoryReader(tmp_path).frame_count == 0
        writer.append_many(moments_of(STORED[:6], TABLES))
        check(HistoryReader(tmp_path), 6)


def test_what_an_interrupted_write_left_is_ignored_and_removed(prepared: Path) -> None:
    left = [
        prepared / ".tmp-manifest.json",
        prepared / "head" / ".tmp-001770076800000-001770076800000.head",
        prepared / "parts" / ".tmp-2026-02-03-001770076800000-9" / "coins.parquet",
        prepared / "parts" / "2026-02-03-001770076800000-8" / "coins.parquet",
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half of it")
    shutil.copy(
        sorted((prepared / "head").glob("*.head"))[0], prepared / "head" / "000000000000001-000000000000002.head"
    )
    check(HistoryReader(prepared), 9)
    with HistoryWriter(prepared, PROVENANCE):
        check(HistoryReader(prepared), 9)
    assert not any(path.exists() for path in left)
    assert len(list((prepared / "head").iterdir())) == 3
