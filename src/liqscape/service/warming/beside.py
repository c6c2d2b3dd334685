"""Processes that compile kernels beside this one, and how far they are."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager

from liqscape.errors import LiqscapeError
from liqscape.service.warming.jobs import COMPILED, FUNCTIONS, KEPT, LANES, PARTS

LOW_PRIORITY = 10
"""Of the system's niceness: whoever looks at a page comes first."""

Tell = Callable[[int, int], None]
"""Told how much of what is needed is there, and how much that is about, in functions. The first never goes back, and
reaches the second at the end alone."""

Lane = tuple[str, ...]
"""Parts that one process does, one after the other."""


def lanes_of(parts: Sequence[str], cores: int) -> list[Lane]:
    """Who does what: two processes where there are two cores."""
    lanes = LANES if cores > 1 else (PARTS,)
    known = [tuple(part for part in lane if part in parts) for lane in lanes]
    return [lane for lane in known if lane]


class Warming:
    """Parts that are compiled now, a process a lane."""

    def __init__(self, lanes: Sequence[Lane], *, niceness: int = 0, tell: Tell | None = None) -> None:
        self._compiled = dict.fromkeys(lanes, 0)
        self._said: dict[Lane, list[str]] = {lane: [] for lane in lanes}
        self._is_known = {part: threading.Event() for lane in lanes for part in lane}
        self._kept: set[str] = set()
        self._saying = threading.Lock()
        self.tell = tell
        """Called in another thread."""
        self._processes = {lane: _process(lane, niceness) for lane in lanes}
        self._readers = {
            lane: threading.Thread(target=self._read, args=(lane, process), daemon=True)
            for lane, process in self._processes.items()
        }
        for reader in self._readers.values():
            reader.start()

    @property
    def counts(self) -> tuple[int, int]:
        """(functions that are there, those that are needed), of all parts, by what parts took when they were counted.

        What is kept already is known when its part is done.
        """
        there = sum(max(count, self._count_of(lane, self._kept)) for lane, count in self._compiled.items())
        needed = self._count_of(self._is_known, self._is_known)
        is_over = self._kept.issuperset(self._is_known)
        return (needed if is_over else min(there, needed - 1)), needed

    def wait(self, parts: Sequence[str] | None = None) -> None:
        """Until some parts, or all, are done. Raises LiqscapeError where one could not be."""
        for part in tuple(self._is_known) if parts is None else parts:
            self._is_known[part].wait()
            if part not in self._kept:
                said = next(said for lane, said in self._said.items() if part in lane)
                last = said[-1] if said else "it said nothing"
                raise LiqscapeError(f"kernels of the part {part} could not be compiled: {last}")

    @staticmethod
    def _count_of(parts: Iterable[str], among: Container[str]) -> int:
        return sum(FUNCTIONS.get(part, 1) for part in parts if part in among)

    def stop(self) -> None:
        """End what still runs; what it kept so far stays."""
        for process in self._processes.values():
            if process.poll() is None:
                process.terminate()
            process.wait()
        for reader in self._readers.values():
            reader.join()

    def _read(self, lane: Lane, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                words = line.split()
                if len(words) == 2 and words[0] == KEPT and words[1] in lane:
                    self._kept.add(words[1])
                    self._say()
                    self._is_known[words[1]].set()
                elif len(words) == 2 and words[0] == COMPILED and words[1].isdigit():
                    self._compiled[lane] = int(words[1])
                    self._say()
                elif line.strip():
                    self._said[lane].append(line.strip())
        process.wait()
        assert process.stdin is not None
        process.stdin.close()
        for part in lane:
            self._is_known[part].set()

    def _say(self) -> None:
        with self._saying:  # each lane is read in a thread of its own; what is told later is not less
            if (tell := self.tell) is not None:
                tell(*self.counts)


def _process(lane: Lane, niceness: int) -> subprocess.Popen[str]:
    """Its stdin is a pipe that nothing is written to: it ends with this process (service/starter.py)."""
    return subprocess.Popen(
        _command(lane, niceness), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _command(lane: Lane, niceness: int) -> list[str]:
    return [sys.executable, "-m", "liqscape.service.warming.jobs", str(niceness), *lane]


@contextmanager
def warming_beside(parts: Sequence[str] = PARTS, *, niceness: int = 0, tell: Tell | None = None) -> Iterator[Warming]:
    """Compile while the block runs; what is not done at its end is left."""
    warming = Warming(lanes_of(parts, os.cpu_count() or 1), niceness=niceness, tell=tell)
    try:
        yield warming
    finally:
        warming.stop()
