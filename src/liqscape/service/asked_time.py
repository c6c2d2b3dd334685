"""Times as they are asked for on every door: ISO 8601 text, milliseconds since 1970, or a datetime."""

from __future__ import annotations

from datetime import UTC, date, datetime

from liqscape.errors import LiqscapeError, QuestionError, SettingsError

FIRST_MS = 946_684_800_000
LAST_MS = 4_102_444_800_000
"""2000 to 2100: anything else is a mistake in the unit, such as seconds for milliseconds."""
MIN_DIGITS = 9
"""Of milliseconds as text; fewer are a year or a date."""


def asked_ms(name: str, asked: object, kind: type[LiqscapeError] = QuestionError) -> int:
    """Milliseconds since 1970 UTC of a time that somebody asks for. A time without a zone is UTC; a date alone is its
    first instant.

    name   what the time is called where it was asked, for the error.
    asked  text, a whole number of milliseconds, a datetime or date, or what prints as one (numpy.datetime64).
    Raises `kind` for what is none of these, or a time outside 2000 to 2100.
    """
    if isinstance(asked, datetime):
        time_ms = _ms_of(asked)
    elif isinstance(asked, date):
        time_ms = _ms_of(datetime(asked.year, asked.month, asked.day))
    elif isinstance(asked, int) and not isinstance(asked, bool):
        time_ms = asked
    else:
        time_ms = _ms_of_text(name, str(asked), kind)
    if not FIRST_MS <= time_ms <= LAST_MS:
        raise kind(f"{name} {asked} is outside the years 2000 to 2100; times are in milliseconds")
    return time_ms


def utc_text(time_ms: int) -> str:
    """A time as ISO 8601 in UTC, to the second, for a sentence."""
    return datetime.fromtimestamp(time_ms / 1_000.0, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(option: str, text: str) -> int:
    """The same of an option of the command line. Raises SettingsError."""
    return asked_ms(option, text, SettingsError)


def _ms_of_text(name: str, text: str, kind: type[LiqscapeError]) -> int:
    text = text.strip()
    if text.isdecimal() and text.isascii() and len(text) >= MIN_DIGITS:
        return int(text) if len(text) < 20 else LAST_MS + 1
    try:
        return _ms_of(datetime.fromisoformat(text))
    except ValueError:
        raise kind(f"{name} {text!r} is neither ISO 8601 (2026-02-05T12:00:00Z) nor milliseconds since 1970") from None


def _ms_of(moment: datetime) -> int:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000.0)
