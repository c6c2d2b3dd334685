"""What the map had said of liquidations before they happened."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from score_truth import HORIZONS, day_of
from swept_minutes import INDEX, START_MS, Holder, make_minute

from liqscape.insight.minute import address_key
from liqscape.insight.score.columns import AccountMoves, CoinDay
from liqscape.insight.score.forced import ForcedCloses, score_forced
from liqscape.insight.score.gathering import MarkPoints
from liqscape.insight.score.returns import score_returns
from liqscape.units import DAY_MS, MINUTE_MS

NAMES = ("a", "b", "c")


def eight_minutes() -> CoinDay:
    """a holds a long at 95 from minute 2 on, b a position without a level, c nothing; the mark rises a percent each."""
    frames = []
    for minute in range(8):
        holders = {
            "a": Holder(10.0 if minute >= 2 else 0.0, 95.0),
            "b": Holder(5.0, None, raw_usd=1e9),
            "c": Holder(0.0, None),
        }
        frames.append(make_minute(minute, 100.0 * 1.01**minute, holders, path=None, addresses=NAMES))
    points = MarkPoints()
    for frame in frames:
        points.add_frame(np.array([0, 1]), frame.time_ms, frame.snapshot.mark)
    return day_of(frames, points, AccountMoves.empty(), INDEX)


def closes(*events: tuple[str, int, float]) -> ForcedCloses:
    """Longs of (account, ms since the first frame, mark)."""
    return ForcedCloses(
        first_ms=np.array([START_MS + at_ms for _, at_ms, _ in events], np.int64),
        key=np.array([address_key(name) for name, _, _ in events], np.int64),
        side=np.ones(len(events), np.int64),
        notional=np.full(len(events), 950.0),
        mark=np.array([mark for _, _, mark in events], np.float64),
        method=np.full(len(events), "market"),
        is_exact=np.ones(len(events), np.bool_),
    )


def test_each_horizon_looks_at_the_frame_just_that_long_before() -> None:
    day = eight_minutes()
    rows = score_forced(day, closes(("a", 6 * MINUTE_MS + 30_000, 94.9)))
    # Horizons of 1, 3 and 6 minutes: frames 6, 4 and 1; a came in minute 2.
    assert [(each["horizon"][0], each["status"][0]) for each in rows] == [
        ("1h", "level"),
        ("4h", "level"),
        ("24h", "not open"),
    ]
    assert rows[0]["error_bp"][0] == pytest.approx(1e4 * (94.9 / 95.0 - 1.0))
    assert np.isnan(rows[2]["error_bp"][0])
    assert rows[0]["distance"][0] == "10-20 %"


@pytest.mark.parametrize(
    ("account", "at_ms", "expected"),
    [
        ("a", 6 * MINUTE_MS + 1, "level"),
        ("b", 6 * MINUTE_MS + 1, "no level"),
        ("c", 6 * MINUTE_MS + 1, "not open"),
        ("d", 6 * MINUTE_MS + 1, "not known"),
        ("a", 30 * MINUTE_MS, "no frame"),
        ("a", 2 * MINUTE_MS, "not open"),  # a frame of the same instant may know of it: the one before is asked
    ],
)
def test_what_the_map_had_of_an_account(account: str, at_ms: int, expected: str) -> None:
    rows = score_forced(eight_minutes(), closes((account, at_ms, 95.0)))
    assert rows[0]["status"][0] == expected


def test_an_unknown_trigger_is_the_last_mark_before() -> None:
    rows = score_forced(eight_minutes(), closes(("a", 6 * MINUTE_MS + 1, float("nan"))))
    assert rows[0]["trigger_mark"][0] == pytest.approx(100.0 * 1.01**6)


def test_liquidations_of_other_days_are_not_of_this_one() -> None:
    assert score_forced(eight_minutes(), closes(("a", DAY_MS + 1, 95.0))) == []


def test_returns_are_of_the_marks_before_and_after() -> None:
    rows = score_returns(eight_minutes())
    assert [len(each["time_ms"]) for each in rows] == [7, 5, 2]
    by_horizon = dict(zip(HORIZONS, rows, strict=True))
    assert by_horizon["4h"]["return_after"] == pytest.approx(np.full(5, 3 * np.log(1.01)))
    assert np.isnan(by_horizon["1h"]["return_before"]).all(), "no mark of a day before"
    day = eight_minutes()
    before = replace(
        day,
        path_ms=np.concatenate(([day.frames[0].time_ms - DAY_MS], day.path_ms)),
        path_mark=np.concatenate(([50.0], day.path_mark)),
    )
    assert score_returns(before)[0]["return_before"][0] == pytest.approx(np.log(2.0))
