"""Times of node files and archives: ISO 8601 in UTC with nanoseconds and no zone; copies of them may name a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from liqscape.wire.decode import refuse

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FRACTION_AT = len("2025-10-27T16:59:59.")
MAX_SECONDS = 4_096
"""Remembered: of a busy file a second has a dozen times."""

_seconds: dict[str, int] = {}
"""Milliseconds since 1970 of the text before a fraction, of seconds that were met."""


def print_block_time(time_ms: int, nanoseconds: int = 0) -> str:
    """2025-10-27T16:59:59.797000000."""
    moment = EPOCH + timedelta(milliseconds=time_ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}{nanoseconds:06d}"


def parse_block_time(text: str, source: str, path: str = "block_time") -> int:
    """Milliseconds since 1970, rounded down; with a zone ("Z", "+00:00", "+09:00") or, as nodes write it, without.

    Raises RemoteWireError.
    """
    time_ms = read_block_time(text)
    if time_ms is None:
        raise refuse(source, path, text, "is not a time like 2025-10-27T16:59:59.797563798")
    return time_ms


def read_block_time(text: str) -> int | None:
    """Milliseconds since 1970 of a block time; None where the text is no time."""
    begin, fraction = _seconds.get(text[:FRACTION_AT]), text[FRACTION_AT:]
    if begin is not None and len(fraction) >= 3 and fraction.isdecimal() and fraction.isascii():
        return begin + int(fraction[:3])
    time_ms = _milliseconds(text)
    if time_ms is not None and begin is None and text[FRACTION_AT - 1 : FRACTION_AT] == ".":
        second_ms = _milliseconds(text[: FRACTION_AT - 1])
        if second_ms is not None:
            if len(_seconds) >= MAX_SECONDS:
                _seconds.clear()
            _seconds[text[:FRACTION_AT]] = second_ms
    return time_ms


def _milliseconds(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return None
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(milliseconds=1)
