"""A connection as a row of the sources panel."""

from __future__ import annotations

from liqscape.feed.socket.connection import ConnectionFigures
from liqscape.service.answers.sources import SourceRow, SourceState

SILENT_MS = 10_000
"""Pings are answered every five seconds where nothing else comes: a socket without a message for longer is stale."""


def socket_row(kind: str, url: str, each: ConnectionFigures, now_ms: int, lag_ms: float | None) -> SourceRow:
    """kind as of SourceRow."""
    is_silent = each.last_message_ns is None or now_ms - each.last_message_ns // 1_000_000 > SILENT_MS
    state: SourceState = "stale" if is_silent else "connected"
    if each.state != "connected":
        state = "reconnecting"
    return SourceRow(
        kind=kind,
        address=f"{url} ({each.number})",
        state=state,
        since_ms=to_ms(each.since_ns),
        last_message_ms=to_ms(each.last_message_ns),
        lag_ms=lag_ms,
        messages=each.messages,
        reconnects=each.lost,
        gaps=each.gaps,
        trouble=each.trouble,
    )


def to_ms(nanoseconds: int | None) -> int | None:
    return None if nanoseconds is None else nanoseconds // 1_000_000
