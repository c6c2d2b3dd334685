"""Clusters are swept by the mark's path, and every lot they held is told of."""

from __future__ import annotations

import math

import pytest
from sweeping import Run, parts_of
from swept_minutes import COIN, INDEX, RATE, Holder, Row, Waiting, make_cluster, make_minute, raw_usd_of

from liqscape.errors import ModelError
from liqscape.insight.minute import Minute
from liqscape.insight.records import SweepState
from liqscape.insight.sweeps import SweepTracker
from liqscape.model.minute_notes import MinuteKind
from liqscape.units import Side

LONGS = make_cluster("longs", Side.LONG, 99.0, 100.0)
SHORTS = make_cluster("shorts", Side.SHORT, 110.0, 111.0)
BOTH = (LONGS, SHORTS)
HELD = {"a": Holder(10.0, 99.8), "b": Holder(6.0, 99.5), "c": Holder(4.0, 99.1), "d": Holder(-5.0, 110.5)}
BOOK, BACKSTOP, TRADE = MinuteKind.LIQUIDATED_BOOK, MinuteKind.LIQUIDATED_BACKSTOP, MinuteKind.TRADE
A_SELLS = Row("a", TRADE, -10.0, first_ms=2_000)
"""All of a, before its level."""


def quiet(count: int, start: int, mark: float, holders: dict[str, Holder]) -> list[Minute]:
    return [make_minute(start + each, mark, holders, addresses="abcd") for each in range(count)]


def swept(now: Minute, after: dict[str, Holder], *, back: float = 103.0) -> Run:
    """A minute in which something happens, then two hours above."""
    run = Run()
    run.take(make_minute(0, 103.0, HELD), BOTH)
    run.take(now, BOTH)
    return run.take_all(quiet(120, 2, back, after), BOTH)


def only(run: Run) -> dict[str, float]:
    assert len(run.finished) == 1
    row = run.finished[0]
    parts = parts_of(row)
    assert sum(parts.values()) == pytest.approx(row.size_at_entry, abs=1e-12)
    return parts


def without(*names: str) -> dict[str, Holder]:
    return {name: each for name, each in HELD.items() if name not in names}


def test_a_wick_of_mids_and_prints_leaves_the_band_untouched() -> None:
    # Prints down to 98 moved the mid there; the mark never came below 100.5.
    wick = make_minute(1, 102.0, HELD, path=[(3_000, 101.0), (6_000, 100.5), (9_000, 102.0)], mid_low=98.0)
    run = swept(wick, HELD)
    assert run.finished == []
    assert run.newest.states == {}


def test_the_mark_alone_between_two_frames_sweeps_a_cluster() -> None:
    dip = make_minute(
        1,
        102.0,
        without("a", "b", "c"),
        path=[(3_000, 101.0), (6_000, 98.9), (9_000, 102.0)],
        rows=[
            Row("a", BOOK, -10.0, first_ms=6_000),
            Row("b", BOOK, -6.0, first_ms=6_000),
            Row("c", BACKSTOP, -4.0, first_ms=6_000),
        ],
        addresses="abcd",
        depth=(50_000.0, 70_000.0),
    )
    run = swept(dip, without("a", "b", "c"))
    assert only(run) == {"liquidated_book": 16.0, "liquidated_backstop": 4.0}
    row = run.finished[0]
    assert (row.outcome, row.clear_fraction, row.gap) == ("swept", 1.0, False)
    assert (row.price_low, row.price_high, row.extreme_mark) == (99.0, 100.0, 98.9)
    assert row.entered_ms == row.crossed_ms == dip.time_ms - 54_000
    assert row.left_ms == row.ended_ms == dip.time_ms - 51_000
    assert row.overshoot_bp == row.overshoot_1h_bp == pytest.approx(1e4 * 0.1 / 99.0)
    assert row.sigma_1m_bp is None
    assert row.overshoot_sigma is None
    assert row.usd_at_entry == pytest.approx(20.0 * 98.9)
    assert row.depth_usd is None, "the depth is that of the frame before the entry"
    assert row.known_at_ms >= row.crossed_ms + 3_600_000


def test_depth_is_that_of_the_minute_before_on_the_side_that_is_hit() -> None:
    run = Run()
    run.take(make_minute(0, 103.0, HELD, depth=(50_000.0, 70_000.0)), BOTH)
    run.take(make_minute(1, 103.0, HELD, path=[(1, 110.1), (2, 103.0)], depth=(1.0, 2.0)), BOTH)
    run.take(make_minute(2, 103.0, HELD, path=[(1, 99.9), (2, 103.0)]), BOTH)
    run.take_all(quiet(40, 3, 103.0, HELD), BOTH)
    assert [(row.side, row.depth_usd) for row in run.finished] == [("short", 70_000.0), ("long", 1.0)]


def test_a_short_cluster_is_swept_from_below() -> None:
    up = make_minute(
        1, 103.0, without("d"), path=[(1, 112.0), (2, 103.0)], rows=[Row("d", BOOK, 5.0, first_ms=1)], addresses="abcd"
    )
    run = swept(up, without("d"))
    assert only(run) == {"liquidated_book": 5.0}
    assert run.finished[0].overshoot_bp == pytest.approx(1e4 * 1.0 / 111.0)


@pytest.mark.parametrize(
    ("name", "rows", "after", "parts", "outcome"),
    [
        ("nothing happened and no level was reached", [], HELD, {"still_there": 20.0}, "held"),
        (
            "an owner closed before the level was reached",
            [Row("a", TRADE, -10.0, first_ms=2_000)],
            without("a"),
            {"closed_before": 10.0, "still_there": 10.0},
            "held",
        ),
        (
            "owners of most closed before",
            [Row("a", TRADE, -10.0, first_ms=2_000), Row("b", TRADE, -6.0, first_ms=2_000)],
            without("a", "b"),
            {"closed_before": 16.0, "still_there": 4.0},
            "dissolved",
        ),
        (
            "an owner traded through zero",
            [Row("a", TRADE, -15.0, first_ms=2_000)],
            {**HELD, "a": Holder(-5.0, 108.0)},
            {"closed_before": 10.0, "still_there": 10.0},
            "held",
        ),
        (
            "a part was closed, and more bought of another",
            [Row("a", TRADE, -4.0, first_ms=2_000), Row("b", TRADE, 3.0, first_ms=2_000)],
            {**HELD, "a": Holder(6.0, 99.8), "b": Holder(9.0, 99.5)},
            {"closed_before": 4.0, "still_there": 16.0},
            "held",
        ),
        (
            "a position is gone and nobody said why",
            [],
            without("b"),
            {"unknown": 6.0, "still_there": 14.0},
            "held",
        ),
        (
            "a pool is not known any more",
            [],
            {**HELD, "b": Holder(6.0, None, math.nan)},
            {"unknown": 6.0, "still_there": 14.0},
            "held",
        ),
    ],
)
def test_parts_where_no_level_was_reached(
    name: str, rows: list[Row], after: dict[str, Holder], parts: dict[str, float], outcome: str
) -> None:
    touch = make_minute(1, 102.0, after, path=[(3_000, 99.95), (9_000, 102.0)], rows=rows, addresses="abcd")
    run = swept(touch, after)
    assert only(run) == parts, name
    assert run.finished[0].outcome == outcome, name
    assert run.finished[0].overshoot_bp < 0.0
    assert run.finished[0].overshoot_1m_bp is None, "it was not crossed"


@pytest.mark.parametrize(
    ("name", "rows", "after", "parts", "outcome"),
    [
        (
            "an owner closed after the level was reached",
            [
                Row("a", TRADE, -10.0, first_ms=6_000),
                Row("b", BOOK, -6.0, first_ms=6_000),
                Row("c", BOOK, -4.0, first_ms=6_000),
            ],
            without("a", "b", "c"),
            {"closed_after": 10.0, "liquidated_book": 10.0},
            "partly_swept",
        ),
        (
            "a close that begins before and goes on after counts as after",
            [
                Row("a", TRADE, -10.0, first_ms=1_000, last_ms=6_000),
                Row("b", BOOK, -6.0, first_ms=6_000),
                Row("c", BOOK, -4.0, first_ms=6_000),
            ],
            without("a", "b", "c"),
            {"closed_after": 10.0, "liquidated_book": 10.0},
            "partly_swept",
        ),
        (
            "who closed before does not count against the sweep",
            [
                Row("a", TRADE, -10.0, first_ms=1_000),
                Row("b", BOOK, -6.0, first_ms=6_000),
                Row("c", BOOK, -4.0, first_ms=6_000),
            ],
            without("a", "b", "c"),
            {"closed_before": 10.0, "liquidated_book": 10.0},
            "swept",
        ),
        (
            "a fifth was liquidated, and the rest still stands with a lower level",
            [
                Row("a", BOOK, -2.0, first_ms=6_000),
                Row("b", BOOK, -6.0, first_ms=6_000),
                Row("c", BOOK, -4.0, first_ms=6_000),
            ],
            {**without("b", "c"), "a": Holder(8.0, 96.0)},
            {"liquidated_book": 12.0, "still_there": 8.0},
            "partly_swept",
        ),
        (
            "a part was liquidated and the rest closed by its owner",
            [
                Row("a", BOOK, -2.0, first_ms=6_000),
                Row("a", TRADE, -8.0, first_ms=7_000),
                Row("b", BOOK, -6.0, first_ms=6_000),
                Row("c", BOOK, -4.0, first_ms=6_000),
            ],
            without("a", "b", "c"),
            {"liquidated_book": 12.0, "closed_after": 8.0},
            "partly_swept",
        ),
        (
            "liquidated, then opened again: what came later is not of the sweep",
            [
                Row("a", BOOK, -10.0, first_ms=6_000),
                Row("a", TRADE, 10.0, first_ms=8_000),
                Row("b", BOOK, -6.0, first_ms=6_000),
                Row("c", BOOK, -4.0, first_ms=6_000),
            ],
            {**without("b", "c"), "a": Holder(10.0, 95.0)},
            {"liquidated_book": 20.0},
            "swept",
        ),
        (
            "deleveraged as the loser",
            [
                Row("a", MinuteKind.DELEVERAGED, -10.0, first_ms=6_000),
                Row("b", BOOK, -6.0, first_ms=6_000),
                Row("c", BOOK, -4.0, first_ms=6_000),
            ],
            without("a", "b", "c"),
            {"deleveraged": 10.0, "liquidated_book": 10.0},
            "swept",
        ),
        (
            "the mark passed a level and nothing was told since",
            [Row("b", BOOK, -6.0, first_ms=6_000), Row("c", BOOK, -4.0, first_ms=6_000)],
            without("b", "c"),
            {"unknown": 10.0, "liquidated_book": 10.0},
            "partly_swept",
        ),
    ],
)
def test_parts_where_the_mark_went_through(
    name: str, rows: list[Row], after: dict[str, Holder], parts: dict[str, float], outcome: str
) -> None:
    through = make_minute(
        1, 102.0, after, path=[(3_000, 99.95), (5_000, 98.5), (9_000, 102.0)], rows=rows, addresses="abcd"
    )
    run = swept(through, after)
    assert only(run) == parts, name
    assert run.finished[0].outcome == outcome, name


def raw_at(size: float, level: float, more: float) -> float:
    return raw_usd_of(size, level) + more


def test_margin_of_the_owner_saves_and_other_causes_move_away() -> None:
    # 100 USD behind 10 coins move the level by 100 / (10 (1 - r)): from 99.8 to 89.5.
    saved_level = 99.8 - 100.0 / (10.0 * (1.0 - RATE))
    after = {
        **HELD,
        "a": Holder(10.0, saved_level, raw_at(10.0, 99.8, 100.0)),
        "b": Holder(6.0, 95.0, raw_at(6.0, 99.5, 0.0)),
    }
    deposit = make_minute(
        1,
        102.0,
        after,
        path=[(3_000, 99.4), (9_000, 102.0)],
        rows=[Row("a", MinuteKind.DEPOSIT, usd=100.0, first_ms=1_000)],
        addresses="abcd",
    )
    run = swept(deposit, after)
    assert only(run) == {"saved_by_margin": 10.0, "moved_away": 6.0, "still_there": 4.0}
    assert run.finished[0].outcome == "dissolved"


def test_untold_margin_of_a_pool_saves_and_its_funding_moves_away() -> None:
    former = {
        **HELD,
        "a": Holder(10.0, 99.8),
        "b": Holder(6.0, 99.5),
    }
    saved_level, funded_level = (99.8 - 100.0 / (10.0 * (1.0 - RATE))), 99.5 - 60.0 / (6.0 * (1.0 - RATE))
    after = {
        **former,
        "a": Holder(10.0, saved_level, raw_at(10.0, 99.8, 100.0)),
        "b": Holder(6.0, funded_level, raw_at(6.0, 99.5, 60.0)),
    }
    run = Run()
    run.take(make_minute(0, 103.0, former), BOTH)
    now = make_minute(
        1,
        102.0,
        after,
        path=[(3_000, 99.4), (9_000, 102.0)],
        rows=[Row("b", MinuteKind.FUNDING, usd=60.0)],
        addresses="abcd",
    )
    run.take(now, BOTH)
    run.take_all(quiet(40, 2, 103.0, after), BOTH)
    assert only(run) == {"saved_by_margin": 10.0, "moved_away": 6.0, "still_there": 4.0}


def test_what_happens_after_the_mark_left_is_not_of_the_sweep() -> None:
    touch = make_minute(1, 102.0, HELD, path=[(3_000, 99.95), (9_000, 102.0)])
    run = Run()
    run.take_all([make_minute(0, 103.0, HELD), touch], BOTH)
    late = make_minute(2, 103.0, without("a"), rows=[Row("a", TRADE, -10.0)], addresses="abcd")
    run.take(late, BOTH)
    run.take_all(quiet(40, 3, 103.0, without("a")), BOTH)
    assert only(run) == {"still_there": 20.0}


def test_a_mark_that_comes_again_takes_what_happened_meanwhile_along() -> None:
    run = Run()
    run.take_all(
        [make_minute(0, 103.0, HELD), make_minute(1, 102.0, HELD, path=[(3_000, 99.95), (9_000, 102.0)])], BOTH
    )
    run.take(make_minute(2, 103.0, without("a"), rows=[Row("a", TRADE, -10.0)], addresses="abcd"), BOTH)
    run.take(make_minute(3, 102.0, without("a"), path=[(3_000, 99.95), (9_000, 102.0)], addresses="abcd"), BOTH)
    run.take_all(quiet(40, 4, 103.0, without("a")), BOTH)
    assert only(run) == {"closed_before": 10.0, "still_there": 10.0}


def test_a_sweep_stands_on_the_map_until_its_cluster_ends() -> None:
    run = Run()
    run.take(make_minute(0, 103.0, HELD), BOTH)
    assert run.newest.states == {}
    after = {**without("a"), "a": Holder(8.0, 96.0)}
    rows = [Row("a", BOOK, -2.0, first_ms=40_000)]
    run.take(make_minute(1, 99.6, after, path=[(40_000, 99.7), (50_000, 99.6)], rows=rows, addresses="abcd"), BOTH)
    standing = run.newest.states["longs"]
    assert (standing.state, standing.residual_size, standing.is_over) == (SweepState.ENTERED, 18.0, False)
    assert standing.whole_order_window_count == 1
    assert run.before is not None
    assert [run.before.accounts.size[row] for row in standing.whole_order_rows] == [8.0]
    [row] = run.tracker.open_rows(run.before, INDEX)
    assert (row.outcome, row.liquidated_book, row.still_there) == ("open", 2.0, 18.0)
    run.take(make_minute(2, 99.6, after, addresses="abcd"), BOTH)
    assert run.newest.states["longs"].whole_order_window_count == 0, "30 s are over"
    run.take_all(quiet(40, 3, 103.0, after), BOTH)
    assert run.newest.states["longs"].is_over
    assert run.newest.states["longs"].state is SweepState.LEFT
    assert run.newest.states["longs"].residual_size == 18.0
    run.take(make_minute(44, 103.0, after, addresses="abcd"), (SHORTS,))
    assert run.newest.states == {}


def test_the_residual_of_a_sweep_that_is_over_holds_nothing_that_is_gone() -> None:
    run = Run()
    run.take(make_minute(0, 103.0, HELD), BOTH)
    run.take(make_minute(1, 99.6, without("a"), path=[(40_000, 99.7), (50_000, 99.6)], addresses="abcd"), BOTH)
    run.take_all(quiet(40, 2, 103.0, without("a")), BOTH)
    standing = run.newest.states["longs"]
    assert (standing.is_over, standing.residual_size) == (True, 10.0), "nobody said why the other ten went"


def test_a_mark_that_stays_in_the_span_does_not_begin_a_sweep_every_half_hour() -> None:
    run = Run()
    run.take(make_minute(0, 103.0, HELD), BOTH)
    run.take_all([make_minute(each, 99.95, HELD, path=[(1, 99.95)]) for each in range(1, 200)], BOTH)
    assert only(run) == {"still_there": 20.0}
    assert run.finished[0].left_ms is None
    # It goes on downwards: another sweep, of what stands now.
    run.take(make_minute(200, 98.0, HELD, path=[(1, 98.0)]), BOTH)
    assert run.newest.states["longs"].state is SweepState.CROSSED
    # It leaves and comes back: another.
    run.take_all(quiet(100, 201, 103.0, HELD), BOTH)
    run.take(make_minute(301, 99.97, HELD, path=[(1, 99.97)]), BOTH)
    assert len(run.finished) == 2
    assert not run.newest.states["longs"].is_over


def test_without_a_path_only_marks_of_frames_count_and_the_row_says_so() -> None:
    run = Run()
    run.take(make_minute(0, 103.0, HELD, path=None), BOTH)
    run.take(make_minute(1, 99.95, HELD, path=None), BOTH)
    run.take_all([make_minute(each, 103.0, HELD, path=None) for each in range(2, 40)], BOTH)
    assert run.finished[0].gap
    assert run.finished[0].entered_ms == run.finished[0].known_at_ms - 60_000 * 32


def test_a_hole_in_the_history_marks_what_was_under_way() -> None:
    run = Run()
    run.take_all([make_minute(0, 103.0, HELD), make_minute(1, 99.95, HELD, path=[(1, 99.95)])], BOTH)
    run.take(make_minute(200, 103.0, HELD, path=[(1, 103.0)], is_gap=True), BOTH)
    assert [row.gap for row in run.finished] == [True]


def test_an_unknown_mark_decides_nothing() -> None:
    run = Run()
    run.take_all([make_minute(0, 103.0, HELD), make_minute(1, 99.95, HELD, path=[(1, 99.95)])], BOTH)
    run.take_all([make_minute(each, math.nan, HELD, path=None) for each in range(2, 60)], BOTH)
    assert run.finished == []
    assert run.newest.states["longs"].state is SweepState.ENTERED


def test_no_sweep_of_a_span_that_holds_nothing() -> None:
    run = Run()
    run.take(make_minute(0, 103.0, {}, addresses="abcd"), BOTH)
    run.take(make_minute(1, 98.0, {}, path=[(1, 98.0)], addresses="abcd"), BOTH)
    assert run.newest.states == {}


def test_no_overshoot_is_told_where_the_cluster_appeared_behind_the_mark() -> None:
    run = Run()
    run.take(make_minute(0, 98.0, HELD), ())
    run.take(make_minute(1, 98.0, HELD, path=[(1, 98.0)]), BOTH)
    assert run.newest.states["longs"].state is SweepState.CROSSED
    run.take_all(quiet(200, 2, 103.0, HELD), BOTH)
    assert [row.overshoot_bp for row in run.finished] == [None]


def test_bytes_that_are_no_state_are_refused_in_a_sentence() -> None:
    with pytest.raises(ModelError, match="state of sweeps cannot be used"):
        SweepTracker.from_state(b"no state")
    assert SweepTracker.from_state(SweepTracker(COIN).state()).coin == COIN


@pytest.mark.parametrize(
    ("name", "waiting", "read", "rows", "closed", "coverage"),
    [
        ("no trigger orders are stored", None, "", [A_SELLS], None, None),
        ("nobody was read", [Waiting("a", -1, 101.0)], "", [A_SELLS], None, 0.0),
        ("only others were read", [Waiting("a", -1, 101.0)], "b", [A_SELLS], 0.0, 0.3),
        ("a stop for the whole position", [Waiting("a", -1, 101.0)], "abc", [A_SELLS], 10.0, 1.0),
        ("a stop of a part", [Waiting("a", -1, 101.0, 4.0)], "a", [A_SELLS], 4.0, 0.5),
        ("two of a part each", [Waiting("a", -1, 101.0, 4.0), Waiting("a", -1, 102.0, 3.0)], "a", [A_SELLS], 7.0, 0.5),
        ("two for the whole share it", [Waiting("a", -1, 101.0), Waiting("a", -1, 102.0)], "a", [A_SELLS], 10.0, 0.5),
        ("nothing was traded: it did not fill", [Waiting("a", -1, 101.0)], "a", [], 0.0, 0.5),
        ("the stop was not reached", [Waiting("b", -1, 99.55)], "b", [Row("b", TRADE, -6.0, first_ms=2_000)], 0.0, 0.3),
        ("the owner closed before it was", [Waiting("a", -1, 101.0)], "a", [Row("a", TRADE, -10.0)], 0.0, 0.5),
        ("a stop at the level is not before it", [Waiting("a", -1, 99.8)], "a", [A_SELLS], 0.0, 0.5),
        ("a stop beyond the level", [Waiting("a", -1, 99.7)], "a", [A_SELLS], 0.0, 0.5),
        ("it had fired at the frame before", [Waiting("a", -1, 103.5)], "a", [A_SELLS], 0.0, 0.5),
        ("a take-profit", [Waiting("a", -1, 104.0, is_profit=True)], "a", [A_SELLS], 0.0, 0.5),
        ("a buy", [Waiting("a", 1, 104.0)], "a", [A_SELLS], 0.0, 0.5),
        (
            "it closed after the level",
            [Waiting("a", -1, 101.0)],
            "a",
            [Row("a", TRADE, -10.0, last_ms=9_000)],
            10.0,
            0.5,
        ),
        ("liquidated all the same", [Waiting("a", -1, 101.0)], "a", [Row("a", BOOK, -10.0, first_ms=4_000)], 0.0, 0.5),
    ],
)
def test_what_own_stops_closed_is_told_apart_as_far_as_they_are_known(
    name: str, waiting: list[Waiting] | None, read: str, rows: list[Row], closed: float | None, coverage: float | None
) -> None:
    path = [(1_000, 102.5), (2_000, 100.9), (3_000, 99.75), (4_000, 99.6), (8_000, 103.0)]
    run = Run()
    triggers = None if waiting is None else (waiting, read)
    run.take(make_minute(0, 103.0, HELD, addresses="abcd", triggers=triggers), BOTH)
    after = without(*(row.address for row in rows))
    run.take(make_minute(1, 103.0, after, path=path, rows=rows, addresses="abcd"), BOTH)
    run.take_all(quiet(120, 2, 103.0, after), BOTH)
    (row,) = run.finished
    assert (row.closed_by_own_stop, row.stop_coverage) == (closed, coverage), name
    assert (closed or 0.0) <= row.closed_before + row.closed_after


def test_a_short_s_own_stop_buys_above_the_mark() -> None:
    run = Run()
    run.take(make_minute(0, 103.0, HELD, addresses="abcd", triggers=([Waiting("d", 1, 110.2, 2.0)], "d")), BOTH)
    rows = [Row("d", TRADE, 5.0, first_ms=2_000)]
    path = [(1_000, 109.0), (2_000, 110.25), (8_000, 103.0)]
    run.take(make_minute(1, 103.0, without("d"), path=path, rows=rows, addresses="abcd"), BOTH)
    run.take_all(quiet(120, 2, 103.0, without("d")), BOTH)
    (row,) = run.finished
    assert (row.side, row.closed_before, row.closed_by_own_stop, row.stop_coverage) == ("short", 5.0, 2.0, 1.0)
