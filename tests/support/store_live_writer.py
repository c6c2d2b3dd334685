"""A process that writes a history until it is killed, sealing, merging and tidying beside, as a live map does.

    python store_live_writer.py FOLDER    prints each step that is durable

The frames are those of store_killed_writer, so that whoever reads them knows what they must be.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from store_frames import MINUTE_MS, PROVENANCE, START_MS, TABLES
from store_killed_writer import FIRST_STEP, frame_of, tidy_on
from stored_moments import moment_of

from liqscape.store.history import HistoryWriter, writer


class LiveWriter:
    """The process, and the last step it has told."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-W", "ignore::DeprecationWarning", __file__, str(folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._out: IO[str] = self._process.stdout

    def reach(self, count: int) -> int:
        """Wait for so many further frames; the step of the last one."""
        step = -1
        for _ in range(count):
            line = self._out.readline()
            assert line, "the writer ended by itself"
            step = int(line)
        return step

    def kill(self) -> int:
        """SIGKILL; the last step that was told, -1 where none was since the last look."""
        if self._out.closed:
            return -1
        self._process.kill()
        with self._out:
            told = self._out.read().split("\n")[:-1]
        self._process.wait()
        return int(told[-1]) if told else -1


@contextmanager
def writing(folder: Path) -> Iterator[LiveWriter]:
    """A writer that is killed at the end."""
    live = LiveWriter(folder)
    try:
        yield live
    finally:
        live.kill()


def main() -> None:
    """Append frames for ever."""
    writer.HEAD_FILES, writer.DAY_PARTS = 12, 3
    history = HistoryWriter(Path(sys.argv[1]), PROVENANCE)
    history.is_tidied_beside = True
    threading.Thread(target=tidy_on, args=(history,), daemon=True).start()
    last_ms = history.last_time_ms
    step = FIRST_STEP if last_ms is None else (last_ms - START_MS) // MINUTE_MS + 1
    while True:
        frame, accounts = frame_of(step)
        history.append(moment_of(frame, accounts, TABLES))
        print(step, flush=True)
        step += 1


if __name__ == "__main__":
    main()
