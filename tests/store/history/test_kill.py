"""Killing the writer loses at most the frame in hand and damages nothing."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
import store_killed_writer as killed
from amounts import examples
from store_frames import MINUTE_MS, PROVENANCE, START_MS, assert_same_accounts, assert_same_frame

from liqscape.store.history import HistoryReader, HistoryWriter

KILLS = examples(52, 16)


@pytest.mark.property
@pytest.mark.parametrize(("beside", "kills"), [((), KILLS), (("beside",), KILLS // 2)])
def test_killed_at_random_moments(tmp_path: Path, beside: tuple[str, ...], kills: int) -> None:
    """With parts made by the appends themselves, and in a thread of its own beside them."""
    rng = random.Random(20260203)
    stored = 0
    helper = subprocess.Popen(
        [sys.executable, "-W", "ignore::DeprecationWarning", killed.__file__, str(tmp_path), *beside],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert helper.stdin is not None
    assert helper.stdout is not None
    interrupted = set()
    with helper:
        for number in range(kills):
            # Beside appends a part is soon written; every third kill waits for one, or all might miss them.
            when, mean_us = ("part", 500) if beside and number % 3 == 0 else ("", 5_000)
            print(rng.randrange(1, 6), int(rng.expovariate(1 / mean_us)), when, file=helper.stdin, flush=True)
            acknowledged = [int(word) for word in helper.stdout.readline().split()]
            assert acknowledged, "the helper gave up"
            interrupted |= {path.parent.name for path in tmp_path.rglob(".tmp-*")}
            before, stored = stored, _check(tmp_path, acknowledged, stored)
            assert stored > before
        helper.stdin.close()
    assert helper.returncode == 0
    assert interrupted, "no kill fell into a write"
    reader = HistoryReader(tmp_path)
    for step in range(killed.FIRST_STEP, killed.FIRST_STEP + stored, 5):
        _check_frame(reader, step)
    if not beside:
        assert len(reader._seen.manifest.parts) >= 2, "kills fell into sealing and merging as well"
        return
    assert "parts" in interrupted, "kills fell into sealing"
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        writer.compact()
    for step in range(killed.FIRST_STEP, killed.FIRST_STEP + stored, 5):
        _check_frame(reader, step)


def _check(folder: Path, acknowledged: list[int], stored_before: int) -> int:
    """All acknowledged frames and at most one more, none twice, none torn. Returns their number."""
    reader = HistoryReader(folder)
    steps = ((reader.frame_times(0, START_MS * 2) - START_MS) // MINUTE_MS).tolist()
    first = killed.FIRST_STEP
    assert steps == list(range(first, first + len(steps)))
    assert acknowledged[0] in (first + stored_before, first + stored_before + 1)
    assert steps[-1] - acknowledged[-1] in (0, 1)
    for step in steps[-1:]:
        _check_frame(reader, step)
    return len(steps)


def _check_frame(reader: HistoryReader, step: int) -> None:
    frame, accounts = killed.frame_of(step)
    read = reader.frame_at(frame.time_ms)
    assert read is not None
    assert_same_frame(read, frame)
    assert_same_accounts(reader.accounts_at(frame.time_ms), accounts)
