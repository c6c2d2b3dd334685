"""Quiet hours: a span of each day in which alerts are shown but not sent.

    "22:00-07:00"           UTC
    "22:00-07:00+02:00"     two hours ahead of it

The offset is a fixed one: a rule that follows summer time would need tables of time zones.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from liqscape.errors import QuestionError
from liqscape.spelling import shown
from liqscape.units import DAY_MS, MINUTE_MS

_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)(?:([+-])(\d\d):(\d\d))?")
DAY_MINUTES = DAY_MS // MINUTE_MS
MAX_OFFSET = 14 * 60


class QuietHours(NamedTuple):
    """Minutes of the UTC day in [start, end); end may be before start: over midnight."""

    start: int
    end: int

    def covers(self, time_ms: int) -> bool:
        """Whether a time falls into them."""
        minute = time_ms % DAY_MS // MINUTE_MS
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


def parse_quiet_hours(text: str) -> QuietHours:
    """Raises QuestionError for anything else than the two forms, and for a span that is the whole day or none."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise QuestionError(f"quiet_hours {shown(text)} is not of the form 22:00-07:00 or 22:00-07:00+02:00")
    hours = [int(each) for each in found.group(1, 2, 3, 4)]
    offset = 0
    if found[5] is not None:
        offset = (1 if found[5] == "+" else -1) * (60 * int(found[6]) + int(found[7]))
    if max(hours[0], hours[2]) > 23 or max(hours[1], hours[3], int(found[7] or 0)) > 59 or abs(offset) > MAX_OFFSET:
        raise QuestionError(f"quiet_hours {shown(text)} names a time that no day has: 00:00 to 23:59, offset to 14:00")
    start, end = 60 * hours[0] + hours[1], 60 * hours[2] + hours[3]
    if start == end:
        raise QuestionError(f"quiet_hours {shown(text)} begin when they end: leave them out, or set on = false")
    return QuietHours((start - offset) % DAY_MINUTES, (end - offset) % DAY_MINUTES)
