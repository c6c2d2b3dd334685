"""States of a cascade by its rule, and that they do not depend on how the minutes are cut (insight/cascades)."""

from __future__ import annotations

import numpy as np
import pytest
from cascade_story import forced_minute, states, told, wobbling
from hypothesis import given, settings
from hypothesis import strategies as st
from swept_minutes import COIN, INDEX

from liqscape.errors import ModelError
from liqscape.insight.cascades import CascadeTracker
from liqscape.insight.minute import Minute
from liqscape.model.minute_notes import MinuteKind
from liqscape.units import MINUTE_MS, Side

QUIET = 70
"""Minutes before, so that sigma is known."""


def after_quiet(*minutes: Minute) -> list[str]:
    said, _ = told([*wobbling(range(QUIET)), *minutes])
    return states(said)[QUIET:]


def test_fewer_than_three_accounts_start_and_three_run() -> None:
    assert after_quiet(
        forced_minute(QUIET, 99.5, 9_999.0, accounts=5),
        forced_minute(QUIET + 1, 99.0, 10_000.5, accounts=2),
        forced_minute(QUIET + 2, 98.0, 10_000.5, accounts=3),
    ) == ["none", "starting", "running"]


def test_once_running_a_minute_of_one_account_still_runs() -> None:
    assert after_quiet(
        forced_minute(QUIET, 99.0, 40_000.0, accounts=3), forced_minute(QUIET + 1, 98.0, 40_000.0, accounts=1)
    ) == ["running", "running"]


def test_it_fades_below_half_of_its_peak_and_is_exhausted_after_two_minutes_below_a_tenth() -> None:
    assert after_quiet(
        forced_minute(QUIET, 99.0, 100_000.0, accounts=4),
        forced_minute(QUIET + 1, 98.0, 51_000.0),
        forced_minute(QUIET + 2, 98.0, 9_990.0),
        forced_minute(QUIET + 3, 98.0, 0.0),
        forced_minute(QUIET + 4, 98.0, 0.0),
    ) == ["running", "running", "fading", "exhausted", "exhausted"]


def test_with_fuel_ahead_it_fades_and_is_not_exhausted() -> None:
    burst = forced_minute(QUIET, 99.0, 100_000.0, accounts=4)
    with_fuel = [forced_minute(QUIET + 1 + each, 99.0, ahead_usd=10_100.0) for each in range(4)]
    assert after_quiet(burst, *with_fuel) == ["running", "fading", "fading", "fading", "fading"]
    little = [forced_minute(QUIET + 1 + each, 99.0, ahead_usd=9_900.0) for each in range(2)]
    assert after_quiet(burst, *little) == ["running", "fading", "exhausted"]


def test_fuel_that_never_burns_ends_it_after_an_hour_without_an_outcome() -> None:
    burst = forced_minute(QUIET, 99.0, 100_000.0, accounts=4)
    said, _ = told(
        [
            *wobbling(range(QUIET)),
            burst,
            *(forced_minute(QUIET + 1 + each, 99.0, ahead_usd=50_000.0) for each in range(24 * 60 + 70)),
        ]
    )
    assert states(said)[QUIET + 59 : QUIET + 62] == ["fading", "over", "none"]
    assert not any(each.outcomes for each in said)


def test_without_sigma_nothing_is_exhausted() -> None:
    said, _ = told([forced_minute(0, 99.0, 100_000.0, accounts=4), *(forced_minute(each, 99.0) for each in (1, 2, 3))])
    assert states(said) == ["running", "fading", "fading", "fading"]
    assert said[-1].standing[0].fuel_ahead_usd is None
    assert said[-1].standing[0].sigma_5m_bp is None


def test_it_runs_again_under_its_name_and_is_over_half_an_hour_after_exhausted() -> None:
    minutes = [
        forced_minute(QUIET, 99.0, 100_000.0, accounts=4),
        *(forced_minute(QUIET + each, 99.0) for each in (1, 2, 3)),
        forced_minute(QUIET + 4, 98.0, 20_000.0),
        *(forced_minute(QUIET + each, 98.0) for each in range(5, 40)),
        forced_minute(QUIET + 40, 97.0, 20_000.0),
    ]
    said, _ = told([*wobbling(range(QUIET)), *minutes])
    found = states(said)[QUIET:]
    assert found[:6] == ["running", "fading", "exhausted", "exhausted", "running", "fading"]
    assert found.index("over") == 36
    assert found[36:] == ["over", "none", "none", "none", "starting"]
    changes = [row for each in said for row in each.changes]
    names = [row.cascade_id for row in changes]
    assert len(set(names)) == 2
    assert [row.state for row in changes if row.cascade_id == names[0]] == [
        *("running", "fading", "exhausted", "running", "fading", "exhausted", "over")
    ]


def test_frames_two_minutes_apart_give_half_the_rate_and_all_that_was_liquidated() -> None:
    later = forced_minute(QUIET + 1, 99.0, 100_000.0)
    assert later.notes is not None
    assert later.notes.coins is not None
    later.notes.coins["since_ms"] -= MINUTE_MS
    said, _ = told([*wobbling(range(QUIET)), later])
    row = said[-1].standing[0]
    assert row.rate_usd == row.peak_rate_usd == pytest.approx(50_000.0)
    assert row.liquidated_usd == pytest.approx(100_000.0)


def test_rows_show_the_rule_and_its_inputs() -> None:
    said, _ = told(
        [*wobbling(range(QUIET)), forced_minute(QUIET, 99.0, 100_000.0, accounts=4, low=98.5, ahead_usd=500.0)]
    )
    row = said[-1].standing[0]
    assert row.cascade_id.startswith("AAA-long-cascade-")
    assert row.direction == "sell"
    assert row.rate_usd == row.peak_rate_usd == row.liquidated_usd == pytest.approx(100_000.0)
    assert row.account_count == 4
    assert row.threshold_usd == 10_000.0
    assert row.threshold_rule == "least amount; own record 70 of 1440 minutes; depth not known"
    assert row.fuel_ahead_usd == pytest.approx(500.0)
    assert row.extreme_mark == 98.5
    assert row.sigma_5m_bp == pytest.approx(5.0 * np.sqrt(5.0), rel=0.01)
    quiet = said[-1].standing[1]
    assert (quiet.state, quiet.rate_usd, quiet.account_count) == ("none", 0.0, 0)


def test_depth_of_the_minute_before_lifts_the_threshold() -> None:
    """0.5 % of 4 million USD are 20,000; of asks that are thin it is for shorts."""
    minutes = [forced_minute(0, depth=(4e6, 1e6)), forced_minute(1, usd=15_000.0), forced_minute(1, usd=25_000.0)]
    said, _ = told(minutes[:2])
    assert said[-1].standing[0].threshold_usd == 20_000.0
    assert said[-1].standing[0].threshold_rule.startswith("0.5 % of depth")
    assert states(said) == ["none", "none"]
    assert said[-1].standing[1].threshold_usd == 10_000.0
    assert states(told([minutes[0], minutes[2]])[0]) == ["none", "starting"]


def test_shorts_are_mirrored_and_sides_are_apart() -> None:
    said, _ = told(
        [
            *wobbling(range(QUIET)),
            forced_minute(QUIET, 101.0, 50_000.0, accounts=3, side=Side.SHORT, high=101.5, ahead_usd=300.0),
        ]
    )
    long, short = said[-1].standing
    assert (long.state, short.state, short.direction) == ("none", "running", "buy")
    assert short.extreme_mark == 101.5
    assert short.fuel_ahead_usd == pytest.approx(300.0)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (MinuteKind.LIQUIDATED_BACKSTOP, "running"),
        (MinuteKind.DELEVERAGED, "running"),
        (MinuteKind.DELEVERAGED_AS_WINNER, "none"),
        (MinuteKind.TRADE, "none"),
    ],
)
def test_only_those_who_were_liquidated_count(kind: MinuteKind, state: str) -> None:
    assert states(told([forced_minute(0, usd=50_000.0, accounts=3, kind=kind)])[0]) == [state]


def test_a_minute_nobody_wrote_down_is_unknown_and_changes_no_state() -> None:
    hole = forced_minute(QUIET + 1, 99.0, is_known=False)
    said, tracker = told([*wobbling(range(QUIET)), forced_minute(QUIET, 99.0, 100_000.0, accounts=4), hole])
    row = said[-1].standing[0]
    assert (row.state, row.rate_usd, row.account_count) == ("running", None, None)
    later, _ = told([forced_minute(QUIET + 500, 99.0, is_gap=True)], tracker)
    assert states(later) == ["over"]


def test_a_run_is_judged_by_its_own_quantile_once_there_is_a_day_of_it() -> None:
    """30 of 1,500 minutes had 40,000 USD: q99.5 is that; one had more."""
    day = [forced_minute(each, usd=40_000.0 if each % 50 == 0 else 0.0) for each in range(1_500)]
    said, _ = told([*day, forced_minute(1_500)])
    row = said[-1].standing[0]
    assert row.threshold_usd == pytest.approx(40_000.0)
    assert row.threshold_rule == "q99.5 of own minutes of 7 days; depth not known"
    assert said[-1].standing[1].threshold_rule == "least amount; depth not known"


minutes_drawn = st.lists(
    st.tuples(
        st.floats(95.0, 105.0),
        st.sampled_from([0.0, 0.0, 500.0, 20_000.0, 300_000.0]),
        st.integers(1, 5),
        st.sampled_from([Side.LONG, Side.SHORT]),
        st.sampled_from([0.0, 1_000.0, 80_000.0]),
        st.sampled_from([True, True, True, False]),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=30)
@given(minutes_drawn, st.sets(st.integers(0, 60), max_size=4))
def test_any_split_of_the_minutes_gives_the_same_rows_and_the_same_state_to_the_bit(
    drawn: list[tuple[float, float, int, Side, float, bool, int]], cuts: set[int]
) -> None:
    minutes, at = wobbling(range(65)), 65
    for mark, usd, accounts, side, ahead, is_known, step in drawn:
        minutes.append(
            forced_minute(
                at, mark, usd, accounts=accounts, side=side, ahead_usd=ahead, is_known=is_known, is_gap=step > 2
            )
        )
        at += step
    whole, tracker = told(minutes)
    again, pieces = CascadeTracker(COIN), []
    for number, minute in enumerate(minutes):
        if number - 65 in cuts:
            again = CascadeTracker.from_state(COIN, again.state())
        pieces.append(again.advance(minute, INDEX))
    assert pieces == whole
    assert again.state() == tracker.state()


def test_a_state_that_is_none_is_refused_in_one_sentence() -> None:
    with pytest.raises(ModelError, match="state of the cascades of AAA cannot be used"):
        CascadeTracker.from_state(COIN, b"\x91\x01")


def test_a_day_of_quiet_minutes_is_a_few_hundred_bytes() -> None:
    _, tracker = told(wobbling(range(1_440)))
    assert len(tracker.state()) < 40_000
    assert tracker.advance(forced_minute(1_440), INDEX).standing[0].known_at_ms % MINUTE_MS == 0
