"""A NATS server, a collector and replicas as processes of their own on loopback, which a test may kill."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

SCRIPT = Path(__file__).with_name("collect_small.py")
DEADLINE_SECONDS = 90.0


class Process:
    """One of them. log: what it said on stderr."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str] | None = None) -> None:
        self.log = log
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, **(environment or {})},
            )

    def line(self) -> str:
        """The next line it prints."""
        assert self.process.stdout is not None
        text = self.process.stdout.readline()
        assert text, f"it ended: {self.log.read_text()}"
        return text

    def kill(self) -> None:
        """At once, as a machine that fails does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        """As an operator does, and for good."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30.0)
            except subprocess.TimeoutExpired:
                self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


class Served(Process):
    """One that answers over HTTP."""

    port: int

    def ask(self, path: str) -> Any:
        """An answer of its API, decoded."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}", timeout=60.0) as answer:
            return json.load(answer)

    def text(self, path: str) -> bytes:
        """What it answers, to the byte; what it refuses is a mistake of the test."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}", timeout=60.0) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode()}") from None


class Farm:
    """All processes of a test, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes: list[Process] = []
        self.nats_port = _free_port()
        self.url = f"nats://127.0.0.1:{self.nats_port}"

    def nats(self, *, config: str = "", has_jetstream: bool = True) -> Process:
        """A NATS server with JetStream; its store outlives it.

        config  more of its configuration: who is let in.
        """
        program = Path(sys.executable).with_name("nats-server")
        name = str(program) if program.exists() else shutil.which("nats-server") or "nats-server"
        command = [name, "-a", "127.0.0.1", "-p", str(self.nats_port)]
        if has_jetstream:
            command += ["-js", "-sd", str(self.folder / "js")]
        if config:
            (self.folder / "nats.conf").write_text(config)
            command += ["-c", str(self.folder / "nats.conf")]
        process = self._started(Process(command, self.folder / "nats.log"))
        seconds_until(self._is_listening, "the NATS server")
        return process

    def collector(self, *options: str, url: str | None = None) -> Collector:
        """The collector, going on with what it stored."""
        command = [sys.executable, str(SCRIPT), str(self.folder / "data"), url or self.url, *options]
        process = Collector(command, self.folder / "collector.log")
        self._started(process)
        process.port = int(process.line())
        return process

    def replica(self, name: str, *options: str, data: str | None = None, url: str | None = None) -> Served:
        """A replica, once it serves."""
        place = str(self.folder / name) if data is None else data
        command = [sys.executable, "-m", "liqscape", "replica", "--nats", url or self.url, "--data", place]
        environment = {"XDG_CACHE_HOME": str(self.folder / f"cache-{name}"), "LIQSCAPE_DEBUG": "1"}
        process = Served([*command, "--port", "0", *options], self.folder / f"{name}.log", environment)
        self._started(process)
        process.port = int(process.line().split(" (")[0].rpartition(":")[2])
        return process

    def end(self) -> None:
        """All that still run."""
        for process in reversed(self._processes):
            process.end()

    def _started(self, process: Process) -> Process:
        self._processes.append(process)
        return process

    def _is_listening(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.nats_port), 1.0):
                return True
        except OSError:
            return False


class Collector(Served):
    """The one that makes frames."""

    def make(self, *what: str) -> int:
        """`frame`, `minute` or `seal`, each done on return; the time of the newest frame."""
        assert self.process.stdin is not None
        for each in what:
            self.process.stdin.write(f"{each}\n")
            self.process.stdin.flush()
            assert self.line() == "done\n"
        newest: int = self.ask("status")["as_of_ms"]
        return newest


def seconds_until(claim: Callable[[], object], what: str, seconds: float = DEADLINE_SECONDS) -> float:
    """How long it took until the claim held."""
    begin, last = monotonic(), ""
    while True:
        try:
            if claim():
                return monotonic() - begin
        except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
            last = f"; the last error was {error}"
        assert monotonic() - begin < seconds, f"no {what} after {seconds} s{last}"
        sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
