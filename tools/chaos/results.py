"""The file of results: a line a trial, durable before the next begins, and the table made of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chaos.kind import FaultKind, Trial, complaints

HEADER = (
    "| Kind | Trials | Said after, worst | Right again after, worst | Wrong while called live | Stored frames lost |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: |"
)
Results = dict[str, dict[int, Trial]]
"""Trials by name of the kind and by seed."""


def read_results(path: Path) -> Results:
    """All finished trials; none where there is no file. A line cut by a kill is passed over: it is done again."""
    results: Results = {}
    for row in read_rows(path):
        try:
            trial = Trial(**row["trial"])
            results.setdefault(row["kind"], {})[trial.seed] = trial
        except (KeyError, TypeError):
            continue
    return results


def append_result(path: Path, kind: FaultKind, trial: Trial) -> None:
    """Durable when it returns."""
    append_row(path, {"kind": kind.name, "trial": asdict(trial)})


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Every line that is an object of JSON; none where there is no file."""
    if not path.exists():
        return
    for line in path.read_text("utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            yield row


def append_row(path: Path, row: dict[str, Any]) -> None:
    """Durable when it returns; after a line that was cut it begins its own."""
    line = json.dumps(row) + "\n"
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else "\n" + line
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def table(kinds: Sequence[FaultKind], results: Results) -> str:
    """The table as Markdown, a row for each kind that was tried, and the sum."""
    rows = [(kind, list(results[kind.name].values())) for kind in kinds if results.get(kind.name)]
    lines = [HEADER, *(_row(kind, trials) for kind, trials in rows)]
    every = [trial for _, trials in rows for trial in trials]
    wrong, lost = sum(each.wrong_live_frames for each in every), sum(each.lost_frames for each in every)
    frames = sum(each.frames for each in every)
    lines.append(f"| all {len(rows)} kinds | {len(every)} | | | {wrong} of {frames} | {lost} |")
    reasons = [f"* {kind.name}: {kind.wrong_frames_why}." for kind, _ in rows if kind.wrong_frames_why]
    if reasons:
        lines += ["", "Frames that may be wrong while called live:", "", *reasons]
    return "\n".join(lines)


def _row(kind: FaultKind, trials: Sequence[Trial]) -> str:
    wrong, frames = sum(each.wrong_live_frames for each in trials), sum(each.frames for each in trials)
    said = _worst((each.said_after_s for each in trials), is_wanted=kind.expects_said)
    right = _worst((each.right_after_s for each in trials), is_wanted=True)
    lost = sum(each.lost_frames for each in trials)
    return f"| {kind.name} | {len(trials)} | {said} | {right} | {wrong} of {frames} | {lost} |"


def _worst(seconds: Iterable[float | None], *, is_wanted: bool) -> str:
    """The longest; how often it never came, where it should have."""
    values = list(seconds)
    known = [each for each in values if each is not None]
    worst = f"{max(known):.1f} s" if known else "nothing to say"
    never = len(values) - len(known)
    if not (never and is_wanted):
        return worst
    return f"**never in {never}**, else {worst}" if known else "**never**"


def all_complaints(kinds: Sequence[FaultKind], results: Results) -> list[str]:
    """Everything that must not be, with the seed that shows it again."""
    return [
        f"{kind.name}, seed {trial.seed}: {what}" + (f" ({trial.note})" if trial.note else "")
        for kind in kinds
        for trial in results.get(kind.name, {}).values()
        for what in complaints(kind, trial)
    ]
