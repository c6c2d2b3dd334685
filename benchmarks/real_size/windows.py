"""Heatmaps of a day and of a week at real size, as the page asks for them.

The week holds a frame every 15 minutes: a picture of a week has no finer columns, so what is drawn is the same as with
a frame a minute, of which the format keeps coarser rows too. The world moves 15 minutes in one step.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from liqscape.service.pipeline import Pipeline
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter
from real_size.memory import give_back, peak_mb, resident_mb, start_peak
from real_size.record import Row, Settings
from real_size.turns import folder_mb
from real_size.world import DAY_MS, HOUR_MS, MINUTE_MS, PROVENANCE, START_MS, World, run

WIDTH, HEIGHT = 800, 400
DAYS, STEP_MINUTES = 7, 15
ROUNDS = 3
WANTED_S = 1.0


def measure(settings: Settings) -> list[Row]:
    """Seconds of windows, from a new reader and again."""
    days = DAYS if settings.is_real else 0.25
    folder = settings.folder / "week"
    _make(settings, folder, days)
    reader = HistoryReader(folder)
    assert reader.last_ms is not None
    end, coins = reader.last_ms + 1, reader.coins
    view = MapView(reader)
    view.heatmap(coins[-1], start_ms=end - HOUR_MS, end_ms=end)  # compiled, loaded
    give_back()
    before = resident_mb()
    start_peak()
    rows = []
    for name, span in ((f"{days:g} days", int(days * DAY_MS)), ("24 h", min(DAY_MS, int(days * DAY_MS)))):
        for coin in (coins[0], coins[len(coins) // 2]):
            first, again = _seconds(folder, coin, end - span, end)
            rows.append(Row(what=f"heatmap of {name}, {coin}, first", value=first, unit="s", wanted=WANTED_S))
            rows.append(Row(what=f"heatmap of {name}, {coin}, again", value=again, unit="s", wanted=WANTED_S))
    rows.append(Row(what="heatmaps, most memory they took", value=peak_mb() - before, unit="MB", wanted=300.0))
    rows.append(
        Row(what=f"the {days:g} days on disk, a frame every {STEP_MINUTES} minutes", value=folder_mb(folder), unit="MB")
    )
    return rows


def _seconds(folder: Path, coin: str, start: int, end: int) -> tuple[float, float]:
    """(first of a new reader, median of the next ones)."""
    view = MapView(HistoryReader(folder))
    taken = []
    for _ in range(1 + ROUNDS):
        began = time.perf_counter()
        view.heatmap(coin, start_ms=start, end_ms=end, width=WIDTH, height=HEIGHT)
        taken.append(time.perf_counter() - began)
    return taken[0], float(np.median(taken[1:]))


def _make(settings: Settings, folder: Path, days: float) -> None:
    frames = max(2, round(days * 24 * 60 / STEP_MINUTES))
    start = (START_MS // DAY_MS - DAYS) * DAY_MS
    world = World(
        settings.seed, settings.accounts, settings.positions, settings.markets, start, minutes_a_step=STEP_MINUTES
    )
    with HistoryWriter(folder, PROVENANCE, hold_ms=STEP_MINUTES * MINUTE_MS) as writer:
        writer.append_many(run(world, Pipeline(PROVENANCE), frames))
        writer.compact()
