"""The folder of a history never takes more than its bound, looked at before every step of the disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from store_frames import PROVENANCE, START_MS, TABLES, make_accounts, make_frame, make_markets
from stored_moments import moment_of

from liqscape.store.history import HistoryReader, HistoryWriter, writer
from liqscape.store.history.retention import KEEP_ALL, KeepRules
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

MARKETS = make_markets(2)
DAYS = 11
TIMES = [
    START_MS + day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS
    for day in range(DAYS)
    for hour in (0, 12)
    for minute in range(0, 20, 5)
]


@contextmanager
def watched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Bytes of the folder before every flush, rename and removal: what is there is never more in between."""
    seen: list[int] = []

    def looking(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            seen.append(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))
            return real(*arguments, **named)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", looking(os.fsync))
        for name in ("rename", "replace", "unlink"):
            patch.setattr(Path, name, looking(getattr(Path, name)))
        patch.setattr(shutil, "rmtree", looking(shutil.rmtree))
        yield seen


def write(folder: Path, keep: KeepRules) -> None:
    with HistoryWriter(folder, PROVENANCE, keep=keep) as history:
        for step, time_ms in enumerate(TIMES):
            accounts = make_accounts(5, step, len(MARKETS))
            frame = make_frame(5, step, markets=MARKETS, accounts=accounts, time_ms=time_ms)
            history.append(moment_of(frame, accounts, TABLES))


def test_a_growing_history_stays_below_its_bound_at_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "HEAD_FILES", 4)
    with watched(tmp_path / "all", monkeypatch) as seen:
        write(tmp_path / "all", KEEP_ALL)
    bound = seen[-1] // 2
    assert max(seen) > bound
    with watched(tmp_path / "bound", monkeypatch) as seen:
        write(tmp_path / "bound", KeepRules(max_bytes=bound))
    assert max(seen) <= bound
    reader = HistoryReader(tmp_path / "bound")
    assert reader.last_ms == TIMES[-1]
    assert reader.first_ms is not None
    assert reader.first_ms > TIMES[0], "the oldest days went"
    counts = [len(reader.frame_times(day, day + DAY_MS)) for day in range(reader.first_ms, TIMES[-1], DAY_MS)]
    assert len(counts) >= 3
    assert counts[-1] == 8, "today keeps every frame"
    assert min(counts) < 8, "detail went before days did"
