"""A file of rows under several builds, in turns: each build has a process that is kept ready."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from against.builds import BENCHMARKS, Build
from against.decide import enough

ROWS = BENCHMARKS / "against" / "rows"
CHECK = "check:"
PATIENCE_S = 600.0
"""For preparing, and for a job."""


@dataclass(frozen=True)
class Plan:
    """How many rounds: at least `fewest`, then until `seconds` are over, at most `most`."""

    fewest: int = 5
    most: int = 60
    seconds: float = 8.0


@dataclass
class Measured:
    """Figures of a file: job, build, one a round; the answers that were compared; and what was not there."""

    figures: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    answers: dict[str, dict[str, float]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


class Child:
    """A build that waits for names of jobs."""

    def __init__(self, build: Build, rows: Path) -> None:
        """Starts it; `prepare` waits until it is ready."""
        self.build = build
        self.jobs: list[str] = []
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed in end()
        self._process = subprocess.Popen(
            [str(build.python), "-m", "against.child", str(rows)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            cwd=BENCHMARKS,
            env=build.environment(said(rows, "THREADS", 1)),
            start_new_session=True,
            text=True,
        )

    def prepare(self) -> str | None:
        """Why it has no jobs, or None."""
        try:
            hello = self._answer()
        except RuntimeError as reason:
            return str(reason)
        if Path(hello["package"]) != self.build.package.resolve():
            return f"it imported {hello['package']}, not {self.build.package}"
        self.jobs = hello["jobs"]
        missing: str | None = hello.get("missing")
        return missing

    def figure(self, job: str) -> float:
        """Of doing it once. Raises RuntimeError where it fails."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(job + "\n")
            self._process.stdin.flush()
        return float(self._answer()["figure"])

    def end(self) -> None:
        """It, and what it started."""
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(BrokenPipeError):
                if stream is not None:
                    stream.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10.0)
        self._kill()
        self._process.wait()
        self._said.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        late = threading.Timer(PATIENCE_S, self._kill)
        late.start()
        try:
            line = self._process.stdout.readline()
        finally:
            late.cancel()
        if not line:
            self._process.wait()
            self._said.seek(0)
            words = self._said.read().decode(errors="replace").strip().splitlines()
            raise RuntimeError((words or [f"ended with {self._process.returncode}"])[-1])
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


def measure(rows: Path, builds: Sequence[Build], plan: Plan, only: Sequence[str] = ()) -> Measured:
    """Every job once a round under each build (A B A B, the other way round every second time)."""
    found = Measured()
    children: list[Child] = []
    try:
        for build in builds:
            child = Child(build, rows)
            children.append(child)
            why = child.prepare()
            if why is not None:
                found.missing[build.name] = why
        names = list(dict.fromkeys(job for child in children for job in child.jobs))
        for name in names:
            if name.startswith(CHECK) and not only:
                has = [child for child in children if name in child.jobs]
                found.answers[name.removeprefix(CHECK)] = {child.build.name: child.figure(name) for child in has}
        timed = [name for name in names if not name.startswith(CHECK) and (not only or name in only)]
        began, rounds = time.monotonic(), 0
        fewest = min(plan.fewest, said(rows, "FEWEST", plan.fewest))
        while timed and not enough(
            rounds, time.monotonic() - began, fewest=fewest, most=plan.most, budget_s=plan.seconds
        ):
            for name in timed:
                for child in children if rounds % 2 == 0 else reversed(children):
                    if name in child.jobs:
                        of_job = found.figures.setdefault(name, {})
                        of_job.setdefault(child.build.name, []).append(child.figure(name))
            rounds += 1
    except RuntimeError as reason:
        found.missing["a job failed"] = str(reason)
    finally:
        for child in children:
            child.end()
    return found


def said(rows: Path, name: str, otherwise: int) -> int:
    """A number that a file of rows gives a name, read without running it: libraries want threads when imported."""
    for line in ast.parse(rows.read_text()).body:
        if isinstance(line, ast.Assign) and [ast.unparse(target) for target in line.targets] == [name]:
            return int(ast.literal_eval(line.value))
    return otherwise
