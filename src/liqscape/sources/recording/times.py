"""Snapshot times as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
TIME_RULE = "must be an ISO 8601 time between 2000 and 2100, like 2026-02-03T12:44:34.279741Z"


def parse_time_ms(text: str) -> int | None:
    """Milliseconds since 1970, rounded down; UTC where no zone is given. None: no time, or not of 2000 to 2100."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not FIRST <= moment < LAST:
        return None
    return (moment - EPOCH) // timedelta(milliseconds=1)


def is_time(text: str) -> bool:
    """parse_time_ms can read it."""
    return parse_time_ms(text) is not None
