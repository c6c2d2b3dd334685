"""Who opened within a day, and the nearest large cluster: by plain loops in fractions, and at exact boundaries."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.setups import CoinHolders, nearest_large, opened_share
from liqscape.insight.structure import SideSpan
from liqscape.units import Side

sizes = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(-9, 9).filter(bool), max_size=8)


def held(size: dict[str, int], known: str = "abcdefgh") -> CoinHolders:
    return CoinHolders(size={address: float(each) for address, each in size.items()}, known=frozenset(known))


@given(sizes, sizes, st.frozensets(st.sampled_from("abcdefgh")), st.sampled_from((Side.LONG, Side.SHORT)))
def test_the_share_is_that_of_plain_loops(
    now: dict[str, int], then: dict[str, int], met_since: frozenset[str], side: Side
) -> None:
    then = {address: size for address, size in then.items() if address not in met_since}
    known = "".join(address for address in "abcdefgh" if address not in met_since)
    found = opened_share(held(now), held(then, known), side)
    opened = met = unknown = Fraction(0)
    for address, size in now.items():
        if (size > 0) is not (side == Side.LONG):
            continue
        if address in met_since:
            unknown += abs(size)
            continue
        before = then.get(address, 0)
        same = abs(before) if (before > 0) is (side == Side.LONG) and before else 0
        met += abs(size)
        opened += max(0, abs(size) - same)
    if not met + unknown:
        assert (found.share, found.unknown_share) == (None, None)
        return
    assert found.unknown_share == pytest.approx(float(unknown / (met + unknown)))
    if met and unknown <= met:
        assert found.share == pytest.approx(float(opened / met))
        assert 0.0 <= found.share <= 1.0
    else:
        assert found.share is None


@given(sizes, sizes)
def test_turning_all_positions_over_swaps_the_sides(now: dict[str, int], then: dict[str, int]) -> None:
    turned = opened_share(
        held({address: -size for address, size in now.items()}),
        held({address: -size for address, size in then.items()}),
        Side.SHORT,
    )
    assert turned == opened_share(held(now), held(then), Side.LONG)


def test_without_the_day_before_nothing_is_known() -> None:
    assert opened_share(held({"a": 1}), None, Side.LONG).share is None


def test_a_position_that_was_turned_over_is_opened_whole() -> None:
    assert opened_share(held({"a": 4}), held({"a": -4}), Side.LONG).share == 1.0


SIDES = {Side.LONG: 1_000.0, Side.SHORT: 5_000.0}
NEAREST_CASES = (
    ("exactly 2 % of its side", [(Side.LONG, 90.0, 20.0)], 0),
    ("a hair less", [(Side.LONG, 90.0, 20.0 - 1e-9)], None),
    ("of its own side's", [(Side.SHORT, 110.0, 20.0)], None),
    ("the nearer one", [(Side.LONG, 90.0, 20.0), (Side.SHORT, 105.0, 100.0)], 1),
    ("of equally near ones the first", [(Side.LONG, 90.0, 20.0), (Side.SHORT, 110.0, 100.0)], 0),
    ("a small one in front of it", [(Side.LONG, 99.0, 1.0), (Side.LONG, 80.0, 999.0)], 1),
    ("none", [], None),
)


@pytest.mark.parametrize(("name", "clusters", "expected"), NEAREST_CASES, ids=[case[0] for case in NEAREST_CASES])
def test_nearest_large_cluster(name: str, clusters: list[tuple[Side, float, float]], expected: int | None) -> None:
    """Mark 100; each cluster by its side, its near edge and its USD."""
    spans = [
        (SideSpan(side, edge - 1.0, edge) if side == Side.LONG else SideSpan(side, edge, edge + 1.0), usd)
        for side, edge, usd in clusters
    ]
    assert nearest_large(spans, SIDES, 100.0) == expected, name
    assert nearest_large(spans, SIDES, float("nan")) is None
    assert nearest_large(spans, {Side.LONG: float("nan"), Side.SHORT: 0.0}, 100.0) is None
