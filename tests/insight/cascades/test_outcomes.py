"""What price did after a cascade, beside moves without one, with intervals or the bare cases (insight/cascades)."""

from __future__ import annotations

from math import nan

import pytest
from cascade_story import forced_minute, told, wobbling

from liqscape.insight.cascades import outcome_table
from liqscape.insight.cascades.case import Case, MoveSpan, bucket_of
from liqscape.insight.cascades.moves import QuietMoves, SeenMinute
from liqscape.insight.cascades.record import OwnMinutes
from liqscape.insight.cascades.threshold import threshold_of
from liqscape.insight.records import OutcomeKind
from liqscape.insight.study_rows import CascadeOutcomeRow
from liqscape.units import HOUR_MS, MINUTE_MS

QUIET = 70


def fallen() -> Case:
    """From 100 to 90, ended at 92 at time 0."""
    span = MoveSpan(direction=-1, start=100.0, extreme=90.0, mark=92.0, ended_ms=0, bucket=2)
    return Case(cascade_id="x", side=1, span=span)


@pytest.mark.parametrize(
    ("mark", "kind", "share"),
    [
        (97.0, OutcomeKind.REVERSAL, 0.5),
        (96.9, OutcomeKind.NEITHER, 0.49),
        (87.5, OutcomeKind.CONTINUATION, -0.45),
        (87.6, OutcomeKind.NEITHER, -0.44),
    ],
)
def test_outcome_by_the_mark_at_the_horizon(mark: float, kind: OutcomeKind, share: float) -> None:
    """Half of 10 USD regained since the end is 97; a quarter of it beyond the extreme is 87.5."""
    (outcome,) = fallen().advance(5 * MINUTE_MS, mark, mark, mark, True)
    assert (outcome.horizon, outcome.kind) == ("5m", kind)
    assert outcome.share == pytest.approx(share)
    assert outcome.return_bp == pytest.approx((mark / 92.0 - 1.0) * 1e4)


def test_a_rise_is_mirrored() -> None:
    span = MoveSpan(direction=1, start=100.0, extreme=110.0, mark=108.0, ended_ms=0, bucket=2)
    case = Case(cascade_id="x", side=-1, span=span)
    (outcome,) = case.advance(5 * MINUTE_MS, 103.0, 103.0, 103.0, True)
    assert outcome.kind is OutcomeKind.REVERSAL
    assert outcome.return_bp == pytest.approx((1.0 - 103.0 / 108.0) * 1e4)


def test_what_was_reached_on_the_way_is_kept_apart_from_what_stood_at_the_end() -> None:
    case = fallen()
    assert case.advance(MINUTE_MS, 87.0, 98.0, 92.0, True) == []
    (outcome,) = case.advance(5 * MINUTE_MS, 92.0, 92.0, 92.0, True)
    assert outcome.kind is OutcomeKind.NEITHER
    assert (outcome.reached_reversal, outcome.reached_continuation) == (True, True)


def test_with_a_hole_on_the_way_what_was_not_seen_is_unknown() -> None:
    case = fallen()
    case.advance(MINUTE_MS, 92.0, 98.0, 92.0, False)
    (outcome,) = case.advance(5 * MINUTE_MS, 92.0, 92.0, 92.0, True)
    assert (outcome.reached_reversal, outcome.reached_continuation) == (True, None)


def test_a_horizon_without_a_mark_near_it_has_no_outcome() -> None:
    found = fallen().advance(HOUR_MS + MINUTE_MS, 97.0, 97.0, 97.0, False)
    assert [(each.horizon, each.kind) for each in found] == [("5m", None), ("1h", OutcomeKind.REVERSAL)]
    assert fallen().advance(5 * MINUTE_MS, nan, nan, nan, False)[0].mark is None


def test_a_tracked_cascade_has_an_outcome_at_each_horizon_from_its_end() -> None:
    """From 100 down to 95, exhausted at 95; back at 99 an hour later: four fifths of the move."""
    minutes = [
        *wobbling(range(QUIET)),
        forced_minute(QUIET, 95.0, 100_000.0, accounts=4),
        *(forced_minute(QUIET + each, 95.0) for each in range(1, 60)),
        *(forced_minute(QUIET + each, 99.0) for each in range(60, 1_500)),
    ]
    said, _ = told(minutes)
    rows = [row for each in said for row in each.outcomes]
    assert [row.horizon for row in rows] == ["5m", "1h", "4h", "24h"]
    assert [row.outcome for row in rows] == ["neither", "reversal", "reversal", "reversal"]
    assert rows[1].share_of_move == pytest.approx(4.0 / 5.05, rel=0.01)
    assert {row.cascade_id for row in rows} == {said[QUIET].standing[0].cascade_id}
    assert rows[0].exhausted_ms == rows[0].known_at_ms - 5 * MINUTE_MS
    assert rows[0].baseline_reversal is None


def seen(minute: int, mark: float) -> SeenMinute:
    return SeenMinute(time_ms=minute * MINUTE_MS, mark=mark, low=mark, high=mark, sigma_1m=0.005)


def zigzag(minutes: int) -> QuietMoves:
    """2 % down within a minute, back after 20, down again after 20."""
    moves = QuietMoves()
    for minute in range(minutes):
        mark = 98.0 if minute % 40 < 20 else 100.0
        moves.advance(seen(minute, mark), is_known=True)
    return moves


def test_moves_without_a_cascade_are_counted_by_size_and_horizon() -> None:
    moves = zigzag(3_000)
    # 2 % at a sigma_1m of 0.5 %, so 1.1 % in five minutes, are 1.8: between the edges 1 and 2.
    bucket = bucket_of(100.0, 98.0, 0.005)
    assert bucket == 1
    # The mark comes back every 40 minutes: an hour later it is on the other side, four hours later on the same.
    assert moves.shares(bucket, "1h")[:2] == (1.0, 0.0)
    assert moves.shares(bucket, "4h")[:2] == (0.0, 0.0)
    assert moves.shares(bucket, "1h")[2] >= 20
    assert moves.shares(3, "1h") == (None, None, 0)


def test_moves_near_a_cascade_are_none_without_one() -> None:
    moves = QuietMoves()
    for minute in range(3_000):
        mark = 98.0 if minute % 40 < 20 else 100.0
        moves.note_forced(minute * MINUTE_MS)
        moves.advance(seen(minute, mark), is_known=True)
    assert moves.count == {}


def outcome_row(number: int, outcome: str | None, **more: object) -> CascadeOutcomeRow:
    given: dict[str, object] = {
        "cascade_id": f"A-{number}",
        "coin": "A",
        "side": "long",
        "horizon": "1h",
        "exhausted_ms": number,
        "mark_at": 1.0,
        "return_bp": float(number),
        "share_of_move": 0.1,
        "outcome": outcome,
        "reached_reversal": True,
        "reached_continuation": False,
        "baseline_reversal": 0.25,
        "baseline_continuation": 0.5,
        "baseline_count": 40,
        "known_at_ms": number,
    }
    return CascadeOutcomeRow(**(given | more))  # type: ignore[arg-type]


def test_below_twenty_cases_they_are_listed_and_no_share_is_given() -> None:
    rows = [outcome_row(number, "reversal") for number in range(19)]
    (found,) = outcome_table([*rows, outcome_row(50, None)])
    assert (found.count, found.unjudged_count) == (19, 1)
    assert found.reversal is found.median_return_bp is found.baseline_reversal is None
    assert found.cases == tuple(f"A-{number}" for number in range(19))


def test_from_twenty_cases_on_shares_have_wilson_intervals_beside_the_baseline() -> None:
    rows = [outcome_row(number, "reversal" if number % 2 else "neither") for number in range(20)]
    (found,) = outcome_table(reversed(rows))
    assert found.reversal is not None
    assert (found.reversal.share, found.baseline_reversal, found.cases) == (0.5, 0.25, ())
    # Ten of twenty, by hand: (0.5 + 1.9207 / 20 +- 1.96 sqrt(0.0125 + 0.0024)) / 1.19207
    assert (found.reversal.low, found.reversal.high) == pytest.approx((0.29930, 0.70070), abs=1e-4)
    assert found.reached_reversal is not None
    assert found.reached_reversal.share == 1.0


def test_the_quantile_is_that_of_all_minutes_zeros_included() -> None:
    record = OwnMinutes()
    for minute in range(2_000):
        record.add(minute * MINUTE_MS, 1_000.0 + minute if minute % 100 == 0 else 0.0)
    values = sorted(1_000.0 + minute if minute % 100 == 0 else 0.0 for minute in range(2_000))
    assert record.quantile() == values[1_990 - 1]


def test_minutes_older_than_seven_days_go_and_a_short_record_has_no_quantile() -> None:
    record = OwnMinutes()
    for minute in range(1_439):
        record.add(minute * MINUTE_MS, 5.0)
    assert record.quantile() is None
    for minute in range(1_439, 9 * 1_440):
        record.add(minute * MINUTE_MS, 0.0)
    assert record.quantile() == 0.0
    assert record.seen == []
    assert record.minute_count <= 7 * 1_440 + 60


@pytest.mark.parametrize(
    ("own", "depth", "interest", "usd"),
    [
        (0.0, None, None, 10_000.0),
        (50_000.0, 1e6, 2e9, 50_000.0),
        (50_000.0, 40e6, 2e9, 200_000.0),
        (None, None, 2e9, 530_000.0),
        (None, None, 2e8, 28_000.0),
        (None, None, 5e7, 10_000.0),
        (None, None, None, 10_000.0),
    ],
)
def test_the_threshold_is_the_largest_of_its_parts(
    own: float | None, depth: float | None, interest: float | None, usd: float
) -> None:
    assert threshold_of(own, 100, depth, interest).usd == usd
