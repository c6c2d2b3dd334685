"""Stored histories that several parts look at: made once a build, minute by minute as a live map stores them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from liqscape.store.history import HistoryWriter
from real_size.memory import peak_mb, resident_mb, start_peak
from real_size.record import Settings

BENCHMARKS = Path(__file__).resolve().parents[1]
FACTS = "facts.json"
HISTORY = "history"


@dataclass(kw_only=True)
class Facts:
    """What was seen while the history was written.

    append_s    seconds each append took, in order.
    more_mb     MB by which the highest memory during each append passed that before it.
    written_mb  MB on disk after each append.
    is_funding  whether everybody paid in that minute.
    """

    append_s: list[float] = field(default_factory=list)
    more_mb: list[float] = field(default_factory=list)
    written_mb: list[float] = field(default_factory=list)
    is_funding: list[bool] = field(default_factory=list)
    merge_s: float = 0.0
    merge_mb: float = 0.0
    reopen_s: float = 0.0
    first_append_s: float = 0.0
    frame_mb: float = 0.0


def stored_history(settings: Settings) -> Path:
    """The folder of `settings.hours` at a frame a minute, merged; made by another process where it is not there yet."""
    folder = settings.folder / HISTORY
    if not (folder.parent / FACTS).exists():
        call = [sys.executable, "-m", "real_size.made", json.dumps(asdict(settings))]
        subprocess.run(call, check=True, cwd=settings.folder, env={**os.environ, "PYTHONPATH": str(BENCHMARKS)})
    return folder


def facts_of(settings: Settings) -> Facts:
    """What was seen while `stored_history` was made."""
    stored_history(settings)
    return Facts(**json.loads((settings.folder / FACTS).read_text()))


def make_history(settings: Settings) -> None:
    """Write the history and its facts."""
    from liqscape.service.pipeline import Pipeline
    from real_size.turns import folder_mb
    from real_size.world import HOUR_MS, PROVENANCE, World, go_on, run

    folder, facts = settings.folder / HISTORY, Facts()
    world = World(settings.seed, settings.accounts, settings.positions, settings.markets)
    pipeline = Pipeline(PROVENANCE)
    with HistoryWriter(folder, PROVENANCE) as writer, tidied_beside(writer) as tidy:
        for moment in run(world, pipeline, max(2, round(settings.hours * 60))):
            with watched() as taken:
                writer.append(moment)
            tidy()
            facts.append_s.append(taken.seconds)
            facts.more_mb.append(taken.more_mb)
            facts.written_mb.append(folder_mb(folder))
            facts.is_funding.append(moment.frame.time_ms % HOUR_MS == 0)
    began = time.perf_counter()
    with HistoryWriter(folder, PROVENANCE) as writer:
        facts.reopen_s = time.perf_counter() - began
        for moment in go_on(world, pipeline, 1):
            with watched() as taken:
                writer.append(moment)
        facts.first_append_s = taken.seconds
        with watched() as taken:
            writer.compact()
        facts.merge_s, facts.merge_mb = taken.seconds, taken.more_mb
    # What one frame takes by itself, as the first of every day does.
    alone = settings.folder / "alone"
    with HistoryWriter(alone, PROVENANCE) as writer:
        writer.append(moment)
        writer.compact()
    facts.frame_mb = folder_mb(alone)
    (settings.folder / FACTS).write_text(json.dumps(asdict(facts)))


@contextmanager
def tidied_beside(writer: HistoryWriter) -> Iterator[Callable[[], None]]:
    """What to call after each append: parts are made in a thread of their own, as a live map has it. A build that makes
    them within an append does so."""
    if not hasattr(writer, "tidy"):
        yield lambda: None
        return
    writer.is_tidied_beside = True
    with ThreadPoolExecutor(1) as pool:
        running = [pool.submit(writer.tidy)]

        def tidy() -> None:
            if running[0].done():
                running[0].result()
                running[0] = pool.submit(writer.tidy)

        yield tidy
        running[0].result()


@dataclass
class _Taken:
    seconds: float = 0.0
    more_mb: float = 0.0


@contextmanager
def watched() -> Iterator[_Taken]:
    """Seconds and highest additional memory of the block."""
    taken = _Taken()
    start_peak()
    before, began = resident_mb(), time.perf_counter()
    yield taken
    taken.seconds = time.perf_counter() - began
    taken.more_mb = max(0.0, peak_mb() - before)


if __name__ == "__main__":
    make_history(Settings(**json.loads(sys.argv[1])))
