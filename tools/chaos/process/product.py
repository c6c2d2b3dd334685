"""A running `liqscape serve`: what it said on its streams, and what its witness saw."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from chaos.process.witness import Frame, Seen, Stood

WITNESS = Path(__file__).with_name("witness.py")
START_S = 120.0


class Product:
    """`seen` and `log` grow while it runs; both with the machine's monotonic time."""

    def __init__(
        self, api_url: str, data: Path, options: tuple[str, ...] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        self.data = data
        self.seen: list[Seen] = []
        self.log: list[tuple[float, str]] = []
        self.ended_s: float | None = None
        self.started_s = time.monotonic()
        inside, outside = os.pipe()
        command = [sys.executable, str(WITNESS), str(outside), "serve", "--api-url", api_url]
        self.process = subprocess.Popen(
            [*command, "--data", str(data), "--port", "0", *options],
            env={**os.environ, "LIQSCAPE_DEBUG": "1", **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=(outside,),
        )
        os.close(outside)
        self._readers = [
            threading.Thread(target=work, daemon=True) for work in (lambda: self._read_witness(inside), self._read_log)
        ]
        for reader in self._readers:
            reader.start()
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        self.url = said.split(" at ")[1].split()[0] if " at " in said else ""

    def _read_witness(self, inside: int) -> None:
        decode = msgspec.json.Decoder(Seen).decode
        with os.fdopen(inside, "rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    self.seen.append(decode(line))
        self.ended_s = time.monotonic()

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append((time.monotonic(), line.rstrip()))

    @property
    def is_running(self) -> bool:
        """It has not ended."""
        return self.process.poll() is None

    @property
    def frames(self) -> list[Frame]:
        """All so far."""
        return [each for each in self.seen if isinstance(each, Frame)]

    @property
    def stands(self) -> list[Stood]:
        """Every change of the standing."""
        return [each for each in self.seen if isinstance(each, Stood)]

    def ask(self, route: str, seconds: float = 30.0) -> dict[str, Any]:
        """One answer of the API. Raises OSError where there is none in time."""
        with urllib.request.urlopen(f"{self.url}/api/v1/{route}", timeout=seconds) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def limit(self, what: int, most: int | None) -> None:
        """Set a limit of the kernel on the running process; None takes it away."""
        hard = resource.prlimit(self.process.pid, what)[1]
        resource.prlimit(self.process.pid, what, (hard if most is None else most, hard))

    def signal(self, number: int) -> None:
        """Send one."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and wait until all it said is read."""
        self.process.kill()
        self._wait(10.0)

    def end(self) -> int:
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        self._wait(60.0)
        return self.process.returncode

    def _wait(self, seconds: float) -> None:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for reader in self._readers:
            reader.join(5.0)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
