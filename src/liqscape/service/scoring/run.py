"""Scores stored history, day by day: each is durable once it is told of, so a kill costs the pieces under way.

A day is scored where its scores are not there, are of another version or history, or were made when less of it was
stored. Any split gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import QuestionError
from liqscape.service.asked_time import utc_text
from liqscape.service.folders import read_origin
from liqscape.service.scoring.pieces import ScoredPiece, ScoreTask, joined, score_piece
from liqscape.service.studying.executors import StudyExecutor
from liqscape.store.history import HistoryReader
from liqscape.store.scores import DayStanding, ScoreWriter
from liqscape.store.scores.schema import TABLES
from liqscape.store.studies.part import day_text
from liqscape.units import DAY_MS

if TYPE_CHECKING:
    import polars as pl

DAYS_A_PIECE = 7
"""Days in a row that a worker is given at once: the day before the first is read for nothing, a kill costs them."""
POSITIONS_A_PIECE = 100_000
"""Some 300 MB of hourly positions of two days; larger markets are split by coin too."""
EVERYBODYS = ("node", "archive")
"""Kinds of provenance whose liquidations are those of everybody."""
DEMO = "demo"
"""Kind of origin of a history that the sandbox's own exchange told, everybody's liquidations included."""


@dataclass(frozen=True, kw_only=True)
class ScoreWanted:
    """What is to be scored: UTC days with an end of a horizon in [from, to). None: all.

    is_whole_days  only days that are over in the history.
    """

    from_ms: int | None = None
    to_ms: int | None = None
    is_whole_days: bool = False


@dataclass(frozen=True, kw_only=True)
class ScoredDay:
    """A day that is done. hour_count: hours with a stored frame; is_new: scored now."""

    day: int
    hour_count: int
    is_new: bool


def score_history(
    data: Path,
    wanted: ScoreWanted,
    executor: StudyExecutor,
    workers: int,
    *,
    days_a_piece: int = DAYS_A_PIECE,
    work: Callable[[ScoreTask], list[ScoredPiece]] = score_piece,
) -> Iterator[ScoredDay]:
    """Score what is not scored yet; each day is durable when it is yielded, in any order. work: what a piece is.

    Raises StoreError where there is no history or another program scores it, QuestionError for a time it does not have.
    """
    reader = HistoryReader(data)
    days = wanted_days(reader, wanted)
    with ScoreWriter(data) as writer:
        todo = []
        for day in days:
            held = writer.reader.standing(day_text(day))
            if held is not None and is_up_to_date(held, reader, day):
                yield ScoredDay(day=day, hour_count=held.hour_count, is_new=False)
            else:
                todo.append(day)
        tasks = split_tasks(reader, todo, workers, days_a_piece)
        waiting = {day: sum(task.first_day <= day <= task.last_day for task in tasks) for day in todo}
        parts: dict[int, list[ScoredPiece]] = {day: [] for day in todo}
        for _, pieces in executor.map(work, tasks):
            for piece in pieces:
                parts[piece.day].append(piece)
                if len(parts[piece.day]) == waiting[piece.day]:
                    yield _keep(reader, writer, piece.day, parts.pop(piece.day))


def wanted_days(reader: HistoryReader, wanted: ScoreWanted) -> list[int]:
    """UTC days to be scored, in order. Raises QuestionError where there is too little history."""
    first_ms, last_ms = reader.first_ms, reader.last_ms
    if first_ms is None or last_ms is None:
        raise QuestionError("no frame is stored yet, so nothing can be scored")
    begin = first_ms if wanted.from_ms is None else max(wanted.from_ms, first_ms)
    end = last_ms + 1 if wanted.to_ms is None else min(wanted.to_ms, last_ms + 1)
    days = range(begin // DAY_MS, (max(end, begin) - 1) // DAY_MS + 1) if begin < end else range(0)
    found = [day for day in days if not wanted.is_whole_days or (day + 1) * DAY_MS <= last_ms]
    if not found and not wanted.is_whole_days:
        asked = (first_ms if wanted.from_ms is None else wanted.from_ms, end)
        raise QuestionError(
            f"no frame is stored from {utc_text(asked[0])} on to {utc_text(asked[1])}; "
            f"there are some from {utc_text(first_ms)} to {utc_text(last_ms)}"
        )
    return found


def is_up_to_date(held: DayStanding, reader: HistoryReader, day: int) -> bool:
    """Whether a day's scores are of this history and of all that is stored of it by now."""
    if held.history_id != reader.history_id:
        return False
    end_ms = (day + 1) * DAY_MS
    return held.last_ms >= min(end_ms, reader.last_ms or 0)


def split_tasks(reader: HistoryReader, days: Sequence[int], workers: int, days_a_piece: int) -> list[ScoreTask]:
    """Pieces of days in a row, of all coins or, where there are few days or many positions, of some of them."""
    if not days:
        return []
    most = max(1, min(days_a_piece, -(-len(days) // workers)))
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1 and len(runs[-1]) < most:
            runs[-1].append(day)
        else:
            runs.append([day])
    positions = reader.accounts_at(reader.last_ms or 0).position_count
    pieces = max(-(-workers // len(runs)), -(-positions // POSITIONS_A_PIECE))
    return [
        ScoreTask(data=reader.folder, first_day=run[0], last_day=run[-1], coins=coins)
        for run in runs
        for coins in _coin_groups(reader, run, pieces)
    ]


def _coin_groups(reader: HistoryReader, run: Sequence[int], pieces: int) -> list[tuple[str, ...]]:
    """Coins listed in the days, dealt out in turn: large ones stand first in a listing."""
    coins = reader.coins_between((run[0] - 1) * DAY_MS, (run[-1] + 1) * DAY_MS)
    return [group for place in range(pieces) if (group := tuple(coins[place::pieces]))]


def _keep(reader: HistoryReader, writer: ScoreWriter, day: int, pieces: Sequence[ScoredPiece]) -> ScoredDay:
    rows: dict[str, list[pl.DataFrame]] = {table: [piece.tables[table] for piece in pieces] for table in TABLES}
    last_ms = reader.last_ms or 0
    origin = read_origin(reader.folder)
    standing = DayStanding(
        history_id=reader.history_id,
        first_ms=max(day * DAY_MS, reader.first_ms or 0),
        last_ms=last_ms if last_ms < (day + 1) * DAY_MS else (day + 1) * DAY_MS,
        hour_count=max(piece.hour_count for piece in pieces),
        coin_count=sum(piece.coin_count for piece in pieces),
        is_everybodys=reader.provenance.kind in EVERYBODYS or (origin is not None and origin.kind == DEMO),
    )
    writer.keep(day_text(day), joined(rows), standing)
    return ScoredDay(day=day, hour_count=standing.hour_count, is_new=True)
