"""How fast a history grows, and when the disk is full at that rate."""

from __future__ import annotations

from liqscape.store.history.retention import EVERY_FRAME, HeldHistory, KeepRules
from liqscape.units import DAY_MS, HOUR_MS

WHOLE_DAY_MS = 23 * HOUR_MS
"""A day with frames over so much of it is taken for a whole one."""
MEAN_DAYS = 7
MIN_MS = HOUR_MS
"""Less history than this tells no rate."""
WARNING_DAYS = 3.0


def growth_a_day(held: HeldHistory) -> int | None:
    """Bytes of a day with every stored frame: the mean of the last whole ones, else what the time since the first such
    frame of today or yesterday comes to a day. None where less than an hour is known."""
    whole: dict[int, int] = {}
    span: dict[int, int] = {}
    for part in held.closed_parts:
        if part.step_ms == EVERY_FRAME:
            whole[part.day] = whole.get(part.day, 0) + part.size
            span[part.day] = span.get(part.day, 0) + part.last_ms - part.first_ms
    sizes = [size for day, size in sorted(whole.items()) if span[day] >= WHOLE_DAY_MS][-MEAN_DAYS:]
    if sizes:
        return sum(sizes) // len(sizes)
    recent = [part for part in held.parts if part.step_ms == EVERY_FRAME and part.day >= held.newest_day - 1]
    begins = [part.first_ms for part in recent] + ([] if held.first_head_ms is None else [held.first_head_ms])
    known_ms = held.last_ms - min(begins, default=held.last_ms)
    if known_ms < MIN_MS:
        return None
    return (sum(part.size for part in recent) + held.head_bytes) * DAY_MS // known_ms


def days_until_full(held: HeldHistory, rules: KeepRules, free_bytes: int) -> float | None:
    """Days until the history has taken what is free, at today's rate. None where the rate is not known, or where the
    rules end its growth before. What thinning gives back is not counted."""
    growth = growth_a_day(held)
    if not growth:
        return None
    limits = [] if rules.max_bytes is None else [rules.max_bytes]
    if rules.days is not None:
        limits.append(growth * (rules.days + 1))
    if limits and min(limits) - held.total_bytes <= free_bytes:
        return None
    return free_bytes / growth


def is_nearly_full(days_left: float | None) -> bool:
    """Whether it has to be said."""
    return days_left is not None and days_left < WARNING_DAYS
