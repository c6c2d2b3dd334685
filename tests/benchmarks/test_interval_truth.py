"""Of bands that hold something, as many hold the truth within their interval as is stated."""

from __future__ import annotations

import pytest
from interval_truth import Judged, judge, looks_at, run, settings_of


def test_a_small_world_is_within_its_intervals() -> None:
    """A look a minute; how often forty worlds are is told by the benchmark (docs/accuracy.md)."""
    settings = settings_of(2_001, (400,))
    parts = [part for look in looks_at(settings, (1, 2)) for part in judge(look, 2, with_joint=False)]
    figures = Judged.joined(parts).figures()
    assert figures["bands"] > 100.0
    assert figures["by_count"] > 0.85
    assert figures["below_low"] < 0.05


@pytest.mark.truth
@pytest.mark.parametrize("seed", range(2_001, 2_009))
def test_worlds_that_were_not_fitted_on_are_within_their_intervals(seed: int) -> None:
    figures = run(seed, (1_500,), 1).figures()
    assert figures["by_count"] > 0.88
    assert figures["below_low"] < 0.05
