"""Lengths of time as they are asked for on every door: `30min`, `4h`, `1d`, or whole milliseconds."""

from __future__ import annotations

import re

from liqscape.errors import LiqscapeError, QuestionError
from liqscape.spelling import shown
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

UNITS = {"ms": 1, "s": 1_000, "min": MINUTE_MS, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS, "w": 7 * DAY_MS}
MAX_SPAN_MS = 10_000 * DAY_MS
EXAMPLES = "such as 30min, 4h or 1d"
_SPAN = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)\s*([a-zA-Z]*)", re.ASCII)


def asked_span_ms(name: str, asked: str, kind: type[LiqscapeError] = QuestionError) -> int:
    """Milliseconds of a length of time; a number alone is milliseconds.

    name   what it is called where it was asked, for the error.
    Raises `kind` for what is none, or one that is 0 or longer than MAX_SPAN_MS.
    """
    found = _SPAN.fullmatch(asked.strip())
    if found is None:
        raise kind(f"{name} {shown(asked)} is no length of time {EXAMPLES}")
    number, unit = found.groups()
    if unit and unit not in UNITS:
        raise kind(f"{name} {shown(asked)}: {shown(unit)} is none of the units {', '.join(UNITS)}")
    span_ms = round(float(number) * UNITS[unit or "ms"])
    if not 0 < span_ms <= MAX_SPAN_MS:
        raise kind(f"{name} {shown(asked)} is outside 1 ms to {MAX_SPAN_MS // DAY_MS} days")
    return span_ms
