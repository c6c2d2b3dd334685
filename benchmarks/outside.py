"""Figures measured by other processes: history window, page, cold start."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from figures import Figure, Section
from timing import all_cores, own_threads

HERE = Path(__file__).resolve().parent
COLD_STARTS = 10


def from_script(name: str, title: str, *settings: str) -> Section:
    """Figures of a benchmark of its own, which prints them as JSON on its last line; or why there are none.

    `settings` are its options: shorter than its own where that alone would take minutes.
    """
    script = HERE / name
    if not script.exists():
        return _missing(title, f"benchmarks/{name} is not there")
    with all_cores():
        ended = subprocess.run(
            [sys.executable, str(script), "--json", *settings],
            capture_output=True,
            text=True,
            check=False,
            cwd=HERE.parent,
            env=own_threads(),
        )
    lines = ended.stdout.strip().splitlines()
    if ended.returncode or not lines:
        said = (ended.stderr.strip().splitlines() or [f"ended with {ended.returncode}"])[-1]
        return _missing(title, said)
    answer = json.loads(lines[-1])
    figures = [
        Figure(
            name=row["name"],
            value=row["value"],
            unit=row["unit"],
            target=row.get("target"),
            wanted=row.get("wanted", "at most"),
            note=row.get("note", ""),
        )
        for row in answer["figures"]
    ]
    return Section(answer.get("title", title), answer.get("text", ""), figures)


def cold_start() -> Section:
    """Figure (g): `liqscape --help`, a new process each time, interpreter included."""
    title = "Cold start"
    command = Path(sys.executable).parent / "liqscape"
    call = [str(command)] if command.exists() else [sys.executable, "-m", "liqscape"]
    call.append("--help")
    first = subprocess.run(call, capture_output=True, text=True, check=False)
    if first.returncode:
        return _missing(title, (first.stderr.strip().splitlines() or ["liqscape --help failed"])[-1])
    taken = []
    for _ in range(COLD_STARTS):
        started = time.perf_counter()
        subprocess.run(call, capture_output=True, check=True)
        taken.append(time.perf_counter() - started)
    section = Section(title, f"{COLD_STARTS} new processes, interpreter included.")
    section.add("liqscape --help, median", float(np.median(taken)), "s", target=0.3)
    section.add("liqscape --help, minimum", min(taken), "s")
    return section


def _missing(title: str, why: str) -> Section:
    return Section(title, "", [Figure(name=title, value=None, unit="", note=why)])
