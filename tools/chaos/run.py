"""Runs trials that are not in the file of results yet, the first of each kind before the second of any."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from chaos.kind import FaultKind, Trial, complaints
from chaos.results import append_result, read_results


def seed_of(base: int, kind: FaultKind, number: int) -> int:
    """Of the trial of this number: its own whatever other kinds are run beside it."""
    return zlib.crc32(f"{base}/{kind.name}/{number}".encode())


def run_trial(kind: FaultKind, seed: int) -> Trial:
    """One trial; one that breaks down is a finding, not the end of the run."""
    try:
        return kind.run(seed)
    except Exception as error:  # noqa: BLE001 - whatever it was belongs in the table
        return Trial(
            seed=seed,
            said_after_s=None,
            right_after_s=None,
            wrong_live_frames=0,
            lost_frames=0,
            frames=0,
            note=f"broke down: {type(error).__name__}: {error}"[:500],
        )


def run(
    kinds: Sequence[FaultKind],
    path: Path,
    *,
    base: int = 0,
    trials: int | None = None,
    minutes: float | None = None,
    say: Callable[[str], None] = print,
) -> bool:
    """Append what is missing; True where nothing is missing any more.

    trials   of each kind; by default what a whole table needs.
    minutes  no trial is begun after so long.
    """
    done = read_results(path)
    end_s = None if minutes is None else time.monotonic() + 60.0 * minutes
    most = {kind.name: kind.trials if trials is None else trials for kind in kinds}
    for number in range(max(most.values(), default=0)):
        for kind in kinds:
            seed = seed_of(base, kind, number)
            if number >= most[kind.name] or seed in done.get(kind.name, {}):
                continue
            if end_s is not None and time.monotonic() >= end_s:
                return False
            began_s = time.monotonic()
            trial = run_trial(kind, seed)
            append_result(path, kind, trial)
            outcome = "; ".join(complaints(kind, trial)) or "well"
            say(f"{kind.name} {number + 1}/{most[kind.name]}, {time.monotonic() - began_s:.1f} s: {outcome}")
    return True
