"""USD near the mark of all markets in one pass is that of each market alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_market import small_market

from liqscape.heatmap.asymmetry import DISTANCES_PERCENT, asymmetry, imbalance_of, near_notional


@pytest.mark.parametrize("seed", range(4))
def test_all_markets_at_once_have_the_sums_of_each(seed: int) -> None:
    for frame in small_market(seed=seed, count=3).frames:
        near = near_notional(frame)
        for row, mark in enumerate(frame.snapshot.mark):
            found = asymmetry(frame, row)
            if not found:
                assert not mark > 0.0
                assert np.isnan(near[:, :, row]).all()
                continue
            for number, each in enumerate(found):
                assert each.distance_percent == DISTANCES_PERCENT[number]
                assert near[number, 0, row] == pytest.approx(each.long_below_notional, rel=1e-12)
                assert near[number, 1, row] == pytest.approx(each.short_above_notional, rel=1e-12)
                (imbalance,) = imbalance_of(near[number, 0, [row]], near[number, 1, [row]])
                assert np.isnan(imbalance) if each.imbalance is None else imbalance == pytest.approx(each.imbalance)


def test_a_mark_of_zero_is_unknown() -> None:
    frame = small_market(count=1).frames[0]
    none = replace(frame, snapshot=replace(frame.snapshot, mark=np.zeros(len(frame.snapshot.mark))))
    assert np.isnan(near_notional(none)).all()


def test_nothing_on_either_side_has_no_imbalance() -> None:
    assert np.isnan(imbalance_of(np.array([0.0, np.nan]), np.array([0.0, 1.0]))).all()
