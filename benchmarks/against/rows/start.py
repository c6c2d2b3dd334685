"""The second start of a demo, by the clock from the command to the page and to the first frame; a look at its folder.

Each start is a process of its own on a port of the system, on a demo of 2,000 accounts and 44 coins that the same build
made before; its kernels are compiled by then. Beside the clock stand seconds of the processor until the page, which a
busy machine does not stretch.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

DEMO = ("--accounts", "2000", "--coins", "44", "--days", "0.02")
PATIENCE_S, LOOK_S = 300.0, 0.005
PAGE, FRAME = "/", "/api/v1/coins/BTC/frame"
FEWEST = 3


def prepare() -> dict[str, Callable[[], float]]:
    """A demo that was made, and one start of each kind, which loads what is compiled into the system's memory."""
    scratch = tempfile.TemporaryDirectory(prefix="liqscape-bench-start-")
    data = Path(scratch.name) / "data"
    demo = ("demo", "--data", str(data), *DEMO)
    look = ("serve", "--data", str(data), "--read-only")
    start(demo, FRAME, b'"seed 7"', scratch.name)  # a build that shows a sample first is waited for

    def second(path: str) -> tuple[float, float]:
        return start(demo, path, b"", scratch.name)

    return {
        "demo second start": lambda: second(PAGE)[0],
        "demo second start, processor": lambda: second(PAGE)[1],
        "demo second start, frame": lambda: second(FRAME)[0],
        "look at stored": lambda: start(look, PAGE, b"", scratch.name)[0],
        "imports": _imports,
    }


def start(command: tuple[str, ...], path: str, holds: bytes, folder: str) -> tuple[float, float]:
    """Seconds from the command to the first answer of a path that holds some bytes: on the clock, of the processor."""
    port = _free_port()
    log = Path(folder) / "log"
    with log.open("wb") as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "liqscape", *command, "--port", str(port)], stdout=out, stderr=out, cwd=folder
        )
        try:
            while not _answers(port, path, holds):
                if process.poll() is not None or time.perf_counter() > began + PATIENCE_S:
                    raise SystemExit(f"no answer of {path}: {log.read_text()}")
                time.sleep(LOOK_S)
            return time.perf_counter() - began, _processor_s(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)


def _imports() -> float:
    """Seconds of the processor of a process that loads what serves a map, and ends."""
    before = os.times()
    code = "import liqscape.cli.serving, liqscape.service.view, liqscape.service.hub, liqscape.web.app"
    subprocess.run([sys.executable, "-c", code], check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _answers(port: int, path: str, holds: bytes) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return holds in answer.read() and answer.status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
