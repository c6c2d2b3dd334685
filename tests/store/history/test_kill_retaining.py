"""Killing a writer that thins and removes: of every day the old part stands or the new one, and nothing else goes."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import store_killed_keeper as killed
from amounts import examples
from store_frames import START_MS, assert_same_accounts, assert_same_frame

from liqscape.store.history import HistoryReader
from liqscape.store.history.retention import QUARTER_HOUR_MS
from liqscape.store.history.thinning import kept_frames
from liqscape.units import DAY_MS

KILLS = examples(24)


@pytest.mark.property
def test_killed_at_random_moments_while_days_are_thinned_and_removed(tmp_path: Path) -> None:
    rng = random.Random(20260204)
    command = [sys.executable, "-W", "ignore::DeprecationWarning", killed.__file__, str(tmp_path)]
    count = thinned = removed = 0
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as helper:
        assert helper.stdin is not None
        assert helper.stdout is not None
        for _ in range(KILLS):
            print(rng.randrange(3, 11), int(rng.expovariate(1 / 9_000)), file=helper.stdin, flush=True)
            acknowledged = [int(word) for word in helper.stdout.readline().split()]
            assert acknowledged, "the helper gave up"
            reader = HistoryReader(tmp_path)
            assert reader.last_ms is not None
            last = killed.step_of(reader.last_ms)
            assert last - acknowledged[-1] in (0, 1)
            count = last + 1
            thinned, removed = _check(reader, count)
        helper.stdin.close()
    assert helper.returncode == 0
    assert thinned >= 1
    assert removed >= 1


def _check(reader: HistoryReader, count: int) -> tuple[int, int]:
    """Every day is whole, thinned or gone, as its age allows. Returns how many are thinned and how many gone."""
    stored = reader.frame_times(0, START_MS * 2)
    assert (np.diff(stored) > 0).all(), "none twice"
    appended = np.array([killed.time_of(step) for step in range(count)])
    newest, thinned, removed = int(appended[-1]) // DAY_MS, 0, 0
    for day in sorted(set((appended // DAY_MS).tolist())):
        whole, own = (times[times // DAY_MS == day] for times in (appended, stored))
        age = newest - day
        if not len(own):
            assert age > killed.RULES.days
            removed += 1
        elif len(own) < len(whole):
            assert age > killed.RULES.minute_days
            least = whole[kept_frames(whole, np.zeros(len(whole), np.int32), QUARTER_HOUR_MS, reader.hold_ms)]
            assert set(least.tolist()) <= set(own.tolist()) <= set(whole.tolist())
            thinned += 1
    for time_ms in stored[:: max(len(stored) // 8, 1)].tolist():
        frame, accounts = killed.frame_of(killed.step_of(time_ms))
        read = reader.frame_at(time_ms)
        assert read is not None
        assert_same_frame(read, frame)
        assert_same_accounts(reader.accounts_at(time_ms), accounts)
    return thinned, removed
