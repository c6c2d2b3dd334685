"""Rank correlation of asymmetry with what follows: planted relations are found, none where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.insight.score.relation import asymmetry_relations, partial_rank_correlation
from liqscape.units import DAY_MS, HOUR_MS, AnyArray


def planted(seed: int, days: int, coins: int, *, of_asymmetry: float, of_past: float) -> dict[str, AnyArray]:
    """Hours of coins whose return after is so much of the asymmetry and of the past, and the asymmetry of the past."""
    chance = np.random.default_rng(seed)
    count = days * 24 * coins
    past = chance.standard_t(4, count)
    asymmetry = np.tanh(0.8 * past + chance.normal(size=count))
    common = np.repeat(chance.normal(size=days * 24), coins)  # coins move together
    after = of_asymmetry * asymmetry + of_past * past + common + chance.standard_t(4, count)
    time = np.repeat(np.arange(days * 24) * HOUR_MS, coins)
    return {
        "time_ms": time,
        "coin": np.tile(np.array([f"C{each}" for each in range(coins)]), days * 24),
        "horizon": np.full(count, "1h"),
        "is_apart": np.ones(count, np.bool_),
        **{f"imbalance_{percent}": asymmetry for percent in (1, 2, 5, 10)},
        "return_before": past,
        "return_after": after,
    }


def test_a_planted_relation_is_found_and_its_sign() -> None:
    for sign in (1.0, -1.0):
        found = asymmetry_relations(planted(1, 60, 3, of_asymmetry=sign * 0.5, of_past=0.0), ("1h",))
        assert {each.relation for each in found} == {"measured"}
        assert all(each.correlation is not None and sign * each.correlation.value > 0.1 for each in found)
        assert all((each.count, each.window_count, each.day_count) == (4_320, 1_440, 60) for each in found)


def test_what_the_past_return_explains_is_no_relation() -> None:
    rows = planted(2, 60, 3, of_asymmetry=0.0, of_past=0.7)
    raw = np.corrcoef(rows["imbalance_1"], rows["return_after"])[0, 1]
    assert raw > 0.2, "asymmetry and what follows go together, by the past alone"
    found = asymmetry_relations(rows, ("1h",))
    # Ranks do not take all of a straight line out of fat tails; what stays is far below what was planted.
    assert all(each.correlation is not None and abs(each.correlation.value) < 0.1 for each in found)


def test_intervals_of_nothing_hold_zero_about_as_often_as_they_say() -> None:
    missed = 0
    for seed in range(120):
        rows = planted(100 + seed, 20, 2, of_asymmetry=0.0, of_past=0.0)
        missed += asymmetry_relations(rows, ("1h",))[0].relation == "measured"
    assert missed <= 16, "5 % of 120 are 6; 20 days drawn again are somewhat too few"


def test_without_control_it_is_spearmans() -> None:
    from scipy.stats import spearmanr

    chance = np.random.default_rng(3)
    x, y = chance.normal(size=400), chance.normal(size=400)
    z = np.tile((1.0, -1.0), 200)
    y += 0.3 * x
    found = partial_rank_correlation(x, y, z, np.zeros(400), np.arange(400) // 20, "text")
    assert found is not None
    ranks = spearmanr(np.stack((x, y, z)), axis=1).statistic
    by_hand = (ranks[0, 1] - ranks[0, 2] * ranks[1, 2]) / np.sqrt((1 - ranks[0, 2] ** 2) * (1 - ranks[1, 2] ** 2))
    assert found.value == pytest.approx(by_hand, abs=1e-12)


@settings(max_examples=20)
@given(st.permutations(range(48)))
def test_the_order_of_hours_changes_nothing(order: list[int]) -> None:
    rows = planted(4, 2, 1, of_asymmetry=0.4, of_past=0.2)
    mixed = {name: values[order] for name, values in rows.items()}
    first, second = (asymmetry_relations(each, ("1h",))[0].correlation for each in (rows, mixed))
    assert first is not None
    assert second is not None
    assert first.value == pytest.approx(second.value, abs=1e-12)


def test_few_hours_give_no_correlation_and_hours_that_overlap_do_not_count() -> None:
    rows = planted(5, 2, 1, of_asymmetry=1.0, of_past=0.0)
    rows["is_apart"] = rows["time_ms"] % (4 * HOUR_MS) == 0
    found = asymmetry_relations(rows, ("1h",))[0]
    assert (found.window_count, found.correlation, found.minimum_detectable) == (12, None, None)
    assert found.relation == "not enough"


@pytest.mark.parametrize("days", [1, 19])
def test_few_days_have_no_interval_so_nothing_is_called_measured(days: int) -> None:
    rows = planted(6, days, 4, of_asymmetry=2.0, of_past=0.0)
    found = asymmetry_relations(rows, ("1h",))[0]
    assert found.correlation is not None
    assert (found.correlation.low, found.correlation.high, found.relation) == (None, None, "not enough")
    assert found.day_count == days
    assert rows["time_ms"].max() < days * DAY_MS


def test_an_asymmetry_that_never_changes_says_nothing() -> None:
    rows = planted(7, 3, 1, of_asymmetry=0.0, of_past=0.0)
    rows |= {f"imbalance_{percent}": np.ones(72) for percent in (1, 2, 5, 10)}
    assert asymmetry_relations(rows, ("1h",))[0].correlation is None
