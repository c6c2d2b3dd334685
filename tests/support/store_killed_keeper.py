"""As store_killed_writer.py, with a writer that also thins and removes: for tests/store/history/test_kill_retaining.py.

Frames come in three clusters a day, so that days pass quickly and clusters have something to thin.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

import polars as pl
from store_frames import MINUTE_MS, PROVENANCE, START_MS, TABLES, make_accounts, make_frame, make_markets
from store_killed_writer import run_once
from stored_moments import moment_of

from liqscape.heatmap.frame import MarketFrame
from liqscape.model import Accounts
from liqscape.store.history import HistoryWriter, writer
from liqscape.store.history.retention import KeepRules
from liqscape.units import HOUR_MS

MARKETS = make_markets(2)
SEED = 12
RULES = KeepRules(days=3, minute_days=1)
CLUSTER = 5
"""Frames four minutes apart, every eight hours."""


def time_of(step: int) -> int:
    """When the frame of a step is."""
    return START_MS + step // CLUSTER * 8 * HOUR_MS + step % CLUSTER * 4 * MINUTE_MS


def step_of(time_ms: int) -> int:
    """The step of a time."""
    cluster, rest = divmod(time_ms - START_MS, 8 * HOUR_MS)
    return cluster * CLUSTER + rest // (4 * MINUTE_MS)


@cache
def frame_of(step: int) -> tuple[MarketFrame, Accounts]:
    """The frame and accounts every writer appends at a step."""
    accounts = make_accounts(SEED, step, len(MARKETS))
    return make_frame(SEED, step, markets=MARKETS, accounts=accounts, time_ms=time_of(step)), accounts


def write_on(folder: Path, out: int) -> None:
    """Append frames for ever; acknowledge each by its step."""
    history = HistoryWriter(folder, PROVENANCE, keep=RULES)
    last_ms = history.last_time_ms
    step = 0 if last_ms is None else step_of(last_ms) + 1
    while True:
        frame, accounts = frame_of(step)
        history.append(moment_of(frame, accounts, TABLES))
        os.write(out, f"{step}\n".encode())
        step += 1


def main() -> None:
    """Serve until the input ends. Polars is imported but not used here: its threads do not survive a fork."""
    assert pl.__version__
    folder = Path(sys.argv[1])
    writer.HEAD_FILES, writer.DAY_PARTS = 4, 2
    next_step = 0
    for line in sys.stdin:
        for step in range(next_step, next_step + 30):
            frame_of(step)  # made before the fork, so that a writer does little but write
        acknowledged, delay_us = (int(word) for word in line.split())
        steps = run_once(folder, acknowledged, delay_us, write_on)
        next_step = steps[-1] + 1
        print(*steps, flush=True)


if __name__ == "__main__":
    main()
