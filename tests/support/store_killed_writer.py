"""A process that starts writers and kills them (SIGKILL), for tests/store/history/test_kill.py.

Reads lines "acknowledged delay_microseconds [part]" and for each forks a writer that goes on from where the history
stands, kills it so long after so many acknowledged frames, with `part` once a part is being written then, and answers
with the steps that were acknowledged.
The writer seals and merges every few frames, so that kills fall into those as well.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import polars as pl
from store_frames import MINUTE_MS, PROVENANCE, START_MS, TABLES, make_accounts, make_frame, make_markets
from stored_moments import moment_of

from liqscape.heatmap.frame import MarketFrame
from liqscape.model import Accounts
from liqscape.store.durable import TEMPORARY
from liqscape.store.history import HistoryWriter, writer
from liqscape.store.history.parts import PARTS_FOLDER

MARKETS = make_markets(2)
SEED = 11
FIRST_STEP = 1_410
"""Half an hour before midnight: the days change on the way."""


@cache
def frame_of(step: int) -> tuple[MarketFrame, Accounts]:
    """The frame and accounts every writer appends at a step."""
    return make_frame(SEED, step, markets=MARKETS), make_accounts(SEED, step, len(MARKETS))


def write_on(folder: Path, out: int) -> None:
    """Append frames for ever; acknowledge each by its step."""
    history = HistoryWriter(folder, PROVENANCE)
    if is_tidied_beside():
        history.is_tidied_beside = True
        threading.Thread(target=tidy_on, args=(history,), daemon=True).start()
    last_ms = history.last_time_ms
    step = FIRST_STEP if last_ms is None else (last_ms - START_MS) // MINUTE_MS + 1
    while True:
        frame, accounts = frame_of(step)
        history.append(moment_of(frame, accounts, TABLES))
        os.write(out, f"{step}\n".encode())
        step += 1


def is_tidied_beside() -> bool:
    """Whether parts are made in a thread of its own."""
    return len(sys.argv) > 2


def tidy_on(history: HistoryWriter) -> None:
    """Tidy for ever."""
    while True:
        history.tidy()


def run_once(
    folder: Path,
    acknowledged: int,
    delay_us: int,
    write: Callable[[Path, int], None] = write_on,
    *,
    is_in_part: bool = False,
) -> list[int]:
    """One writer's life; returns the steps it acknowledged. is_in_part: wait until it writes a part."""
    back, out = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(back)
            write(folder, out)
        finally:
            os._exit(1)
    os.close(out)
    heard = b""
    while heard.count(b"\n") < acknowledged:
        piece = os.read(back, 4096)
        if not piece:
            sys.exit("the writer ended by itself")
        heard += piece
    while is_in_part and not any(name.startswith(TEMPORARY) for name in os.listdir(folder / PARTS_FOLDER)):
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            sys.exit("the writer ended by itself")
    until = time.perf_counter() + delay_us / 1e6
    while time.perf_counter() < until:
        pass
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
        sys.exit("the writer ended by itself")
    while piece := os.read(back, 4096):
        heard += piece
    os.close(back)
    return [int(line) for line in heard.split()]


def main() -> None:
    """Serve until the input ends. Polars is imported but not used here: its threads do not survive a fork."""
    assert pl.__version__
    folder = Path(sys.argv[1])
    writer.HEAD_FILES, writer.DAY_PARTS = 12, 3
    next_step = FIRST_STEP
    for line in sys.stdin:
        for step in range(next_step, next_step + 40):
            frame_of(step)  # made before the fork, so that a writer does little but write
        acknowledged, delay_us, *in_part = line.split()
        steps = run_once(folder, int(acknowledged), int(delay_us), is_in_part=bool(in_part))
        next_step = steps[-1] + 1
        print(*steps, flush=True)


if __name__ == "__main__":
    main()
