"""Brier score, skill and reliability by plain loops, on forecasts that are right and on such that are not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from liqscape.insight.odds.record import DecileRecord, record_of, reliability_of, skill_of
from liqscape.units import DAY_MS, HOUR_MS

WINDOWS, COLUMNS = 3_000, 6


def made(seed: int, bias: float = 0.0, windows: int = WINDOWS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    forecast = draw.random((windows, COLUMNS)) * 0.8
    came = (draw.random((windows, COLUMNS)) < forecast + bias).astype(np.float64)
    return np.arange(windows, dtype=np.int64) * HOUR_MS, forecast, came


def test_the_record_is_that_of_plain_loops() -> None:
    start, forecast, came = made(1)
    record = record_of("own", start, HOUR_MS, forecast, came)
    cells = [(float(p), float(o), column) for p_row, o_row in zip(forecast, came, strict=True)
             for column, (p, o) in enumerate(zip(p_row, o_row, strict=True))]  # fmt: skip
    shares = [sum(o for _, o, at in cells if at == column) / WINDOWS for column in range(COLUMNS)]
    brier = sum((p - o) ** 2 for p, o, _ in cells) / len(cells)
    climatology = sum((shares[column] - o) ** 2 for _, o, column in cells) / len(cells)
    assert record.brier == pytest.approx(brier)
    assert record.climatology_brier == pytest.approx(climatology)
    assert record.skill == pytest.approx(1.0 - brier / climatology)
    assert (record.windows, record.days) == (WINDOWS, 125)
    assert (record.first_ms, record.last_ms) == (0, WINDOWS * HOUR_MS)
    for each in record.reliability:
        inside = [(p, o, at) for at, (p_row, o_row) in enumerate(zip(forecast, came, strict=True))
                  for p, o in zip(p_row, o_row, strict=True) if math.floor(p * 10) == each.decile]  # fmt: skip
        by_day: dict[int, float] = {}
        for p, o, at in inside:
            by_day[at * HOUR_MS // DAY_MS] = by_day.get(at * HOUR_MS // DAY_MS, 0.0) + o - p
        error = math.sqrt(sum(off**2 for off in by_day.values())) / len(inside)
        assert each.count == len(inside)
        assert each.predicted == pytest.approx(sum(p for p, _, _ in inside) / len(inside))
        assert each.observed == pytest.approx(sum(o for _, o, _ in inside) / len(inside))
        assert each.tolerance == pytest.approx(max(0.02, 2.0 * error))


def test_forecasts_that_are_right_are_reliable_and_biased_ones_are_not() -> None:
    for bias in (0.0, 0.1):
        start, forecast, came = made(2, bias, 30_000)
        assert record_of("own", start, HOUR_MS, forecast, came).is_reliable == (bias == 0.0)


def test_the_share_that_came_itself_has_no_skill_and_certainty_all() -> None:
    _, _, came = made(3)
    start = np.arange(WINDOWS, dtype=np.int64) * HOUR_MS
    flat = np.broadcast_to(came.mean(axis=0), came.shape)
    assert record_of("own", start, HOUR_MS, flat, came).skill == pytest.approx(0.0)
    assert record_of("own", start, HOUR_MS, came, came).skill == 1.0


def test_where_nothing_ever_came_skill_is_not_told() -> None:
    assert skill_of(0.001, 0.0) is None


def test_what_came_in_one_day_is_one_piece_of_evidence() -> None:
    """The same hundred cases, all of a day in one and each of its own day in the other."""
    forecast = np.full((100, 1), 0.55)
    came = (np.arange(100) < 80).astype(np.float64)[:, None]
    (together,) = reliability_of(forecast, came, np.zeros(100, np.int64))
    (apart,) = reliability_of(forecast, came, np.arange(100))
    assert together.tolerance == pytest.approx(2.0 * 0.25)
    assert apart.tolerance == pytest.approx(2.0 * math.sqrt(80 * 0.45**2 + 20 * 0.55**2) / 100)


def test_two_points_are_always_allowed() -> None:
    at = DecileRecord(decile=3, count=10**6, predicted=0.35, observed=0.3699, tolerance=0.02)
    off = DecileRecord(decile=3, count=10**6, predicted=0.35, observed=0.371, tolerance=0.02)
    assert (at.is_within, off.is_within) == (True, False)
