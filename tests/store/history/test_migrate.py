"""A history of version 1 becomes one of today: the same frames and accounts, whatever interrupts it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars
import pytest
from amounts import every, first_of
from disk_faults import Interrupted, fault_at
from former_history import write_former
from store_frames import (
    MINUTE_MS,
    PROVENANCE,
    TABLES,
    assert_same_accounts,
    assert_same_frame,
    make_accounts,
    make_frame,
    make_markets,
)

from liqscape.heatmap.frame import MarketFrame
from liqscape.model import Accounts
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.manifest import PartEntry
from liqscape.store.history.migrate import look_for_former

MARKETS = make_markets(2)
STEPS = [*range(1_434, 1_446), 1_460, 1_461]
"""Six minutes before midnight, six after it, and two that stay in heads, the first of them after a hole."""
STORED = [(make_frame(5, step, markets=MARKETS), make_accounts(5, step, 2)) for step in STEPS]


def nobody(entry: PartEntry) -> None:
    """Who does not listen."""


@pytest.fixture
def former(tmp_path: Path) -> Path:
    write_former(tmp_path / "former", STORED, TABLES, in_parts=[6, 3, 3])
    return tmp_path / "former"


def check(reader: HistoryReader, stored: list[tuple[MarketFrame, Accounts]]) -> None:
    assert reader.frame_times(0, 2**50).tolist() == [frame.time_ms for frame, _ in stored]
    for frame, accounts in stored[::5] + stored[-1:]:
        read = reader.frame_at(frame.time_ms)
        assert read is not None
        assert_same_frame(read, frame)
        assert_same_accounts(reader.accounts_at(frame.time_ms), accounts)
    assert reader.damaged == ()


def test_frames_accounts_and_windows_stay_and_the_files_are_of_today(former: Path) -> None:
    shutil.copytree(former, before := former.with_name("before"))
    parts, heads = look_for_former(former)
    assert ([entry.frame_count for entry in parts], heads) == ([6, 3, 3], 2)
    reported: list[PartEntry] = []
    with HistoryWriter(former, PROVENANCE) as writer:
        assert writer.migrate(reported.append) == {}
    assert reported == parts
    check(HistoryReader(former), STORED)
    assert look_for_former(former) == ([], 0)
    assert list((former / "head").iterdir()) == []
    first_ms = STORED[0][0].time_ms
    for coin in MARKETS.coins:
        for width in (40, 4):
            span = (first_ms, first_ms + 40 * MINUTE_MS, width, 200, 0.3, 3.0, "mark")
            ours, theirs = (HistoryReader(folder).window(coin, *span) for folder in (former, before))
            np.testing.assert_array_equal(ours.as_of_ms, theirs.as_of_ms)
            np.testing.assert_allclose(ours.long, theirs.long, rtol=1e-6)
    unknown = 0
    for path in former.glob("parts/*/*.parquet"):
        frame = polars.read_parquet(path)
        floats = frame.select(polars.col(polars.Float64, polars.Float32))
        assert not any(column.is_nan().any() for column in floats)
        unknown += sum(column.null_count() for column in floats)
    assert unknown > 0


def test_what_is_of_today_is_left_as_it_is(former: Path) -> None:
    with HistoryWriter(former, PROVENANCE) as writer:
        writer.migrate(nobody)
        before = {path: path.stat().st_ino for path in former.glob("parts/*/*")}
        assert writer.migrate(nobody) == {}
    assert {path: path.stat().st_ino for path in former.glob("parts/*/*")} == before


@pytest.mark.property
@pytest.mark.parametrize("in_parts", first_of([[2], [1, 1]]))
def test_a_migration_interrupted_at_every_step_loses_nothing(
    in_parts: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every second step, of the first or the second on; `make test` tries one in three of those."""
    stored = STORED[6:8]
    write_former(tmp_path / "former", stored, TABLES, in_parts=in_parts)
    number, is_done = len(in_parts) - 2, False
    while not is_done:
        number += 2 * every(3)
        folder = tmp_path / f"at{number}"
        shutil.copytree(tmp_path / "former", folder)
        writer = HistoryWriter(folder, PROVENANCE)
        try:
            with fault_at(monkeypatch, number) as calls:
                writer.migrate(nobody)
            is_done = True
            assert calls[0] < number
        except Interrupted:
            check(HistoryReader(folder), stored)
        if number % 4 < 2:  # else the same writer goes on
            writer.close()
            writer = HistoryWriter(folder, PROVENANCE)
        assert writer.migrate(nobody) == {}
        check(HistoryReader(folder), stored)
        assert look_for_former(folder) == ([], 0)
        writer.close()
        shutil.rmtree(folder)


def test_a_part_with_a_damaged_file_stays_and_the_others_become_of_today(former: Path) -> None:
    parts, _ = look_for_former(former)
    path = former / "parts" / parts[1].name / "positions.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with HistoryWriter(former, PROVENANCE) as writer:
        left = writer.migrate(nobody)
    assert list(left) == [parts[1].name]
    assert "positions.parquet" in left[parts[1].name]
    assert look_for_former(former)[0] == [parts[1]]
    assert path.read_bytes() == content
    reader = HistoryReader(former)
    for frame, accounts in (STORED[0], STORED[-1]):
        assert_same_accounts(reader.accounts_at(frame.time_ms), accounts)
