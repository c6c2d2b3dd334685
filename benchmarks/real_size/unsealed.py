"""Minutes that are not sealed yet, in a reader beside the writer: memory, and what each new minute costs.

Another process appends a minute at a time when told to, so the memory seen here is the reader's alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter
from real_size.made import BENCHMARKS
from real_size.memory import give_back, resident_mb
from real_size.record import Row, Settings
from real_size.turns import folder_mb
from real_size.world import MINUTE_MS, PROVENANCE, World, run

MINUTES, TINY_MINUTES = 60, 4
WIDTH, HEIGHT = 800, 400
FOLDER = "unsealed"


def measure(settings: Settings) -> list[Row]:
    """A reader that looks after every minute, as a page that follows the map does."""
    folder = settings.folder / FOLDER
    call = [sys.executable, "-m", "real_size.unsealed", json.dumps(asdict(settings))]
    with subprocess.Popen(
        call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(BENCHMARKS)}
    ) as writing:
        return _follow(settings, folder, writing)


def _follow(settings: Settings, folder: Path, writing: subprocess.Popen[bytes]) -> list[Row]:
    assert writing.stdin is not None
    assert writing.stdout is not None
    writing.stdout.readline()  # the opening is stored
    view = MapView(HistoryReader(folder))
    coin = _look(view)
    give_back()
    before, seconds = resident_mb(), []
    for _ in range(MINUTES if settings.is_real else TINY_MINUTES):
        writing.stdin.write(b"\n")
        writing.stdin.flush()
        writing.stdout.readline()
        began = time.perf_counter()
        _look(view, coin)
        seconds.append(time.perf_counter() - began)
    writing.stdin.close()
    writing.wait(60.0)
    give_back()
    followed = resident_mb() - before
    del view
    give_back()
    before = resident_mb()
    reader = HistoryReader(folder)
    view = MapView(reader)
    began = time.perf_counter()
    _look(view, coin)
    anew_s = time.perf_counter() - began
    began = time.perf_counter()
    view.frame(coin, (reader.first_ms or 0) + MINUTE_MS)
    click_s = time.perf_counter() - began
    give_back()
    return [
        Row(what="an unsealed minute more in a reader, median", value=float(np.median(seconds)), unit="s", wanted=0.1),
        Row(
            what="an unsealed minute more in a reader, last ten, median",
            value=float(np.median(seconds[-10:])),
            unit="s",
            wanted=0.1,
        ),
        Row(
            what="memory a reader that followed has more",
            value=followed,
            unit="MB",
            wanted=300.0,
            note=f"{len(seconds)} minutes unsealed",
        ),
        Row(what="first look of a new reader at them", value=anew_s, unit="s", wanted=1.0),
        Row(what="click into the first unsealed minute", value=click_s, unit="s", wanted=1.0),
        Row(what="memory of a new reader after that", value=resident_mb() - before, unit="MB", wanted=300.0),
        Row(what="unsealed minutes on disk", value=folder_mb(folder), unit="MB"),
    ]


def _look(view: MapView, coin: str = "") -> str:
    """What a page that follows asks of the stored history: its end, and the window around the last hour."""
    last = view.status().last_ms
    coin = coin or view.coins().coins[0].coin
    view.heatmap(coin, start_ms=last - 60 * MINUTE_MS, end_ms=last + 1, width=WIDTH, height=HEIGHT)
    return coin


def write(settings: Settings, folder: Path) -> None:
    """Append a minute for each line read; a line back when it is durable."""
    world = World(settings.seed, settings.accounts, settings.positions, settings.markets)
    from liqscape.service.pipeline import Pipeline

    with HistoryWriter(folder, PROVENANCE) as writer:
        for moment in run(world, Pipeline(PROVENANCE), 10_000):
            writer.append(moment)
            print(flush=True)
            if not sys.stdin.readline():
                return


if __name__ == "__main__":
    given = Settings(**json.loads(sys.argv[1]))
    write(given, given.folder / FOLDER)
