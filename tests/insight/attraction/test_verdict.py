"""The whole test on made worlds with a known pull, with none, and with momentum (support/attraction_worlds.py).

All 2,000 worlds: LIQSCAPE_TESTS=truth python -m pytest -m truth tests/insight/attraction
"""

from __future__ import annotations

from functools import cache

import msgspec
import numpy as np
import pytest
from attraction_worlds import WorldRule, live_world

from liqscape.insight.attraction.columns import DISTANCES
from liqscape.insight.attraction.family import LEVEL, estimate, hold_out, holm
from liqscape.insight.attraction.records import Attraction
from liqscape.insight.attraction.sample import choose_trials, holdout_from, number_coins, take_sample
from liqscape.insight.attraction.trials import trial_columns
from liqscape.insight.attraction.verdict import verdict


def world_columns(rule: WorldRule, seed: int, with_placebos: bool = False) -> dict[str, np.ndarray]:
    """Trials of all coins of one world."""
    each = [trial_columns(coin, with_placebos) for coin in live_world(rule, seed)]
    return {name: np.concatenate([one[name] for one in each]) for name in each[0]}


def found_in(rule: WorldRule, seed: int) -> list[tuple[float, float]]:
    """(b, p) of each distance in one world."""
    columns = number_coins(world_columns(rule, seed))
    split_ms = holdout_from(columns["time_ms"])
    assert split_ms is not None
    found = []
    for distance in DISTANCES:
        chosen = choose_trials(columns, distance)
        held = hold_out(take_sample(columns, distance, chosen.row[chosen.is_judged], split_ms))
        assert held is not None
        one = estimate(held)
        assert one is not None
        found.append((one.coefficient, one.p))
    return found


def rejections(rule: WorldRule, worlds: int) -> tuple[np.ndarray, float, np.ndarray]:
    """Share of worlds in which each distance alone is rejected, in which Holm rejects any, and mean b."""
    found = np.array([found_in(rule, seed) for seed in range(worlds)])
    p = found[:, :, 1]
    family = [any(value is not None and value < LEVEL for value in holm(row)) for row in p.tolist()]
    return (p < LEVEL).mean(axis=0), float(np.mean(family)), found[:, :, 0].mean(axis=0)


@cache
def held_world(pull: float) -> Attraction:
    """Half a year of a world with enough to tell: 60 coins that go their own ways."""
    rule = WorldRule(coins=60, days=190, pull=pull, together=0.0)
    return verdict(world_columns(rule, 1, with_placebos=True))


@pytest.mark.truth
def test_without_attraction_four_to_six_of_a_hundred_worlds_reject() -> None:
    single, family, _ = rejections(WorldRule(), 2_000)
    assert 0.04 <= family <= 0.06
    assert 0.04 <= single.min() <= single.max() <= 0.065  # standard error 0.005


def test_without_attraction_few_of_thirty_worlds_reject() -> None:
    single, family, _ = rejections(WorldRule(), 30)
    # of 30 worlds at 5 %: more than 6 come once in 1,000 at one distance
    assert single.max() <= 6 / 30
    assert family <= 6 / 30


def test_a_known_pull_is_found_with_its_sign() -> None:
    # drift of 0.4 volatilities an hour where all levels are on one side: b at the nearest distance is 1.6 of that
    _, family, mean = rejections(WorldRule(pull=0.4), 8)
    assert family >= 6 / 8
    assert (mean > 0.0).all()
    assert 0.4 < mean[0] < 0.9
    turned, _, mean = rejections(WorldRule(pull=-0.2), 6)
    assert turned.max() == 0.0
    assert (mean < 0.0).all()


@pytest.mark.truth
@pytest.mark.parametrize(("pull", "power"), [(0.1, 0.25), (0.2, 0.8), (0.4, 0.95)])
def test_a_known_pull_is_found_with_the_power_stated(pull: float, power: float) -> None:
    _, family, mean = rejections(WorldRule(pull=pull), 200)
    assert family >= power
    assert pull < mean[0] < 2.2 * pull


@pytest.mark.truth
def test_momentum_does_not_pass_for_attraction() -> None:
    # price goes on by a tenth of the last hour's return, and traders follow it: A goes with past returns
    single, family, _ = rejections(WorldRule(momentum=0.1, chase=1.5), 1_000)
    assert single.max() <= 0.09
    assert family <= 0.075


def test_no_trials_are_not_enough() -> None:
    none = verdict({name: values[:0] for name, values in world_columns(WorldRule(days=2, coins=1), 1, True).items()})
    assert none.verdict == "not enough"
    assert "n = 0 independent trials in the hold-out, needs 4,900" in none.text
    assert none.first_ms is None
    assert (none.trial_count, none.dose, none.forecast, none.checks) == (0, (), None, ())
    assert [row.minimum_detectable_points for row in none.power] == [None] * 4


def test_a_few_days_are_not_enough_however_strong_the_pull() -> None:
    short = verdict(world_columns(WorldRule(pull=1.0, days=14), 3, True))
    assert short.verdict == "not enough"
    assert "needs 180" in short.text
    assert [row.distance_sigma for row in short.power] == list(DISTANCES)
    for text in (short.text, *(row.text for row in short.power), *(each.text for each in short.conditions)):
        assert "nan" not in text


def test_rows_in_any_order_give_the_same_verdict() -> None:
    columns = world_columns(WorldRule(days=14), 4, True)
    order = np.random.default_rng(1).permutation(len(columns["time_ms"]))
    shuffled = {name: values[order] for name, values in columns.items()}
    assert msgspec.json.encode(verdict(columns)) == msgspec.json.encode(verdict(shuffled))


def test_trials_of_one_coin_do_not_overlap() -> None:
    columns = number_coins(world_columns(WorldRule(days=14), 5))
    for distance in DISTANCES:
        row = choose_trials(columns, distance).row
        for coin in np.unique(columns["coin_number"][row]):
            own = row[columns["coin_number"][row] == coin]
            assert (columns["time_ms"][own][1:] >= columns[f"end_ms_{distance}"][own][:-1]).all()


@pytest.mark.truth
def test_a_strong_pull_meets_every_condition_and_none_does_not() -> None:
    found = held_world(0.4)
    assert [each.name for each in found.conditions if not each.holds] == []
    assert found.verdict == "attraction measured"
    none = held_world(0.0)
    assert none.verdict == "no attraction detected"
    assert none.text.startswith("no attraction detected; minimum detectable effect = ")
