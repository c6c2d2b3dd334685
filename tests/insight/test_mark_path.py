"""The path of a minute is all its marks by time, and says where it was not watched throughout."""

from __future__ import annotations

import numpy as np
import pytest

from liqscape.insight.mark_path import MinutePaths
from liqscape.insight.minute_prices import BandPath, FourPoints
from liqscape.model import Market, Markets, MarketSnapshot
from liqscape.model.minute_notes import Columns, MinuteNotes

MARKETS = Markets.build(Market(coin=coin, size_decimals=2, max_leverage=20, table_row=0) for coin in "AB")
MARKS = [(10, 100.0, 5.0), (20, 100.01, np.nan), (30, 98.0, 4.0), (40, 99.0, 6.0), (50, 99.5, np.nan)]


def noted(rows: list[tuple[int, float, float]], since_ms: int = 0, known_ms: int = 60) -> MinuteNotes:
    points, path = FourPoints(2), BandPath(2)
    for at_ms, *marks in rows:
        points.add(np.array(marks), at_ms)
        path.add(np.array(marks), at_ms)
    known = np.flatnonzero(points.is_known)
    coins: Columns = {"market_index": known} | points.columns("mark", known)
    coins |= {"since_ms": np.full(len(known), since_ms), "known_at_ms": np.full(len(known), known_ms)}
    return MinuteNotes(coins=coins, path=path.take())


def joined(*parts: MinuteNotes) -> MinuteNotes:
    def one(name: str) -> Columns:
        columns = [getattr(part, name) for part in parts]
        return {key: np.concatenate([each[key] for each in columns]) for key in columns[0]}

    return MinuteNotes(coins=one("coins"), path=one("path"))


def paths_of(notes: MinuteNotes | None, time_ms: int = 60) -> MinutePaths:
    return MinutePaths(MarketSnapshot.of_marks(MARKETS, time_ms, np.array([99.5, np.nan])), notes)


def test_extremes_are_exact_and_points_rise_in_time() -> None:
    paths = paths_of(noted(MARKS))
    assert (paths.low, paths.high) == ([98.0, 4.0], [100.01, 6.0])
    times, marks = paths.points(0)
    assert times == sorted(times)
    assert set(zip(times, marks, strict=True)) == {
        (10, 100.0),
        (20, 100.01),
        (30, 98.0),
        (40, 99.0),
        (50, 99.5),
        (60, 99.5),
    }
    assert set(zip(*paths.points(1), strict=True)) == {(10, 5.0), (30, 4.0), (40, 6.0)}


def test_without_notes_only_the_mark_of_the_frame_is_known() -> None:
    paths = paths_of(None)
    assert paths.points(0) == ([60], [99.5])
    assert paths.points(1) == ([], [])
    assert paths.of_coin(1).end_ms is None
    assert np.isnan(paths.low[1])
    assert not paths.is_whole(0, 0)


@pytest.mark.parametrize(
    ("name", "notes", "is_whole"),
    [
        ("watched since the frame before", noted(MARKS), True),
        ("watched since a restart", noted(MARKS, since_ms=5), False),
        ("two minutes without a break", joined(noted(MARKS[:2], 0, 25), noted(MARKS[2:], 25, 60)), True),
        ("two minutes with a break", joined(noted(MARKS[:2], 0, 25), noted(MARKS[2:], 26, 60)), False),
        ("the last minute missing", noted(MARKS[:2], 0, 25), False),
    ],
)
def test_a_path_is_whole_where_it_was_watched_throughout(name: str, notes: MinuteNotes, is_whole: bool) -> None:
    assert paths_of(notes).is_whole(0, 0) is is_whole, name


def test_minutes_that_a_thinning_joined_have_the_extremes_of_all() -> None:
    low_first = joined(noted(MARKS[2:3], 0, 35), noted(MARKS[3:], 35, 60))
    assert paths_of(low_first).low == [98.0, 4.0]
    assert paths_of(low_first).high == [99.5, 6.0]
