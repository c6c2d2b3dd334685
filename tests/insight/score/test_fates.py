"""What became of a level that was reached, story by story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from score_truth import day_of
from swept_minutes import INDEX, Holder, Row, make_minute, raw_usd_of

from liqscape.insight.score.columns import AccountMoves, CoinDay
from liqscape.insight.score.fates import FATES
from liqscape.insight.score.gathering import MarkPoints, ReportedLiquidation, corrected, moves_of_minutes
from liqscape.insight.score.levels import NOT_WATCHED, score_levels
from liqscape.model.minute_notes import MinuteKind

LONG = Holder(10.0, 95.0)
NUMBER = np.array([0, 1, -1])


def story(
    ends: Sequence[Holder | None], rows: Sequence[Row] = (), low: float = 94.0, *, is_reported: bool = True
) -> CoinDay:
    """One account over as many minutes as `ends`; in the second the mark goes to `low` and back."""
    frames = []
    for minute, holder in enumerate((LONG, *ends)):
        holders: Mapping[str, Holder] = {"a": Holder(0.0, None) if holder is None else holder}
        path = [(1_000, 100.0), (20_000, low), (50_000, 100.0)] if minute == 1 else [(1_000, 100.0)]
        frames.append(
            make_minute(
                minute,
                100.0,
                holders,
                path=path if is_reported or minute != 1 else None,
                rows=rows if minute == 1 else (),
                addresses=("a",),
            )
        )
    points, parts = MarkPoints(), []
    for frame in frames:
        points.add_frame(NUMBER[:-1], frame.time_ms, frame.snapshot.mark)
        if frame.notes is not None and frame.notes.coins and frame.notes.path and frame.notes.accounts:
            points.add_minutes(frame.notes.coins, frame.notes.path, NUMBER)
            told = frame.notes.accounts
            parts.append(
                moves_of_minutes(told | {"time_ms": np.full(len(told["kind"]), frame.time_ms)}, frame.key, NUMBER)
            )
    moves = AccountMoves.of_rows(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    return day_of(frames, points, moves, INDEX)


def fate_of(day: CoinDay) -> dict[str, int]:
    """Lots of the first frame's level after one step."""
    rows = next(each for each in score_levels(day).crossings if "1h" in each["horizon"])
    assert len(rows["time_ms"]) == 1
    return {name: int(rows[f"{name}_lots"][0]) for name in FATES if rows[f"{name}_lots"][0]}


def trade(size: float, at_ms: int, kind: MinuteKind = MinuteKind.TRADE) -> Row:
    return Row("a", kind, size=size, usd=-size * 95.0, first_ms=at_ms)


@pytest.mark.parametrize(
    ("name", "end", "rows", "expected"),
    [
        ("liquidated into the book", None, [trade(-10.0, 21_000, MinuteKind.LIQUIDATED_BOOK)], {"liquidated": 1000}),
        ("taken over", None, [trade(-10.0, 21_000, MinuteKind.LIQUIDATED_BACKSTOP)], {"liquidated": 1000}),
        ("deleveraged", None, [trade(-10.0, 21_000, MinuteKind.DELEVERAGED)], {"liquidated": 1000}),
        ("cut as a winner", None, [trade(-10.0, 5_000, MinuteKind.DELEVERAGED_AS_WINNER)], {"closed_before": 1000}),
        ("closed before", None, [trade(-10.0, 5_000)], {"closed_before": 1000}),
        ("closed after", None, [trade(-10.0, 30_000)], {"closed_after": 1000}),
        ("at the very mark", None, [trade(-10.0, 20_000)], {"closed_after": 1000}),
        ("gone untold", None, [], {"unknown": 1000}),
        ("flipped", Holder(-5.0, 120.0), [trade(-15.0, 5_000)], {"closed_before": 1000}),
        ("untouched", LONG, [], {"still_there": 1000}),
        (
            "half each way",
            Holder(2.0, 95.0),
            [trade(-4.0, 5_000), trade(-4.0, 21_000, MinuteKind.LIQUIDATED_BOOK)],
            {"liquidated": 400, "closed_before": 400, "still_there": 200},
        ),
        # 10 long with its level at 95 needs 60 USD more for one at 88.8; the mark went to 94.
        (
            "saved",
            Holder(10.0, 88.0),
            [Row("a", MinuteKind.DEPOSIT, usd=raw_usd_of(10.0, 88.0) - raw_usd_of(10.0, 95.0), first_ms=5_000)],
            {"saved_by_margin": 1000},
        ),
        ("margin unknown", Holder(10.0, None, raw_usd=float("nan")), [], {"unknown": 1000}),
        # Its own trade of the same cash left the level lower: nobody put margin in.
        (
            "moved away",
            Holder(10.0, 88.0),
            [Row("a", MinuteKind.TRADE, usd=raw_usd_of(10.0, 88.0) - raw_usd_of(10.0, 95.0), first_ms=5_000)],
            {"moved_away": 1000},
        ),
    ],
)
def test_a_level_that_was_reached_has_one_of_the_fates(
    name: str, end: Holder | None, rows: list[Row], expected: dict[str, int]
) -> None:
    assert fate_of(story([end], rows)) == expected, name


def test_a_mark_that_turned_a_tick_before_reached_nothing() -> None:
    day = story([LONG], low=95.001)
    assert not any(len(each["time_ms"]) for each in score_levels(day).crossings)


def test_a_mark_at_the_level_reached_it() -> None:
    assert fate_of(story([LONG], low=95.0)) == {"still_there": 1000}


def test_what_was_not_watched_is_not_judged_unless_the_mark_is_seen_beyond() -> None:
    scored = score_levels(story([LONG, LONG], is_reported=False))
    assert not any(len(each["time_ms"]) for each in scored.crossings)
    assert {(reason, count) for reason, horizon, count, _ in scored.unjudged if horizon == "1h"} == {(NOT_WATCHED, 1)}


def test_without_a_record_a_level_that_moved_has_no_cause() -> None:
    day = story([Holder(10.0, 88.0)], is_reported=False)
    path_ms = np.append(day.path_ms, day.frames[0].time_ms + 30_000)
    order = np.argsort(path_ms, kind="stable")
    seen = replace(day, path_ms=path_ms[order], path_mark=np.append(day.path_mark, 94.0)[order])
    assert fate_of(seen) == {"unknown": 1000}
    cells = next(each for each in score_levels(seen).cells if "1h" in each["horizon"])
    # What was not watched is known only where it was reached: no part of what a share of hits could be made of.
    assert (cells["crossed_count"].sum(), cells["predicted_count"].sum()) == (1, 0)


def test_usd_by_fate_sums_to_what_was_reached() -> None:
    rows = [trade(-4.0, 5_000), trade(-4.0, 21_000, MinuteKind.LIQUIDATED_BOOK)]
    cells = next(each for each in score_levels(story([Holder(2.0, 95.0)], rows)).cells if "1h" in each["horizon"])
    assert cells["crossed_usd"].sum() == pytest.approx(1_000.0)
    assert cells["liquidated_usd"].sum() == pytest.approx(400.0)
    assert (cells["distance"][0], cells["side"][0], cells["liquidated_count"].sum()) == ("5-10 %", "long", 1)


def test_a_liquidation_that_was_confirmed_later_is_one_and_a_refuted_one_is_none() -> None:
    day = story([None], [trade(-10.0, 30_000)])
    start = day.frames[0].time_ms
    key = int(day.frames[0].key[0])

    def told(evidence: str) -> AccountMoves:
        return corrected(day.moves, [ReportedLiquidation(key, INDEX, start + 29_000, start + 31_000, -10.0, evidence)])

    assert fate_of(replace(day, moves=told("confirmed"))) == {"liquidated": 1000}
    assert not told("confirmed").is_inferred.any()
    assert told("inferred").is_inferred.any()
    forced = story([None], [trade(-10.0, 30_000, MinuteKind.LIQUIDATED_BOOK)])
    moves = corrected(forced.moves, [ReportedLiquidation(key, INDEX, start + 29_000, start + 31_000, -10.0, "refuted")])
    assert fate_of(replace(forced, moves=moves)) == {"closed_after": 1000}
