"""Where a cluster stands against structure: confluence and labels, by rule (docs/structure.md, eq. 3).

The near edge of a cluster is the one the mark meets first: of longs, whose levels are below the mark, the upper one; of
shorts the lower one. In units of ATR(14, 1 h),

    confluence   0 <= beyond <= NEAR_ATR,   beyond = (line - near edge) of longs, (near edge - line) of shorts

with a line between the mark and the near edge: a swing (low for longs, high for shorts) that stands, or the middle of a
volume node. Both ends count. The labels:

    at cluster     the mark is in the span, or at most NEAR_ATR from it
    beyond swing   in confluence with a swing
    beyond range   the near edge is at or beyond the edge of the Donchian range on its side
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from liqscape.insight.structure.profile import VolumeNode
from liqscape.insight.structure.ranges import Extremes
from liqscape.insight.structure.swings import Swing
from liqscape.units import Side

Label = Literal["at cluster", "beyond swing", "beyond range"]
With = Literal["swing", "node"]

NEAR_ATR = 0.5


@dataclass(frozen=True)
class SideSpan:
    """Levels of one side between two prices, USD."""

    side: Side
    price_low: float
    price_high: float

    @property
    def near_edge(self) -> float:
        """The edge that the mark meets first."""
        return self.price_high if self.side == Side.LONG else self.price_low


@dataclass(frozen=True, kw_only=True)
class Confluence:
    """A swing or node just before a cluster. distance: from it to the near edge, USD and ATR, from 0 to NEAR_ATR."""

    of: With
    name: str
    price: float
    time_ms: int | None
    distance: float
    distance_atr: float


@dataclass(frozen=True)
class Placed:
    """A cluster against structure. labels, confluence None: what they need is not known."""

    labels: tuple[Label, ...] | None
    confluence: tuple[Confluence, ...] | None


UNPLACED = Placed(None, None)


def place_cluster(
    span: SideSpan,
    *,
    mark: float,
    atr: float | None,
    swings: Iterable[Swing],
    nodes: Iterable[VolumeNode],
    donchian: Extremes | None,
) -> Placed:
    """Labels and confluence of a cluster; unknown without the mark or the ATR.

    swings    those that stand at the time. nodes: of the profile, none where there is no volume.
    donchian  counts where it is whole.
    """
    if atr is None or not mark > 0.0:
        return UNPLACED
    found = confluence_of(span, mark, atr, swings, nodes)
    labels: list[Label] = []
    if distance_to(span, mark) <= NEAR_ATR * atr:
        labels.append("at cluster")
    if any(each.of == "swing" for each in found):
        labels.append("beyond swing")
    if donchian is not None and donchian.is_whole and _is_beyond(span, donchian):
        labels.append("beyond range")
    return Placed(tuple(labels), found)


def confluence_of(
    span: SideSpan, mark: float, atr: float, swings: Iterable[Swing], nodes: Iterable[VolumeNode]
) -> tuple[Confluence, ...]:
    """Swings and nodes just before a cluster, nearest first."""
    kind = "low" if span.side == Side.LONG else "high"
    lines: list[tuple[With, str, float, int | None]] = [
        ("swing", f"{swing.kind} swing {kind}", swing.price, swing.time_ms) for swing in swings if swing.side == kind
    ]
    lines += [("node", "volume node", node.price, None) for node in nodes]
    found = []
    for of, name, price, time_ms in lines:
        beyond = int(span.side) * (price - span.near_edge)
        is_between = int(span.side) * (mark - price) >= 0.0 <= beyond
        if is_between and beyond <= NEAR_ATR * atr:
            found.append(
                Confluence(
                    of=of,
                    name=name,
                    price=price,
                    time_ms=time_ms,
                    distance=beyond,
                    distance_atr=beyond / atr if atr > 0.0 else 0.0,
                )
            )
    return tuple(sorted(found, key=lambda each: (each.distance, each.name, each.time_ms or 0)))


def distance_to(span: SideSpan, mark: float) -> float:
    """From the mark to the span, USD; 0 within it."""
    return max(span.price_low - mark, mark - span.price_high, 0.0)


def _is_beyond(span: SideSpan, donchian: Extremes) -> bool:
    if span.side == Side.LONG:
        return span.near_edge <= donchian.low
    return span.near_edge >= donchian.high
