"""Times of node files and archives: ISO 8601 in UTC with nanoseconds and no zone; copies of them may name a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from liqscape.wire.decode import refuse

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def print_block_time(time_ms: int, nanoseconds: int = 0) -> str:
    """2025-10-27T16:59:59.797000000."""
    moment = EPOCH + timedelta(milliseconds=time_ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}{nanoseconds:06d}"


def parse_block_time(text: str, source: str, path: str = "block_time") -> int:
    """Milliseconds since 1970, rounded down; with a zone ("Z", "+00:00", "+09:00") or, as nodes write it, without.

    Raises RemoteWireError.
    """
    try:
        moment = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        moment = None
    if moment is None:
        raise refuse(source, path, text, "is not a time like 2025-10-27T16:59:59.797563798")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(milliseconds=1)
