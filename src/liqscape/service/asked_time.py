"""Times as a person types them: ISO 8601 or milliseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime

from liqscape.errors import SettingsError

FIRST_MS = 946_684_800_000
LAST_MS = 4_102_444_800_000
"""2000 to 2100: anything else is a mistake in the unit, such as seconds for milliseconds."""


def parse_time(option: str, text: str) -> int:
    """Milliseconds since 1970 UTC. A time without a zone is UTC; a date alone is its first instant.

    Raises SettingsError naming the option for text that is neither, or a time outside 2000 to 2100.
    """
    text = text.strip()
    if text.isdecimal() and text.isascii() and len(text) > 8:
        time_ms = int(text) if len(text) < 20 else LAST_MS + 1
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise SettingsError(
                f"{option} {text!r} is neither ISO 8601 (2026-02-05T12:00:00Z) nor milliseconds since 1970"
            ) from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
        time_ms = round(seconds * 1000.0)
    if not FIRST_MS <= time_ms <= LAST_MS:
        raise SettingsError(f"{option} {text} is outside the years 2000 to 2100; times are in milliseconds")
    return time_ms
