"""Times without a liquidation that an event is held against (insight/impact/baseline.py)."""

from __future__ import annotations

import numpy as np
import pytest

from liqscape.insight.impact.baseline import KEPT, MAX_DRAWN, Baselines, anchors_of
from liqscape.insight.impact.mid_memory import MidMemory
from liqscape.units import MINUTE_MS

START = 1_440 * 20
"""A minute."""


def filled(minutes: int, *, step_bp: float = 0.0, noise: float = 0.0, step_ms: int = 1_000) -> Baselines:
    """Baselines of one coin whose mid moves by step_bp a second, with noise of three sizes in turn of ten minutes."""
    path, baselines = MidMemory(1), Baselines(1)
    chance = np.random.default_rng(1)
    seconds = np.arange(0, minutes * 60 + 120, step_ms // 1000)
    shake = 1.0 + noise * (1 + seconds // 600 % 3) * chance.normal(size=len(seconds)) * 1e-4
    mids = 100.0 * (1.0 + step_bp * 1e-4) ** seconds * np.cumprod(shake)
    for second, mid in zip(seconds.tolist(), mids, strict=True):
        now_ms = START * MINUTE_MS + 1_000 * second
        path.write(np.array([0]), now_ms, np.array([mid]))
        if second % 60 == 0:
            baselines.close(now_ms, path)
    return baselines


@pytest.fixture(scope="module")
def steady() -> Baselines:
    """A mid that rises by a tenth of a basis point a second."""
    return filled(500, step_bp=0.1)


def test_the_baseline_is_the_mean_move_in_the_direction_of_the_flow(steady: Baselines) -> None:
    at = (START + 490) * MINUTE_MS
    up, count = steady.draw("A-short-1", 0, at, 1)
    down, _ = steady.draw("A-short-1", 0, at, -1)
    assert count >= 50
    # The mid before is up to a second older than the time, the one after up to half a second off.
    assert up == pytest.approx([0.15, 1.05, 6.05], abs=0.06)
    assert (down == -up).all()


def test_below_fifty_times_there_is_none() -> None:
    baseline, count = filled(45).draw("A-short-1", 0, (START + 44) * MINUTE_MS, 1)
    assert 0 < count < 50
    assert np.isnan(baseline).all()


def test_minutes_with_a_liquidation_and_those_beside_them_are_left_out() -> None:
    baselines = filled(130)
    at = (START + 125) * MINUTE_MS
    before = baselines.draw("A-long-1", 0, at, -1)[1]
    noted = (START + 60) * MINUTE_MS + 30_000
    baselines.note_liquidation(0, noted, noted)
    assert baselines.draw("A-long-1", 0, at, -1)[1] == before - 3


def test_only_the_same_third_of_volatility_is_drawn() -> None:
    _, count = filled(400, noise=2.0).draw("A-long-1", 0, (START + 390) * MINUTE_MS, -1)
    assert 50 <= count <= 390 // 3 + 1


def test_at_most_two_hundred_are_drawn_by_the_name_alone() -> None:
    baselines, at = filled(800, noise=1.0), (START + 790) * MINUTE_MS
    first, count = baselines.draw("A-long-1", 0, at, -1)
    assert count == MAX_DRAWN
    assert (baselines.draw("A-long-1", 0, at, -1)[0] == first).all()
    assert (baselines.draw("A-long-2", 0, at, -1)[0] != first).any()


def test_a_horizon_the_mids_cannot_carry_has_no_baseline() -> None:
    baseline, count = filled(130, step_ms=20_000).draw("A-long-1", 0, (START + 125) * MINUTE_MS, -1)
    assert count >= 50
    assert np.isnan(baseline[:2]).all()
    assert baseline[2] == 0.0


def test_memory_does_not_grow() -> None:
    baselines, path = Baselines(2), MidMemory(2)
    for minute in range(START, START + 2 * KEPT, 7):
        baselines.close(minute * MINUTE_MS, path)
    assert baselines.byte_count == KEPT * 2 * (3 * 4 + 4 + 1)


def test_each_minute_has_one_time_of_its_own_inside_it() -> None:
    minutes = np.arange(START, START + 2_000)
    times = anchors_of(minutes)
    assert (times // MINUTE_MS == minutes).all()
    offsets = times % MINUTE_MS
    assert len(set(offsets.tolist())) > 1_900
    assert abs(offsets.mean() - MINUTE_MS / 2) < 2_000
