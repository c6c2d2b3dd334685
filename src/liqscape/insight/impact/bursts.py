"""Liquidations of one coin and side that follow each other closely: their impact is one (docs/clusters.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from liqscape.model.liquidations import Liquidation, LiquidationMethod
from liqscape.units import MINUTE_MS, SIDE_WORDS

GAP_MS = 5_000
MAX_SPAN_MS = 5 * MINUTE_MS
"""A burst that goes on longer is cut: what is remembered of mids ends somewhere."""


@dataclass(frozen=True)
class Burst:
    """Events in order of their first fill.

    first_ms, last_ms  of all their fills.
    """

    events: tuple[Liquidation, ...]
    first_ms: int
    last_ms: int

    @property
    def notional(self) -> float:
        """USD of all."""
        return sum(event.notional for event in self.events)


def group_bursts(events: Sequence[Liquidation]) -> list[Burst]:
    """Bursts of events of one coin and side: gaps of at most GAP_MS, MAX_SPAN_MS from the first fill on at most."""
    bursts: list[Burst] = []
    held: list[Liquidation] = []
    first_ms = last_ms = 0
    for event in sorted(events, key=lambda each: (each.first_ms, each.address, each.method)):
        if held and (event.first_ms > last_ms + GAP_MS or event.first_ms >= first_ms + MAX_SPAN_MS):
            bursts.append(Burst(tuple(held), first_ms, last_ms))
            held = []
        if not held:
            first_ms = last_ms = event.first_ms
        held.append(event)
        last_ms = max(last_ms, event.last_ms)
    if held:
        bursts.append(Burst(tuple(held), first_ms, last_ms))
    return bursts


def event_id(event: Liquidation, coin: str) -> str:
    """What an event is called, wherever it is met: coin, side, first fill, head of the address, method."""
    method = LiquidationMethod(event.method).name.lower()
    return f"{coin}-{SIDE_WORDS[event.side]}-{event.first_ms}-{event.address[2:10]}-{method}"


def burst_id(coin: str, side: int, first_ms: int) -> str:
    """What a burst is called: no two of one coin and side begin together."""
    return f"{coin}-{SIDE_WORDS[side]}-{first_ms}"
