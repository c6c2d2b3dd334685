"""Trials against plain loops over the same paths and maps, and what they may not know."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.insight.attraction.columns import DISTANCES
from liqscape.insight.attraction.trials import AttractionInput, round_numbers, trial_columns
from liqscape.insight.kernels.attraction import StandingLevels
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

START_MS = 19_000 * DAY_MS
STEP_MS = 5 * MINUTE_MS


def made_input(seed: int, days: float = 3.0, watched: list[list[int]] | None = None) -> AttractionInput:
    """A walk in steps of five minutes, with a map of 30 levels every hour from the second day on."""
    chance = np.random.default_rng(seed)
    steps = int(days * DAY_MS / STEP_MS)
    path_ms = START_MS + np.arange(steps) * STEP_MS
    path = np.exp(np.cumsum(chance.standard_normal(steps)) * 0.0015) * 50.0
    time_ms = np.arange(START_MS + DAY_MS, int(path_ms[-1]), HOUR_MS)
    mark = path[(time_ms - START_MS) // STEP_MS]
    count = len(time_ms)
    return AttractionInput(
        coin="BTC",
        time_ms=time_ms,
        mark=mark,
        oracle=mark * 1.001,
        funding_rate=np.full(count, 1e-5),
        levels=StandingLevels(
            starts=np.arange(count + 1) * 30,
            distance=chance.standard_normal(30 * count) * 0.02,
            usd=chance.exponential(1e5, 30 * count),
            key=chance.integers(0, 2**40, 30 * count),
        ),
        path_ms=path_ms,
        path_mark=path,
        watched=np.array([[path_ms[0], path_ms[-1]]] if watched is None else watched, np.int64).reshape(-1, 2),
    )


def slow_sigma(given: AttractionInput, row: int) -> float:
    here = int((given.time_ms[row] - START_MS) // STEP_MS)
    upper = lower = 0.0
    for age in range(288):
        weight = 0.5 ** (age * 5 / 360)
        upper += weight * math.log(given.path_mark[here - age] / given.path_mark[here - age - 1]) ** 2
        lower += weight
    return math.sqrt(upper / lower * 12)


def slow_outcome(given: AttractionInput, row: int, reach: float, backwards: bool = False) -> tuple[int, int]:
    """What came first of both sides, and when."""
    start = int(given.time_ms[row])
    steps = list(zip(given.path_ms.tolist(), given.path_mark.tolist(), strict=True))
    for at_ms, mark in reversed(steps) if backwards else steps:
        away = start - at_ms if backwards else at_ms - start
        if 0 < away <= DAY_MS and abs(moved := math.log(mark / given.mark[row])) >= reach:
            return (1 if moved > 0 else 0), at_ms
    end = start - DAY_MS if backwards else start + DAY_MS
    return (-1, end) if START_MS <= end <= int(given.path_ms[-1]) else (-2, start)


@pytest.mark.property
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=examples(20), deadline=None)
def test_columns_equal_plain_loops(seed: int) -> None:
    given = made_input(seed)
    columns = trial_columns(given)
    for row in range(0, len(given.time_ms), 5):
        sigma = slow_sigma(given, row)
        assert columns["sigma_1h"][row] == pytest.approx(sigma)
        here = int((given.time_ms[row] - START_MS) // STEP_MS)
        log = [math.log(each / given.mark[row]) for each in given.path_mark[here - 288 : here]]
        assert columns["return_1h"][row] == pytest.approx(-log[-12] / sigma)
        assert columns["return_24h"][row] == pytest.approx(-log[0] / sigma)
        assert columns["to_high"][row] == pytest.approx(max(0.0, *log) / sigma)
        assert columns["to_low"][row] == pytest.approx(-min(0.0, *log) / sigma)
        levels = given.levels
        span = slice(levels.starts[row], levels.starts[row + 1])
        for distance in DISTANCES:
            reach = distance * sigma
            pairs = list(zip(levels.distance[span].tolist(), levels.usd[span].tolist(), strict=True))
            up = sum(usd for away, usd in pairs if 0 < away <= reach)
            down = sum(usd for away, usd in pairs if 0 < -away <= reach)
            expected = (up - down) / (up + down) if up + down else math.nan
            assert columns[f"asymmetry_{distance}"][row] == pytest.approx(expected, nan_ok=True)
            above = sum(0 < each <= reach for each in log)
            below = sum(0 < -each <= reach for each in log)
            share = (above - below) / (above + below) if above + below else 0.0
            assert columns[f"profile_{distance}"][row] == pytest.approx(share)
            outcome, end_ms = slow_outcome(given, row, reach)
            assert (columns[f"outcome_{distance}"][row], columns[f"end_ms_{distance}"][row]) == (outcome, end_ms)
            assert columns[f"past_{distance}"][row] == slow_outcome(given, row, reach, backwards=True)[0]


def test_nothing_but_the_outcome_knows_what_comes_later() -> None:
    given = made_input(1)
    row = 20
    later = given.path_ms > given.time_ms[row]
    other = replace(given, path_mark=np.where(later, given.path_mark * 0.9, given.path_mark))
    one, two = trial_columns(given), trial_columns(other)
    for name in one:
        if not name.startswith(("outcome", "end_ms")):
            assert one[name][row] == pytest.approx(two[name][row], nan_ok=True) if name != "coin" else True, name
    assert one["outcome_1"][row] != two["outcome_1"][row] or two["outcome_1"][row] == 0


def test_a_mirrored_world_has_mirrored_trials() -> None:
    given = made_input(2)
    mirrored = replace(
        given,
        mark=2500.0 / given.mark,
        path_mark=2500.0 / given.path_mark,
        levels=given.levels._replace(distance=-given.levels.distance),
    )
    one, two = trial_columns(given, with_placebos=False), trial_columns(mirrored, with_placebos=False)
    for distance in DISTANCES:
        assert two[f"asymmetry_{distance}"] == pytest.approx(-one[f"asymmetry_{distance}"], nan_ok=True)
        first, second = one[f"outcome_{distance}"], two[f"outcome_{distance}"]
        assert np.where(first >= 0, 1 - first, first).tolist() == second.tolist()


def test_where_the_path_was_not_watched_nothing_is_judged() -> None:
    whole = made_input(3)
    hole_ms = START_MS + 36 * HOUR_MS + MINUTE_MS
    given = made_input(3, watched=[[int(whole.path_ms[0]), hole_ms], [hole_ms + 2 * HOUR_MS, int(whole.path_ms[-1])]])
    columns, before = trial_columns(given), trial_columns(whole)
    for distance in DISTANCES:
        outcome, end_ms = columns[f"outcome_{distance}"], before[f"end_ms_{distance}"]
        within = (given.time_ms <= hole_ms) & (end_ms <= hole_ms)
        across = (given.time_ms <= hole_ms) & (end_ms > hole_ms)
        inside = (given.time_ms > hole_ms) & (given.time_ms < hole_ms + 2 * HOUR_MS)
        assert outcome[within].tolist() == before[f"outcome_{distance}"][within].tolist()
        assert set(outcome[across | inside].tolist()) <= {-2}


def test_less_than_half_a_day_known_gives_no_volatility() -> None:
    whole = made_input(4)
    given = made_input(4, watched=[[START_MS + 40 * HOUR_MS, int(whole.path_ms[-1])]])
    sigma = trial_columns(given)["sigma_1h"]
    known_from = START_MS + 52 * HOUR_MS
    assert np.isnan(sigma[given.time_ms < known_from]).all()
    assert np.isfinite(sigma[given.time_ms >= known_from]).all()


def test_without_any_path_every_trial_is_unknown() -> None:
    given = replace(made_input(5), path_ms=np.empty(0, np.int64), path_mark=np.empty(0), watched=np.empty((0, 2), int))
    columns = trial_columns(given)
    assert np.isnan(columns["sigma_1h"]).all()
    assert set(columns["outcome_1"].tolist()) == {-2}


def test_a_level_is_jittered_by_the_same_deviations_at_all_times() -> None:
    given = made_input(6)
    one = trial_columns(given)["jittered_3"]
    assert one == pytest.approx(trial_columns(given)["jittered_3"], nan_ok=True)
    assert not np.allclose(one, trial_columns(given)["asymmetry_3"], equal_nan=True)


def test_round_numbers_lie_at_two_digits() -> None:
    # 61,000 to 62,000: 61,250 is a quarter of the way; 0.098 to 0.099
    assert round_numbers(np.array([61_000.0, 61_250.0, 61_999.0, 0.0985])) == pytest.approx([-1.0, -0.5, 0.998, 0.0])
