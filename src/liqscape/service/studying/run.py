"""Studies stored history, day by day: each is durable before the next begins, so a kill costs at most one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from liqscape.errors import CorruptSegment, ModelError, NotFound, QuestionError
from liqscape.insight.study import CoinStudy
from liqscape.service.asked_time import utc_text
from liqscape.service.studying.executors import StudyExecutor
from liqscape.service.studying.plan import CoinPlan, DayFrames, day_of, plan_day, split_plans
from liqscape.service.studying.span import SpanResult, SpanTask, study_span
from liqscape.spelling import unknown_coin
from liqscape.store.history import HistoryReader
from liqscape.store.studies import StudyWriter
from liqscape.store.studies.schema import join_frames
from liqscape.units import DAY_MS


@dataclass(frozen=True, kw_only=True)
class StudyWanted:
    """What is to be studied. None: all of it.

    from_ms  the first frame; studies begin with its UTC day, for a part is a day.
    to_ms    the end, exclusive.
    """

    from_ms: int | None = None
    to_ms: int | None = None
    coins: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class StudiedDay:
    """A day that is done. coin_count, frame_count: studied now; 0 where all was there."""

    day: int
    last_ms: int
    coin_count: int
    frame_count: int


def study_history(
    data: Path,
    wanted: StudyWanted,
    executor: StudyExecutor,
    workers: int,
    *,
    work: Callable[[SpanTask], SpanResult] = study_span,
) -> Iterator[StudiedDay]:
    """Study what is not studied yet; each day is durable when it is yielded.

    workers  pieces a day is split into. work: what is done with each.

    Raises StoreError where there is no history or another program studies it, QuestionError for a time it does not
    have, NotFound for a coin it does not have.
    """
    reader = HistoryReader(data)
    days = stored_days(reader, wanted.from_ms, wanted.to_ms)
    check_coins(reader, wanted.coins)
    with StudyWriter(data, reader.history_id) as writer:
        refuse_unusable(writer, days)
        for frames in days:
            yield study_day(reader, writer, frames, wanted.coins, executor, workers, work=work)


def stored_days(reader: HistoryReader, from_ms: int | None, to_ms: int | None) -> list[DayFrames]:
    """Days with stored frames in [from, to). Raises QuestionError where there are none."""
    first_ms, last_ms = reader.first_ms, reader.last_ms
    if first_ms is None or last_ms is None:
        raise QuestionError("no frame is stored yet")
    begin_ms = first_ms if from_ms is None else from_ms // DAY_MS * DAY_MS
    end_ms = last_ms + 1 if to_ms is None else to_ms
    times = reader.frame_times(begin_ms, end_ms)
    if not len(times):
        raise QuestionError(
            f"no frame is stored from {utc_text(begin_ms)} to {utc_text(end_ms)}; "
            f"there are some from {utc_text(first_ms)} to {utc_text(last_ms)}"
        )
    starts = np.flatnonzero(np.diff(times // DAY_MS, prepend=-1))
    ends = [*starts[1:].tolist(), len(times)]
    found = []
    before_ms = reader.frame_time_at(int(times[0]) - 1)
    for start, end in zip(starts.tolist(), ends, strict=True):
        first, last = int(times[start]), int(times[end - 1])
        found.append(DayFrames(day=day_of(first), first_ms=first, last_ms=last, before_ms=before_ms))
        before_ms = last
    return found


def check_coins(reader: HistoryReader, coins: Sequence[str] | None) -> None:
    """Raises NotFound, with the nearest spelling, for a coin that the history never had."""
    known = dict.fromkeys(reader.coins_ever)
    for coin in coins or ():
        if coin not in known:
            raise NotFound(unknown_coin(coin, known))


def study_day(
    reader: HistoryReader,
    writer: StudyWriter,
    frames: DayFrames,
    coins: Sequence[str] | None,
    executor: StudyExecutor,
    workers: int,
    *,
    work: Callable[[SpanTask], SpanResult] = study_span,
) -> StudiedDay:
    """Bring one day's part up to its last wanted frame; durable on return. An executor that stops leaves it shorter."""
    listed = reader.coins_between(frames.first_ms, frames.last_ms)
    chosen = [coin for coin in listed if coins is None or coin in coins]
    before = None if frames.before_ms is None else writer.part(day_of(frames.before_ms))
    plans: list[CoinPlan] = plan_day(frames, chosen, before, writer.check(frames.day))
    if not plans:
        return StudiedDay(day=frames.day, last_ms=frames.last_ms, coin_count=0, frame_count=0)
    tasks = split_plans(reader.folder, frames, plans, position_counts(reader, frames.last_ms), workers)
    results: list[SpanResult] = [result for _, result in executor.map(work, tasks)]
    if results:
        writer.keep(
            frames.day,
            [each for result in results for each in result.studied],
            join_frames([result.frames for result in results]),
        )
    return StudiedDay(
        day=frames.day,
        last_ms=frames.last_ms,
        coin_count=len(plans),
        frame_count=max((result.frame_count for result in results), default=0),
    )


def refuse_unusable(writer: StudyWriter, days: Sequence[DayFrames]) -> None:
    """Set aside parts with states that this version cannot go on from: their days are studied again, in order.

    Of each part one state is tried: a part is written by one version.
    """
    wanted = {frames.day for frames in days} | {day_of(frames.before_ms) for frames in days if frames.before_ms}
    for day in sorted(wanted):
        part = writer.part(day)
        try:
            for coin, state in [] if part is None else list(part.states().items())[:1]:
                CoinStudy.from_state(coin, state)
        except (ModelError, CorruptSegment, FileNotFoundError) as error:
            writer.refuse(day, error)


def position_counts(reader: HistoryReader, time_ms: int) -> dict[str, float]:
    """Positions of each coin at a frame: how much work it makes."""
    frame = reader.frame_at(time_ms, with_bands=False)
    if frame is None:
        return {}
    markets = frame.snapshot.markets
    counts = np.bincount(reader.accounts_at(time_ms).market_index, minlength=len(markets))
    return dict(zip(markets.coins, counts.astype(float).tolist(), strict=True))
