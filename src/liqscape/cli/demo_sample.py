"""What a demo shows until its own market is there: the sample that comes with the package, served by a process beside.

That process compiles nothing (NUMBA_DISABLE_JIT: a sample is so small that kernels may run as Python) and answers a
second or two after the command, while this one has the kernels compiled and the market traded. Then it ends, and the
market is served at the same address; the page, which asks how far things are, loads again by itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from liqscape.service.answers.status import PreparingAnswer

if TYPE_CHECKING:
    from liqscape.cli.serving import Listening

END_SECONDS = 2.0
"""A server that ends lets its readers go first; one that does not in this time is ended."""
COMPILING = "compiling kernels, once for this machine and version"


class SamplePlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where, and to whom, the sample is served."""

    host: str
    port: int
    folder: str
    hosts: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()

    @property
    def reported(self) -> Path:
        """File that says how far things are."""
        return Path(self.folder) / "preparing.json"


class ShownSample:
    """The process that serves the sample; `tell` says how far what it stands in for is."""

    def __init__(self, place: SamplePlace, token: str | None) -> None:
        from liqscape.service.sample import unpack

        self._place, self._telling = place, threading.Lock()
        unpack(Path(place.folder))
        self.tell(COMPILING, 0, 0)
        environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore"}
        if token is not None:
            environment["LIQSCAPE_TOKEN"] = token
        command = [sys.executable, "-m", "liqscape.cli.demo_sample", msgspec.json.encode(place).decode()]
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE)

    def tell(self, text: str, done: int, total: int) -> None:
        """Replaced in one step: the other process reads it whenever it is asked. In any thread."""
        beside = self._place.reported.with_suffix(".new")
        with self._telling:  # who compiles tells in threads of his own
            beside.write_bytes(msgspec.json.encode(PreparingAnswer(text=text, done=done, total=total)))
            beside.replace(self._place.reported)

    def end(self) -> None:
        """Let the address go."""
        if self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(END_SECONDS)
            self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()


@contextmanager
def shown_sample(at: Listening) -> Iterator[ShownSample]:
    """The sample at an address (its port is chosen) until it is ended, or the block is left."""
    with tempfile.TemporaryDirectory(prefix="liqscape-sample-") as folder:
        place = SamplePlace(host=at.host, port=at.port, folder=folder, hosts=at.hosts, frames=at.frames)
        sample = ShownSample(place, at.token)
        try:
            yield sample
        finally:
            sample.end()


def serve_sample(place: SamplePlace) -> None:
    """Serve the unpacked sample until a signal, or until the demo is gone."""
    from liqscape.cli.run_lines import plan
    from liqscape.cli.serving import Listening, read_token, serve_map
    from liqscape.service.executors import open_executors
    from liqscape.service.folders import LIQUIDATIONS
    from liqscape.service.hub import Hub
    from liqscape.service.liquidation_questions import LiquidationQuestions
    from liqscape.service.opening import open_stored
    from liqscape.service.starter import end_with_starter

    end_with_starter()
    folder = Path(place.folder)
    plan("demo, its sample", folder)
    view = open_stored(folder, None)
    view.ask_preparing = lambda: msgspec.json.decode(place.reported.read_bytes(), type=PreparingAnswer)
    with open_executors() as executors:
        serve_map(
            view,
            Hub(view, executors=executors),
            Listening(host=place.host, port=place.port, token=read_token(None), hosts=place.hosts, frames=place.frames),
            liquidations=LiquidationQuestions(view, folder / LIQUIDATIONS),
            executors=executors,
        )


if __name__ == "__main__":
    serve_sample(msgspec.json.decode(sys.argv[1], type=SamplePlace))
