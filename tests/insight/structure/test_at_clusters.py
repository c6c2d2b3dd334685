"""Confluence and labels by rule, at their exact boundaries, for longs and, mirrored, for shorts."""

from __future__ import annotations

import pytest
from structure_twin import START_MS

from liqscape.insight.structure import Extremes, SideSpan, Swing, VolumeNode, place_cluster
from liqscape.insight.structure.swings import SwingSide
from liqscape.units import Side

ATR, MARK = 8.0, 100.0
"""Half an ATR is 4 USD."""


def swing(side: SwingSide, price: float) -> Swing:
    return Swing(kind="fractal", side=side, price=price, time_ms=START_MS, known_ms=START_MS + 1, broken_ms=None)


def node(price: float) -> VolumeNode:
    return VolumeNode(price=price, price_low=price - 1, price_high=price + 1, size=1.0, prominence_share=0.5)


def extremes(low: float, high: float, *, is_whole: bool = True) -> Extremes:
    return Extremes(days=20, low=low, low_ms=START_MS, high=high, high_ms=START_MS, is_whole=is_whole)


def turned(price: float) -> float:
    """Mirrored at the mark."""
    return 2.0 * MARK - price


CONFLUENCE_CASES = (
    ("the near edge at the swing", 90.0, 90.0, True),
    ("half an ATR beyond it", 90.0, 86.0, True),
    ("a hair more", 90.0, 86.0 - 1e-9, False),
    ("a hair before the swing", 90.0, 90.0 + 1e-9, False),
    ("the swing at the mark", 100.0, 97.0, True),
    ("the swing beyond the mark", 100.0 + 1e-9, 99.0, False),
)


@pytest.mark.parametrize(("name", "line", "edge", "expected"), CONFLUENCE_CASES, ids=[c[0] for c in CONFLUENCE_CASES])
@pytest.mark.parametrize("of", ["swing", "node"])
@pytest.mark.parametrize("side", [Side.LONG, Side.SHORT])
def test_confluence_at_its_boundaries(name: str, line: float, edge: float, expected: bool, of: str, side: Side) -> None:
    span = SideSpan(Side.LONG, edge - 5.0, edge)
    if side == Side.SHORT:
        line, span = turned(line), SideSpan(side, turned(edge), turned(edge - 5.0))
    kind: SwingSide = "low" if side == Side.LONG else "high"
    found = place_cluster(
        span,
        mark=MARK,
        atr=ATR,
        swings=[swing(kind, line)] if of == "swing" else [],
        nodes=[node(line)] if of == "node" else [],
        donchian=None,
    )
    assert found.confluence is not None
    assert found.labels is not None
    assert [each.of for each in found.confluence] == ([of] if expected else []), name
    assert ("beyond swing" in found.labels) is (expected and of == "swing")
    for each in found.confluence:
        assert each.distance == pytest.approx(abs(line - edge) if side == Side.LONG else abs(line - turned(edge)))
        assert each.distance_atr == pytest.approx(each.distance / ATR)
        assert each.price == line


def test_a_swing_of_the_other_side_is_no_support() -> None:
    span = SideSpan(Side.LONG, 80.0, 89.0)
    found = place_cluster(span, mark=MARK, atr=ATR, swings=[swing("high", 90.0)], nodes=[], donchian=None)
    assert found.confluence == ()


def test_lines_are_named_nearest_first() -> None:
    span = SideSpan(Side.LONG, 80.0, 89.0)
    swings = [swing("low", 91.0), swing("low", 90.0)]
    found = place_cluster(span, mark=MARK, atr=ATR, swings=swings, nodes=[node(89.5)], donchian=None)
    assert found.confluence is not None
    assert [(each.name, each.price) for each in found.confluence] == [
        ("volume node", 89.5),
        ("fractal swing low", 90.0),
        ("fractal swing low", 91.0),
    ]


LABEL_CASES = (
    ("the mark half an ATR above a long cluster", SideSpan(Side.LONG, 90.0, 96.0), ["at cluster"]),
    ("a hair farther", SideSpan(Side.LONG, 90.0, 96.0 - 1e-9), []),
    ("the mark inside", SideSpan(Side.LONG, 90.0, 101.0), ["at cluster"]),
    ("the mark half an ATR beyond the far edge", SideSpan(Side.LONG, 104.0, 106.0), ["at cluster"]),
    ("the near edge at the edge of the range", SideSpan(Side.LONG, 60.0, 70.0), ["beyond range"]),
    ("a hair inside the range", SideSpan(Side.LONG, 60.0, 70.0 + 1e-9), []),
    ("a short at the upper edge of the range", SideSpan(Side.SHORT, 140.0, 150.0), ["beyond range"]),
    ("a hair inside it", SideSpan(Side.SHORT, 140.0 - 1e-9, 150.0), []),
    ("a short half an ATR above the mark", SideSpan(Side.SHORT, 104.0, 106.0), ["at cluster"]),
    ("a long beyond the upper edge is not beyond the range", SideSpan(Side.LONG, 140.0, 150.0), []),
)


@pytest.mark.parametrize(("name", "span", "expected"), LABEL_CASES, ids=[case[0] for case in LABEL_CASES])
def test_labels_at_their_boundaries(name: str, span: SideSpan, expected: list[str]) -> None:
    donchian = extremes(70.0, 140.0)
    found = place_cluster(span, mark=MARK, atr=ATR, swings=[], nodes=[], donchian=donchian)
    assert found.labels is not None
    assert list(found.labels) == expected, name
    part = extremes(70.0, 140.0, is_whole=False)
    partly = place_cluster(span, mark=MARK, atr=ATR, swings=[], nodes=[], donchian=part)
    assert partly.labels is not None
    assert "beyond range" not in partly.labels


@pytest.mark.parametrize(("mark", "atr"), [(float("nan"), ATR), (MARK, None)])
def test_without_mark_or_range_nothing_is_said(mark: float, atr: float | None) -> None:
    span = SideSpan(Side.LONG, 80.0, 89.0)
    found = place_cluster(span, mark=mark, atr=atr, swings=[swing("low", 90.0)], nodes=[], donchian=None)
    assert (found.labels, found.confluence) == (None, None)


def test_a_market_that_never_moves_has_confluence_at_the_line_alone() -> None:
    for edge, count in ((90.0, 1), (90.0 - 1e-9, 0)):
        span = SideSpan(Side.LONG, 80.0, edge)
        found = place_cluster(span, mark=MARK, atr=0.0, swings=[swing("low", 90.0)], nodes=[], donchian=None)
        assert found.confluence is not None
        assert [each.distance_atr for each in found.confluence] == [0.0] * count
