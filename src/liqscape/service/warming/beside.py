"""Processes that compile kernels beside this one, and how far they are."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from liqscape.errors import LiqscapeError, SettingsError
from liqscape.service.warming.jobs import PARTS

LOW_PRIORITY = 10
"""Of the system's niceness: whoever looks at a page comes first."""

Tell = Callable[[int, int], None]
"""Told how many functions were compiled and how many are needed, as far as is known."""


class Warming:
    """Parts that are compiled now, a process each."""

    def __init__(self, parts: Sequence[str] = PARTS, *, niceness: int = 0, tell: Tell | None = None) -> None:
        self._counts = dict.fromkeys(parts, (0, 0))
        self._said: dict[str, list[str]] = {part: [] for part in parts}
        self.tell = tell
        """Called in another thread."""
        self._processes = {part: _process(part, niceness) for part in parts}
        self._readers = {
            part: threading.Thread(target=self._read, args=(part, process), daemon=True)
            for part, process in self._processes.items()
        }
        for reader in self._readers.values():
            reader.start()

    @property
    def counts(self) -> tuple[int, int]:
        """(functions compiled, functions known to be needed), of all parts."""
        compiled, needed = zip(*self._counts.values(), strict=True)
        return sum(compiled), sum(needed)

    def wait(self, parts: Sequence[str] | None = None) -> None:
        """Until some parts, or all, are done. Raises LiqscapeError where one could not be."""
        for part in parts or tuple(self._processes):
            self._readers[part].join()
            if self._processes[part].wait() != 0:
                last = self._said[part][-1] if self._said[part] else "it said nothing"
                raise LiqscapeError(f"kernels of the part {part} could not be compiled: {last}")

    def stop(self) -> None:
        """End what still runs; what it kept so far stays."""
        for process in self._processes.values():
            if process.poll() is None:
                process.terminate()
            process.wait()
        for reader in self._readers.values():
            reader.join()

    def _read(self, part: str, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                words = line.split()
                if len(words) == 2 and all(word.isdigit() for word in words):
                    self._counts[part] = int(words[0]), int(words[1])
                    if (tell := self.tell) is not None:
                        tell(*self.counts)
                elif line.strip():
                    self._said[part].append(line.strip())


def _process(part: str, niceness: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "liqscape.service.warming.jobs", part, str(niceness)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True
    )


@contextmanager
def warming_beside(parts: Sequence[str] = PARTS, *, niceness: int = 0, tell: Tell | None = None) -> Iterator[Warming]:
    """Compile while the block runs; what is not done at its end is left."""
    warming = Warming(parts, niceness=niceness, tell=tell)
    try:
        yield warming
    finally:
        warming.stop()


def kept_folder() -> Path:
    """Folder below which this environment keeps compiled kernels. Raises SettingsError where it has none to write."""
    try:
        from liqscape.risk.kernels.levels import solve_roots
    except RuntimeError as error:
        raise SettingsError(
            f"no folder for compiled kernels can be written ({error}): NUMBA_CACHE_DIR names another one"
        ) from None
    folder = Path(solve_roots._cache.cache_path)  # type: ignore[attr-defined]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{id(folder)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"compiled kernels cannot be kept in {folder} ({error.strerror}): NUMBA_CACHE_DIR names another folder"
        ) from None
    return folder
