"""Answers of a history with damaged files: a hole that is said, never a failure of the whole answer."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from damaged_history import FRAMES, STEPS, TIMES, write_history
from store_frames import MINUTE_MS

from liqscape.cli.damage_text import damage_text
from liqscape.errors import NotFound
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader

SPAN = {"start_ms": TIMES[0], "end_ms": TIMES[-1] + MINUTE_MS, "price_low": 0.5, "price_high": 2.0, "width": 2_000}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_history(tmp_path)
    return tmp_path


def damage(folder: Path, pattern: str) -> Path:
    path = sorted(folder.glob(pattern))[1]
    path.write_bytes(path.read_bytes()[:-7])
    return path


def test_a_window_over_a_damaged_file_says_which_cells_are_missing_and_why(folder: Path) -> None:
    view = MapView(HistoryReader(folder))
    path = damage(folder, "parts/*/positions.parquet")
    answer = view.heatmap("C0", **SPAN)  # type: ignore[arg-type]
    (row,) = answer.header.damaged
    assert row.file == str(path.relative_to(folder))
    assert (row.first_ms, row.last_ms) == (TIMES[6], TIMES[7])
    assert "bytes" in row.cause
    assert answer.as_of_ms[6:8].tolist() == [-1, -1]
    assert np.isnan(answer.long[:, 6:8]).all()
    assert (answer.as_of_ms[[5, 8]] > 0).all()
    assert msgspec.json.decode(answer.to_json())["damaged"] == [msgspec.to_builtins(row)]
    later = {**SPAN, "start_ms": TIMES[9]}
    assert view.heatmap("C0", **later).header.damaged == []  # type: ignore[arg-type]
    assert view.status().damaged == [row]


def test_a_moment_whose_accounts_are_damaged_is_not_in_the_map_and_the_others_are(folder: Path) -> None:
    view = MapView(HistoryReader(folder))
    damage(folder, "parts/*/pools.parquet")
    with pytest.raises(NotFound, match=r"pools\.parquet is damaged, status says what to do"):
        view.positions("C0", price_low=0.1, price_high=9.0, at_ms=TIMES[6])
    view.positions("C0", price_low=0.1, price_high=9.0, at_ms=TIMES[0])
    (row,) = view.status().damaged
    assert row.loss.startswith("accounts and levels of these times cannot be asked for")


def test_status_counts_and_lists_what_is_left(folder: Path) -> None:
    damage(folder, "parts/*/coins.parquet")
    view = MapView(HistoryReader(folder))
    view.heatmap("C0", **SPAN)  # type: ignore[arg-type]
    standing = view.status()
    assert standing.frame_count == STEPS - 2
    assert standing.as_of_ms == FRAMES[-1][0].time_ms
    (row,) = standing.damaged
    text = damage_text(row)
    assert text.startswith(f"{row.file}, 2026-02-04T00:00")
    assert row.cause in text
    assert row.remedy in text
