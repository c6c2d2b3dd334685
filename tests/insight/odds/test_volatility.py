"""Volatility of the next hours: against plain loops, on paths of a known law, and blind to what comes later."""

from __future__ import annotations

import math

import numpy as np
import pytest
from generated_paths import generated_candles

from liqscape.errors import QuestionError
from liqscape.insight.odds.hours import hours_before
from liqscape.insight.odds.volatility import (
    MIN_HOURS,
    MIN_RATIO,
    POOLED_WEIGHTS,
    HarWeights,
    fit_har,
    future_variance,
    har_ratios,
    har_sigma,
    sigma_over,
)
from liqscape.units import HOUR_MS, MINUTE_MS, Float64Array


def plain_sigma(rows: Float64Array, horizon: int) -> float:
    """The formula of docs/odds.md with plain loops, hourly rows without holes."""
    variance, before = [], math.nan
    for _, _, high, low, close in rows.tolist():
        top, bottom = (high, low) if math.isnan(before) else (max(high, before), min(low, before))
        variance.append(math.log(top / bottom) ** 2 / (4 * math.log(2)))
        before = close
    hour, day, week = variance[-1], variance[-24:], variance[-168:]
    of_week = sum(week) / len(week)
    of_hour, of_day = max(hour / of_week, MIN_RATIO), max(sum(day) / len(day) / of_week, MIN_RATIO)
    weights = POOLED_WEIGHTS[horizon]
    log_ratio = weights.constant + weights.hour * math.log(of_hour) + weights.day * math.log(of_day)
    return math.sqrt(horizon * weights.smear * of_week * math.exp(log_ratio))


@pytest.mark.parametrize("hours", [MIN_HOURS, 100, 400])
@pytest.mark.parametrize("horizon", [1, 4, 24])
def test_sigma_is_that_of_plain_loops(hours: int, horizon: int) -> None:
    rows = generated_candles("stochastic volatility", hours, seed=3)
    found = sigma_over(rows, hours * HOUR_MS, horizon * HOUR_MS)
    assert found == pytest.approx(plain_sigma(rows, horizon), rel=1e-9)


def test_a_shorter_horizon_takes_its_share_of_the_variance() -> None:
    rows = generated_candles("random walk", 200, seed=1)
    hour, quarter = (sigma_over(rows, 200 * HOUR_MS, each) for each in (HOUR_MS, 15 * MINUTE_MS))
    assert hour is not None
    assert quarter == pytest.approx(hour / 2.0)


def test_too_little_history_a_stale_one_and_a_still_price_give_none() -> None:
    rows = generated_candles("random walk", 200, seed=1)
    assert sigma_over(rows[: MIN_HOURS - 1], (MIN_HOURS - 1) * HOUR_MS, HOUR_MS) is None
    assert sigma_over(rows, 202 * HOUR_MS, HOUR_MS) is None
    still = rows.copy()
    still[:, 1:] = 50.0
    assert sigma_over(still, 200 * HOUR_MS, HOUR_MS) is None


@pytest.mark.parametrize("horizon_ms", [0, 25 * HOUR_MS])
def test_another_horizon_is_refused(horizon_ms: int) -> None:
    with pytest.raises(QuestionError, match=f"horizon {horizon_ms} ms is outside 60000..86400000"):
        sigma_over(np.empty((0, 5)), 0, horizon_ms)


def test_what_comes_later_changes_nothing() -> None:
    rows = generated_candles("jumps", 400, seed=5)
    changed = rows.copy()
    changed[300:, 1:] *= 3.0
    assert sigma_over(rows, 300 * HOUR_MS, HOUR_MS) == sigma_over(changed, 300 * HOUR_MS, HOUR_MS)


def test_the_fit_finds_planted_weights() -> None:
    """Before least squares is believed on prices it is asked about variances that follow the formula."""
    draw = np.random.default_rng(7)
    week, hour, day = (np.exp(draw.normal(0.0, 1.0, 5_000)) for _ in range(3))
    noise = draw.normal(0.0, 0.5, 5_000)
    came = week * np.exp(-0.2) * hour**0.4 * day**0.3 * np.exp(noise)
    found = fit_har([(week, hour, day, came)])
    assert found is not None
    assert (found.constant, found.hour, found.day) == pytest.approx((-0.2, 0.4, 0.3), abs=0.03)
    assert found.smear == pytest.approx(math.exp(0.125), abs=0.03)


def test_fitted_sigma_has_the_standard_deviation_of_what_came() -> None:
    rows = generated_candles("stochastic volatility", 8_000, seed=2)
    bars = hours_before(rows, 8_000 * HOUR_MS)
    weights = fit_har([(*har_ratios(bars), future_variance(bars, 4))])
    assert weights is not None
    sigma = har_sigma(bars, 4, weights)[200:-4:4]
    logs = np.log(bars.close)
    came = (logs[4:] - logs[:-4])[200::4][: len(sigma)]
    # Discrete minutes see less of a range than the path had, and as much less of the excursion: 10 % is enough here.
    assert float(np.std(came / sigma)) == pytest.approx(1.0, abs=0.12)


def test_too_few_rows_fit_nothing() -> None:
    few = np.ones(MIN_HOURS - 1)
    assert fit_har([(few, few, few, few)]) is None
    assert isinstance(fit_har([(np.ones(50), np.ones(50), np.ones(50), np.ones(50))]), HarWeights)
