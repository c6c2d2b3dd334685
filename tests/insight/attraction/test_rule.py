"""Power, the family, the dose and the rule on figures worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace as fields_replaced

import numpy as np
import pytest
from msgspec.structs import replace

from liqscape.insight.attraction.decision import AttractionEvidence, decide
from liqscape.insight.attraction.dose import is_rising
from liqscape.insight.attraction.family import HeldOut, bayes_factor, estimate, holm
from liqscape.insight.attraction.power import minimum_detectable, needed_count, power_of, worth
from liqscape.insight.attraction.records import (
    AttractionCheck,
    AttractionDose,
    AttractionEffect,
    AttractionForecast,
    AttractionPower,
)
from liqscape.insight.attraction.sample import TrialSample
from liqscape.units import DAY_MS


def held_out(count: int, effect: float = 0.0, days: int = 60) -> HeldOut:
    """Independent trials, half with A = 1 and half with A = -1, of P = 1/2 + effect A; whole numbers of each."""
    value = np.repeat([1.0, -1.0], count // 2)
    up = round(count / 2 * (0.5 + effect))
    outcome = np.zeros(count)
    chance = np.random.default_rng(count)
    for first, ups in ((0, up), (count // 2, count // 2 - up)):
        outcome[first + chance.permutation(count // 2)[:ups]] = 1.0
    return HeldOut(
        place=np.arange(count),
        day=np.arange(count) % days,
        coin=np.arange(count) % 25,
        expected=np.full(count, 0.5),
        surprise=outcome - 0.5,
        centred=value,
        spread=1.0,
    )


def sample_of(count: int, held_count: int) -> TrialSample:
    """So many trials, the last of them held out."""
    rows, is_held_out = np.arange(count), np.arange(count) >= count - held_count
    return TrialSample(
        distance=1,
        row=rows,
        day=rows,
        coin=np.zeros(count, np.int64),
        coins=1,
        outcome=np.zeros(count),
        asymmetry=np.zeros(count),
        controls=np.zeros((count, 0)),
        names=(),
        left_out=(),
        learns=~is_held_out,
        is_held_out=is_held_out,
    )


def test_two_points_need_4900_trials_and_one_point_19600() -> None:
    # 1/4 (2.8 / 0.02)^2 = 4,900; 1/4 (2.8 / 0.01)^2 = 19,600
    assert needed_count(2.0) == 4_900
    assert needed_count(1.0) == 19_600
    assert worth(2.0) == 4_900


def test_so_many_independent_trials_detect_two_points() -> None:
    held = held_out(4_900)
    assert minimum_detectable(held) == pytest.approx(2.0, rel=0.25)  # the error is estimated from sixty days
    row = power_of(sample_of(16_000, 4_900), held)
    assert (row.trial_count, row.holdout_count) == (16_000, 4_900)
    assert row.effective_count is not None
    assert row.effective_count == pytest.approx(4_900, rel=0.5)
    assert "independent ones, find" in row.text


def test_power_does_not_change_with_the_sign_of_what_was_found() -> None:
    held = held_out(2_000, effect=0.03)
    turned = fields_replaced(held, surprise=-held.surprise)
    assert minimum_detectable(held) == pytest.approx(minimum_detectable(turned))


def test_a_shift_of_two_points_is_a_coefficient_of_eight_hundredths() -> None:
    # b = sum A (Y - 1/2) / sum A^2 / 4 = 4 * 0.02 = 0.08 logits, and 25 * 0.08 = 2 points
    held = held_out(10_000, effect=0.02)
    found = estimate(held)
    assert found is not None
    assert found.coefficient == pytest.approx(0.08)
    assert found.coefficient * held.points_per_coefficient == pytest.approx(2.0)
    assert found.low < 0.08 < found.high
    assert found.p < 0.01
    assert bayes_factor(found, held.spread) > 3.0


def test_one_day_gives_no_estimate_and_no_power() -> None:
    held = held_out(400, days=1)
    assert estimate(held) is None
    row = power_of(sample_of(400, 300), held)
    assert row.minimum_detectable_points is None
    assert row.text == "300 trials in the hold-out and 100 before it are too few to find anything"


def test_holm_multiplies_the_smallest_by_all_and_never_falls() -> None:
    # 0.01 * 4 = 0.04, 0.04 * 3 = 0.12, 0.03 * ... in order of size: 0.01, 0.03, 0.04, 0.9
    assert holm([0.04, 0.01, 0.9, 0.03]) == pytest.approx([0.09, 0.04, 0.9, 0.09])
    # what could not be tried was asked all the same
    assert holm([0.02, None, None, None]) == [pytest.approx(0.08), None, None, None]
    assert holm([]) == []


def rows_of(shares: list[float], error: float = 0.01) -> tuple[AttractionDose, ...]:
    return tuple(
        AttractionDose(
            decile=number + 1,
            asymmetry_low=number / 10.0,
            asymmetry_high=number / 10.0 + 0.1,
            count=100,
            share_up=share,
            adjusted_share=share,
            standard_error=error,
        )
        for number, share in enumerate(shares)
    )


@pytest.mark.parametrize(
    ("name", "shares", "expected"),
    [
        ("rises", [0.45, 0.46, 0.47, 0.48, 0.49, 0.51, 0.52, 0.53, 0.54, 0.55], True),
        ("flat", [0.50] * 10, False),
        ("rises but falls on the way", [0.45, 0.46, 0.52, 0.47, 0.49, 0.51, 0.52, 0.53, 0.54, 0.55], False),
        ("falls", [0.55, 0.54, 0.53, 0.52, 0.51, 0.49, 0.48, 0.47, 0.46, 0.45], False),
        ("too few", [0.4, 0.6], None),
    ],
)
def test_shares_rise_with_the_dose_or_no_attraction_is_claimed(
    name: str, shares: list[float], expected: bool | None
) -> None:
    assert is_rising(rows_of(shares)) is expected, name


def all_that_holds() -> AttractionEvidence:
    effect = AttractionEffect(
        distance_sigma=2,
        count=9_000,
        day_count=60,
        coin_count=30,
        coefficient=0.1,
        standard_error=0.02,
        low=0.06,
        high=0.14,
        points=2.5,
        points_low=1.5,
        points_high=3.5,
        p=0.0002,
        p_two_way=0.0001,
        p_holm=0.001,
        bayes_factor=99.0,
        is_significant=True,
    )
    check = AttractionCheck(
        name="jittered",
        distance_sigma=2,
        count=9_000,
        coefficient=0.0,
        p=0.5,
        own_coefficient=0.1,
        own_p=0.001,
        holds=True,
        rule="as said",
    )
    return AttractionEvidence(
        power=(
            AttractionPower(
                distance_sigma=2,
                trial_count=30_000,
                holdout_count=9_000,
                effective_count=5_000,
                needed_count=4_900,
                minimum_detectable_points=1.98,
                text="enough",
            ),
        ),
        family=(effect,),
        checks=(check,),
        dose=rows_of([0.45 + 0.01 * number for number in range(10)]),
        forecast=AttractionForecast(
            distance_sigma=2,
            count=9_000,
            day_count=60,
            brier_without=0.25,
            brier_with=0.248,
            gain=0.002,
            low=0.001,
            high=0.003,
        ),
    )


def half_a_year(days: int = 200, coins: int = 20) -> dict[str, np.ndarray]:
    """Volatility of coins, twice as high in every second month."""
    day = np.tile(np.arange(days), coins)
    return {
        "time_ms": day * DAY_MS,
        "coin_number": np.repeat(np.arange(coins), days),
        "sigma_1h": np.where(day // 30 % 2 == 0, 0.01, 0.005),
    }


def test_all_conditions_together_are_attraction() -> None:
    name, text, conditions = decide(half_a_year(), all_that_holds())
    assert [each.name for each in conditions if not each.holds] == []
    assert name == "attraction measured"
    assert text == "attraction measured: 2.5 points at 2 standard deviations of an hour"


@pytest.mark.parametrize(
    "broken",
    ["significant", "days and coins", "check: jittered", "dose", "forecast", "forecast unknown", "check unknown"],
)
def test_one_condition_less_is_no_attraction_with_what_could_have_been_found(broken: str) -> None:
    given = all_that_holds()
    effect, check, forecast = given.family[0], given.checks[0], given.forecast
    assert forecast is not None
    changed = {
        "significant": {"family": (replace(effect, p_holm=0.06),)},
        "days and coins": {"family": (replace(effect, p_two_way=0.06),)},
        "check: jittered": {"checks": (replace(check, holds=False),)},
        "check unknown": {"checks": (replace(check, holds=None),)},
        "dose": {"dose": rows_of([0.5] * 10)},
        "forecast": {"forecast": replace(forecast, low=-0.0001)},
        "forecast unknown": {"forecast": None},
    }[broken]
    fields = {name: getattr(given, name) for name in AttractionEvidence.__dataclass_fields__}
    name, text, _ = decide(half_a_year(), AttractionEvidence(**fields | changed))
    assert name == "no attraction detected"
    assert text == "no attraction detected; minimum detectable effect = 2.0 points"


@pytest.mark.parametrize(
    ("columns", "effective", "missing"),
    [
        (half_a_year(days=100), 5_000, "100 days, needs 180"),
        (half_a_year(coins=3), 5_000, "3 coins, needs 20"),
        (half_a_year(), 4_899, "n = 4,899 independent trials in the hold-out, needs 4,900"),
        (half_a_year() | {"sigma_1h": np.full(4_000, 0.01)}, 5_000, "the calmest = 1.00, needs 1.5"),
    ],
)
def test_too_little_is_never_a_verdict_however_clear_it_looks(
    columns: dict[str, np.ndarray], effective: int, missing: str
) -> None:
    given = all_that_holds()
    fields = {name: getattr(given, name) for name in AttractionEvidence.__dataclass_fields__}
    power = (replace(given.power[0], effective_count=effective),)
    name, text, _ = decide(columns, AttractionEvidence(**fields | {"power": power}))
    assert name == "not enough"
    assert text.startswith("not enough: ")
    assert missing in text
    assert math.isfinite(effective)
