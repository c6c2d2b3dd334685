"""The whole program on a disk that fills: it serves on, says what is not stored, and writes on when there is room.

The kernel plays the full disk: a limit on the size of files, set on the running process, refuses every byte that would
be added to any of them.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from live_map import Exchange, exchange, seconds_until

from liqscape.service.collecting.replay import ReplayFigures, compare, replay
from liqscape.store.history import HistoryReader
from liqscape.store.raw_log import RawLogReader

SPEED = 20.0
"""Of the exchange: a minute, which is what is stored, passes in three seconds."""


@pytest.fixture(scope="module")
def served() -> Iterator[Exchange]:
    with exchange(accounts=80, coins=3, seed=9, speed=SPEED) as made:
        yield made


class Program:
    """A running `liqscape serve`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.log: list[str] = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        assert process.stdout is not None
        self.said = process.stdout.readline()
        self.url = self.said.split(" at ")[1].split()[0] if " at " in self.said else ""

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.log += self.process.stderr

    def ask(self, route: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/api/v1/{route}", timeout=20.0) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def fill_disk(self) -> None:
        """No file grows by a byte from now on."""
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def make_room(self) -> None:
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, unlimited)

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30.0)
        self._reading.join(5.0)
        return self.process.returncode

    def troubles(self) -> dict[str, dict[str, Any]]:
        return {row["part"]: row for row in self.ask("sources")["disk"]["troubles"]}


@contextmanager
def program(served: Exchange, data: Path, *, is_full: bool = False) -> Iterator[Program]:
    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    command = [sys.executable, "-m", "liqscape", "serve", "--api-url", served.network.info_url]
    with subprocess.Popen(
        [*command, "--data", str(data), "--port", "0"],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=fill if is_full else None,
    ) as process:
        running = Program(process)
        try:
            yield running
        finally:
            process.kill()
            print("".join(running.log))


def stored(data: Path) -> list[int]:
    """Times of the frames on disk, every one readable."""
    if not (data / "manifest.json").exists():
        return []
    reader = HistoryReader(data)
    times = [int(time_ms) for time_ms in reader.frame_times(0, 10**15)]
    for time_ms in times:
        assert reader.frame_at(time_ms) is not None
    return times


def test_a_full_disk_is_said_and_costs_nothing(served: Exchange, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with program(served, data) as running:
        seconds_until(lambda: stored(data) and (data / "register.sqlite").exists(), "a frame", 60.0)
        seconds_until(lambda: list(RawLogReader(data / "raw").records()), "records")
        running.fill_disk()
        seconds_until(lambda: running.troubles().keys() >= {"history", "raw_log"}, "the disk to be said full", 60.0)
        before, status = stored(data), running.ask("status")
        assert status["not_stored_since_ms"] is not None
        assert "raw_log: " in status["not_stored_reason"]
        assert "File too large" in status["not_stored_reason"]
        frames = running.ask("sources")["frames"]
        seconds_until(lambda: running.ask("sources")["frames"] > frames + 3, "frames to go on")
        seconds_until(lambda: running.ask("sources")["state"] == "live", "the map to be live")
        assert running.ask("status")["as_of_ms"] > status["as_of_ms"]
        seconds_until(lambda: running.troubles()["history"]["waiting"] >= 2, "minutes to wait", 60.0)
        assert stored(data) == before
        running.make_room()
        seconds_until(lambda: running.ask("status")["not_stored_since_ms"] is None, "all to be written", 60.0)
        assert running.troubles() == {}
        running.fill_disk()  # and once more, to the end of the program
        seconds_until(lambda: "raw_log" in running.troubles(), "the disk to be said full", 60.0)
        assert running.end() == 0
    log = "".join(running.log)
    assert "Traceback" not in log
    for part in ("history", "raw log"):
        assert f"{part} cannot be written, not stored since 20" in log
        assert f"{part} is written again" in log
    assert "entries could not be stored before the end" in log
    times = stored(data)
    assert times[: len(before)] == before
    assert len(times) >= len(before) + 2
    reader, history, figures = RawLogReader(data / "raw"), HistoryReader(data), ReplayFigures()
    for cut in replay(reader.records(), figures):
        if cut.is_stored and cut.frame.time_ms <= times[-1]:
            compare(cut, history, figures)
    assert reader.damage == []
    assert (figures.holes, figures.differing_frames, figures.missing_frames) == (0, 0, 0)  # every minute is there
    assert figures.equal_frames >= len(times) - 1


def test_a_disk_that_is_full_from_the_start_is_one_line(served: Exchange, tmp_path: Path) -> None:
    with program(served, tmp_path / "data", is_full=True) as running:
        assert running.process.wait(60.0) == 2
        running._reading.join(5.0)
    assert running.said == ""
    assert len(running.log) == 1, running.log
    assert "origin.json: File too large" in running.log[0]


KERNEL = """
import resource
from liqscape.risk.kernels.jit import compiled

@compiled
def add(left, right):
    return left + right

resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
assert add(2, 3) == 5
"""


def test_a_kernel_first_needed_on_a_full_disk_is_compiled_all_the_same(tmp_path: Path) -> None:
    script = tmp_path / "kernel.py"
    script.write_text(KERNEL)
    done = subprocess.run([sys.executable, str(script)], stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stderr
