"""A history of version 2, before anything was written down by the minute, is read and continued as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from store_frames import PROVENANCE, TABLES, assert_same_accounts, make_accounts, make_frame, make_markets
from stored_moments import moment_of
from version_two import as_version_two

from liqscape.model.minute_notes import MinuteNotes
from liqscape.store.history import HistoryReader, HistoryWriter, writer

MARKETS = make_markets(2)
STORED = [
    (make_frame(4, step, markets=MARKETS, accounts=accounts), accounts)
    for step, accounts in ((step, make_accounts(4, step, 2)) for step in range(12))
]
NOTES = MinuteNotes(path={"market_index": np.array([1]), "at_ms": np.array([6]), "mark": np.array([2.5])})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Seven frames of it: a part, and heads that follow it."""
    monkeypatch.setattr(writer, "HEAD_FILES", 4)
    with HistoryWriter(tmp_path, PROVENANCE) as history:
        for frame, accounts in STORED[:7]:
            history.append(moment_of(frame, accounts, TABLES))
    as_version_two(tmp_path)
    return tmp_path


def check(folder: Path, count: int) -> None:
    reader = HistoryReader(folder)
    assert not reader.damaged
    assert reader.frame_times(0, 1 << 60).tolist() == [frame.time_ms for frame, _ in STORED[:count]]
    for frame, accounts in STORED[:count]:
        assert_same_accounts(reader.accounts_at(frame.time_ms), accounts)


def test_its_parts_and_heads_are_read(folder: Path) -> None:
    assert list(folder.glob("parts/*"))
    assert list(folder.glob("head/*"))
    check(folder, 7)


def test_it_goes_on_and_merges_with_what_is_written_down_from_then_on(folder: Path) -> None:
    with HistoryWriter(folder, PROVENANCE) as history:
        for frame, accounts in STORED[7:]:
            history.append(replace(moment_of(frame, accounts, TABLES), notes=NOTES))
            check(folder, STORED.index((frame, accounts)) + 1)
        history.compact()
    check(folder, 12)
    (part,) = folder.glob("parts/*")
    path = pl.read_parquet(part / "mark_path.parquet")
    assert path["time"].dt.epoch("ms").to_list() == [frame.time_ms for frame, _ in STORED[7:]]
    assert path["mark"].to_list() == [2.5] * 5


def test_a_damaged_last_head_of_it_costs_its_minute_alone(folder: Path) -> None:
    last = max(folder.glob("head/*.head"))
    last.write_bytes(b"")
    with HistoryWriter(folder, PROVENANCE) as history:
        assert history.last_time_ms == STORED[5][0].time_ms
        for frame, accounts in STORED[6:]:
            history.append(moment_of(frame, accounts, TABLES))
    reader = HistoryReader(folder)
    assert reader.frame_times(0, 1 << 60).tolist() == [frame.time_ms for frame, _ in STORED]
