"""Wilson intervals."""

from __future__ import annotations

import pytest

from liqscape.insight.statistics import wilson


@pytest.mark.parametrize(("hits", "count"), [(0, 20), (20, 20), (3, 50), (1, 1)])
def test_wilson_ends_are_where_the_share_is_just_not_refused(hits: int, count: int) -> None:
    """Each end p solves |hits / n - p| = z sqrt(p (1 - p) / n)."""
    share = wilson(hits, count)
    assert 0.0 <= share.low <= share.share <= share.high <= 1.0
    for end in (share.low, share.high):
        assert abs(hits / count - end) == pytest.approx(1.959964 * (end * (1 - end) / count) ** 0.5, abs=1e-6)
