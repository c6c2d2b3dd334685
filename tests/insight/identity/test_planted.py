"""Planted clusters two smoothing widths apart are found, kept apart and kept the same."""

from __future__ import annotations

import pytest
from amounts import first_of
from planted_clusters import judge, planted_frames

TWO_WIDTHS = 14.5
"""Bands: twice the kernel's full width at half of its height (2 x 0.908 x reach)."""


@pytest.mark.parametrize("seed", first_of(range(8)))
@pytest.mark.parametrize("clusters", [6, 12])
def test_planted_clusters_are_found_and_not_glued(seed: int, clusters: int) -> None:
    found = judge(planted_frames(seed, TWO_WIDTHS, clusters=clusters, minutes=60))
    assert found.precision >= 0.9
    assert found.recall >= 0.9
    assert found.kept >= 0.95
