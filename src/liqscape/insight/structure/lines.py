"""Everything of structure that is a horizontal line on a chart, by name. Swings are points, and apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from liqscape.insight.structure.moment import Structure
from liqscape.insight.structure.ranges import Extremes
from liqscape.insight.structure.sessions import Session
from liqscape.units import DAY_MS

LineKind = Literal["session", "range", "month", "profile"]


@dataclass(frozen=True, kw_only=True)
class PriceLine:
    """A price (USD) that counts from one time to another; end_ms None: up to now."""

    name: str
    kind: LineKind
    price: float
    start_ms: int
    end_ms: int | None


def lines_of(structure: Structure) -> list[PriceLine]:
    """Sessions, ranges and profile as lines, by kind and in a fixed order; those that are not whole are left out."""
    found = [line for session in structure.sessions if session.is_whole for line in _of_session(session)]
    for kind, name, extremes in _ranges(structure):
        start_ms = structure.at_ms - extremes.days * DAY_MS
        for end, price in (("high", extremes.high), ("low", extremes.low)):
            found.append(PriceLine(name=f"{name} {end}", kind=kind, price=price, start_ms=start_ms, end_ms=None))
    profile = structure.profile
    if profile is not None:
        first, last = profile.value_area
        prices = [
            ("POC", profile.middle(profile.poc)),
            ("value area high", float(profile.edges[last + 1])),
            ("value area low", float(profile.edges[first])),
            *(("node", node.price) for node in profile.nodes),
        ]
        found += [
            PriceLine(name=name, kind="profile", price=price, start_ms=profile.start_ms, end_ms=None)
            for name, price in prices
        ]
    return found


def _of_session(session: Session) -> list[PriceLine]:
    prefix = "" if session.is_present else "previous "
    return [
        PriceLine(
            name=f"{prefix}{session.name} {point}",
            kind="session",
            price=price,
            start_ms=session.start_ms,
            end_ms=None if session.is_present else session.end_ms,
        )
        for point, price in (("open", session.open), ("high", session.high), ("low", session.low))
    ]


def _ranges(structure: Structure) -> Iterator[tuple[LineKind, str, Extremes]]:
    if structure.donchian is not None and structure.donchian.is_whole:
        yield "range", "range", structure.donchian
    if structure.month is not None and structure.month.is_whole:
        yield "month", f"{structure.month.days}-day", structure.month
