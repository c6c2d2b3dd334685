"""One piece of scoring: some coins through some days in a row. What a worker is given, and gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from liqscape.insight.score.attraction_trials import trials
from liqscape.insight.score.cells import Columns
from liqscape.insight.score.forced import score_forced
from liqscape.insight.score.levels import score_levels
from liqscape.insight.score.returns import score_returns
from liqscape.service.asked_time import utc_text
from liqscape.service.scoring.hours import HourReader, ScoredHours
from liqscape.store.history import HistoryReader
from liqscape.store.scores.schema import TABLES, Tables, empty_frame, frame_of
from liqscape.units import DAY_MS


@dataclass(frozen=True, kw_only=True)
class ScoreTask:
    """Days [first_day, last_day] (days since 1970) of a data folder, for some coins."""

    data: Path
    first_day: int
    last_day: int
    coins: tuple[str, ...]

    @property
    def start_ms(self) -> int:
        """Beginning of the first day."""
        return self.first_day * DAY_MS

    @property
    def end_ms(self) -> int:
        """End of the last day."""
        return (self.last_day + 1) * DAY_MS

    @property
    def name(self) -> str:
        """To be named by in a sentence."""
        return f"{len(self.coins)} coins of {utc_text(self.start_ms)}"


@dataclass(frozen=True, kw_only=True)
class ScoredPiece:
    """Tables of some coins of a day. hour_count: hours of the day with a stored frame; coin_count: coins with one."""

    day: int
    tables: Tables
    hour_count: int
    coin_count: int


def score_piece(task: ScoreTask) -> list[ScoredPiece]:
    """Score it, a day after the other. Raises CorruptSegment, StoreError."""
    hours = HourReader(HistoryReader(task.data), task.coins)
    return [_score_day(day) for day in hours.days(task.first_day, task.last_day)]


def _score_day(hours: ScoredHours) -> ScoredPiece:
    rows: dict[str, list[Columns]] = {table: [] for table in TABLES}

    def add(table: str, coin: str, found: list[Columns]) -> None:
        for columns in found:
            named: Columns = {"coin": np.full(len(next(iter(columns.values()))), coin), **columns}
            if "key" in named:
                named["address"] = np.array([hours.addresses[key] for key in named["key"].tolist()], np.object_)
            rows[table].append(named)

    for day in hours.coins:
        scored = score_levels(day)
        add("levels", day.coin, scored.cells)
        add("crossings", day.coin, scored.crossings)
        for reason, horizon, count, usd in scored.unjudged:
            row = {"reason": np.array([reason]), "horizon": np.array([horizon])}
            add("unjudged", day.coin, [row | {"count": np.array([count]), "usd": np.array([usd])}])
        if day.coin in hours.forced:
            add("liquidations", day.coin, score_forced(day, hours.forced[day.coin]))
        add("asymmetry", day.coin, score_returns(day))
        add("trials", day.coin, trials(day))
    tables = {table: _frame_of(table, parts) for table, parts in rows.items()}
    return ScoredPiece(
        day=hours.day,
        tables=joined({table: [frame] for table, frame in tables.items()}),
        hour_count=hours.hour_count,
        coin_count=len(hours.coins),
    )


def _frame_of(table: str, parts: list[Columns]) -> pl.DataFrame:
    """One table at once: a frame a coin and horizon costs more than all the scoring."""
    if not parts:
        return empty_frame(table)
    return frame_of(table, {name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def joined(rows: Mapping[str, list[pl.DataFrame]]) -> Tables:
    """Tables of parts, by coin; rows of one coin stay in order."""
    return {
        table: pl.concat([empty_frame(table), *parts]).sort("coin", maintain_order=True).rechunk()
        for table, parts in rows.items()
    }
