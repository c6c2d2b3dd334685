"""A coin's minutes with planted liquidations: who was liquidated, how the mark went, what is ahead of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from swept_minutes import COIN, INDEX, Holder, Row, make_minute

from liqscape.insight.cascades import CascadeMinute, CascadeTracker
from liqscape.insight.minute import Minute
from liqscape.model.minute_notes import MinuteKind
from liqscape.units import Side

VICTIMS = tuple(f"0x{number:040x}" for number in range(1, 13))
FAR = {"0x" + "f" * 40: Holder(1_000.0, 1.0)}
"""Somebody whose level is nowhere near."""


def forced_minute(
    minute: int,
    mark: float = 100.0,
    usd: float = 0.0,
    *,
    accounts: int = 1,
    side: Side = Side.LONG,
    kind: MinuteKind = MinuteKind.LIQUIDATED_BOOK,
    low: float | None = None,
    high: float | None = None,
    ahead_usd: float = 0.0,
    depth: tuple[float, float] | None = None,
    is_known: bool = True,
    is_gap: bool = False,
) -> Minute:
    """usd: liquidated at the frame's mark, in equal parts of some accounts; ahead_usd: of levels 0.01 % ahead of it."""
    holders = dict(FAR)
    if ahead_usd:
        holders["0x" + "e" * 40] = Holder(side * ahead_usd / mark, mark * (1.0 - 0.0001 * side))
    share = -side * usd / mark / accounts
    rows = [Row(victim, kind, share) for victim in VICTIMS[:accounts]] if usd else []
    points = [(1_000, mark), (20_000, mark if low is None else low), (40_000, mark if high is None else high)]
    return make_minute(
        minute,
        mark,
        holders,
        path=[*points, (59_000, mark)] if is_known else None,
        rows=rows,
        depth=depth,
        is_gap=is_gap,
        addresses=(*holders, *VICTIMS),
    )


def wobbling(minutes: range, size: float = 0.0005) -> list[Minute]:
    """A quiet market: the mark goes up and down by `size` around 100."""
    return [forced_minute(minute, 100.0 * (1.0 + size * (minute % 2))) for minute in minutes]


def told(
    minutes: Iterable[Minute], tracker: CascadeTracker | None = None
) -> tuple[list[CascadeMinute], CascadeTracker]:
    """What a tracker says of each minute."""
    tracker = tracker or CascadeTracker(COIN)
    return [tracker.advance(minute, INDEX) for minute in minutes], tracker


def states(said: Sequence[CascadeMinute], side: Side = Side.LONG) -> list[str]:
    """State of a side after each minute."""
    return [each.standing[side == Side.SHORT].state for each in said]
