"""Runs a part as a process under the Python of a build, within bounds of time, memory and disk."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from real_size.memory import session_mb
from real_size.record import Row, Settings

LOOK_S = 0.25
BENCHMARKS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Bounds:
    """What one part may take; beyond it the part is ended and the row says so."""

    seconds: float = 600.0
    memory_mb: float = 8_192.0
    disk_mb: float = 12_288.0
    free_disk_mb: float = 4_096.0
    """What must stay free on the disk."""


def run_part(name: str, python: Path, settings: Settings, bounds: Bounds) -> list[Row]:
    """Rows of one part under one build."""
    folder = settings.folder
    out = folder / "rows.json"
    out.unlink(missing_ok=True)
    log = folder / "log.txt"
    began = time.monotonic()
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [str(python), "-m", "real_size.child", name, json.dumps(asdict(settings)), str(out)],
            stdout=stream,
            stderr=stream,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(BENCHMARKS)},
            start_new_session=True,
        )
        try:
            why = _watch(process, folder, bounds)
        finally:
            _end(process)
    taken = f"took {time.monotonic() - began:.0f} s"
    if why is None and process.returncode == 0 and out.exists():
        rows = [Row(**row) for row in json.loads(out.read_text())]
        out.unlink()
        return rows
    said = (log.read_text(errors="replace").strip().splitlines() or [f"ended with {process.returncode}"])[-1]
    return [Row(what=f"{name}: the part itself", value=None, unit="", note=f"{why or said} ({taken})")]


def _watch(process: subprocess.Popen[bytes], folder: Path, bounds: Bounds) -> str | None:
    """Wait for its end; why it must be ended before, if so."""
    began = time.monotonic()
    turn = 0
    while process.poll() is None:
        time.sleep(LOOK_S)
        turn += 1
        if time.monotonic() - began > bounds.seconds:
            return f"ended after {bounds.seconds:.0f} s"
        if turn % 8 == 0:
            if session_mb(process.pid) > bounds.memory_mb:
                return f"ended at {bounds.memory_mb:,.0f} MB of memory"
            if folder_mb(folder) > bounds.disk_mb:
                return f"ended at {bounds.disk_mb:,.0f} MB on disk"
            if shutil.disk_usage(folder).free < bounds.free_disk_mb * 2**20:
                return f"ended with less than {bounds.free_disk_mb:,.0f} MB free on disk"
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """The process and those it started: they are a session of their own."""
    for word, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, word)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)


def folder_mb(folder: Path) -> float:
    """MB of the files in a folder; those that go meanwhile count nothing."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(path, name)).st_size
    return total / 2**20
