"""A disk that takes nothing: how many minutes wait in memory before the oldest is lost, and what they take there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from liqscape.service.collecting.history_queue import HistoryQueue
from liqscape.service.pipeline import Pipeline
from real_size.memory import give_back, resident_mb
from real_size.record import Row, Settings
from real_size.world import PROVENANCE, World, run

MAX_MINUTES, TINY_MINUTES = 300, 5


def measure(settings: Settings) -> list[Row]:
    """Minutes offered to a keeper that is never let write."""
    writer: Any = SimpleNamespace()
    keeper = HistoryQueue(writer)
    world = World(settings.seed, settings.accounts, settings.positions, settings.markets)
    pipeline, before = Pipeline(PROVENANCE), 0.0
    for minute, moment in enumerate(run(world, pipeline, MAX_MINUTES if settings.is_real else TINY_MINUTES)):
        if minute == 1:
            give_back()
            before = resident_mb()
        keeper.offer(moment)
        if keeper.watch.lost:
            break
    give_back()
    return [
        Row(what="minutes that wait for a disk that takes nothing", value=keeper.waiting_count, unit="min"),
        Row(what="memory they take", value=resident_mb() - before, unit="MB", wanted=1_100.0),
    ]
