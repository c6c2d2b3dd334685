"""A click into the past: how long the first answer takes, what memory it leaves, and who waits for it meanwhile.

The folder is that of made.py: one day's frames in one part. The process is one that only reads, its kernels warm, as in
a server that has answered before; each figure begins with a new reader.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np

from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader
from real_size.made import stored_history
from real_size.memory import give_back, peak_mb, resident_mb, start_peak
from real_size.record import Row, Settings

CLICKS = 12
LATER_S = 0.05
WIDTH, HEIGHT = 800, 400
WANTED_S, WANTED_MB = 1.0, 300.0


def measure(settings: Settings) -> list[Row]:
    """Seconds and MB of clicks, alone and beside a heatmap."""
    folder = stored_history(settings)
    coin, moments = _warm(folder, settings.seed)
    give_back()
    before = resident_mb()
    start_peak()
    view = MapView(HistoryReader(folder))
    began = time.perf_counter()
    view.frame(coin, moments[0])
    first_s, peak = time.perf_counter() - began, peak_mb() - before
    seconds = []
    for moment in moments[1:]:
        began = time.perf_counter()
        view.frame(coin, moment)
        seconds.append(time.perf_counter() - began)
    highest = peak_mb() - before
    give_back()
    kept = resident_mb() - before
    del view
    alone_s, beside_s = _heatmap_beside(folder, coin, moments[-1])
    return [
        Row(
            what="click into the past, first answer",
            value=first_s,
            unit="s",
            wanted=WANTED_S,
            note=f"one part of {settings.hours:g} h",
        ),
        Row(what="click into the past, memory of the first at its highest", value=peak, unit="MB", wanted=WANTED_MB),
        Row(what="click into the past, later ones, median", value=float(np.median(seconds)), unit="s"),
        Row(what="click into the past, later ones, longest", value=max(seconds), unit="s", wanted=WANTED_S),
        Row(what=f"memory of {len(moments)} clicks at its highest", value=highest, unit="MB"),
        Row(what=f"memory kept after {len(moments)} clicks", value=kept, unit="MB", wanted=WANTED_MB),
        Row(what="a heatmap, nobody else asking", value=alone_s, unit="s"),
        Row(what="a heatmap asked during a click", value=beside_s, unit="s", wanted=WANTED_S),
    ]


def _warm(folder: Path, seed: int) -> tuple[str, list[int]]:
    """Compile and load what a running server has; the coin asked for, and the moments: in no order of time."""
    view = MapView(HistoryReader(folder))
    coin = view.coins().coins[0].coin
    view.frame(coin)
    view.heatmap(coin, width=WIDTH, height=HEIGHT)
    reader = HistoryReader(folder)
    assert reader.first_ms is not None
    assert reader.last_ms is not None
    times = reader.frame_times(reader.first_ms, reader.last_ms)
    chosen = np.random.default_rng(seed).choice(times, min(CLICKS, len(times)), replace=False)
    return coin, [int(each) for each in chosen]


def _heatmap_beside(folder: Path, coin: str, moment: int) -> tuple[float, float]:
    """Seconds of a heatmap by itself, and begun a moment after a click, each of a new reader."""
    alone = _heatmap(MapView(HistoryReader(folder)), coin)
    view = MapView(HistoryReader(folder))
    click = threading.Thread(target=view.frame, args=(coin, moment))
    click.start()
    time.sleep(LATER_S)
    beside = _heatmap(view, coin)
    click.join()
    return alone, beside


def _heatmap(view: MapView, coin: str) -> float:
    began = time.perf_counter()
    view.heatmap(coin, width=WIDTH, height=HEIGHT)
    return time.perf_counter() - began
