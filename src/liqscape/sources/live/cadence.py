"""When a frame belongs: after each batch of marks, at most one a second, and one stored at every full minute."""

from __future__ import annotations

from liqscape.units import MINUTE_MS

MIN_APART_NS = 1_000_000_000
"""Marks move every 3 seconds (HL.DOC.ORACLE); contexts come more often."""

MAX_APART_NS = 3_000_000_000
"""Accounts change between marks: a frame is cut for them too."""


class Cadence:
    """Asked after each record. Depends on records only, so replay cuts the same frames."""

    def __init__(self) -> None:
        self._last_ns = 0
        self._minute = 0
        self._is_mark_new = False
        self._is_account_new = False

    def marks_moved(self) -> None:
        """Note that some mark has changed since the last frame."""
        self._is_mark_new = True

    def accounts_moved(self) -> None:
        """Note that some account has changed since the last frame."""
        self._is_account_new = True

    @property
    def due_ns(self) -> int:
        """Receipt from which a frame belongs after a record that moves accounts; 0 where none has since the last."""
        if not self._is_account_new:
            return 0
        return self._last_ns + (MIN_APART_NS if self._is_mark_new else MAX_APART_NS)

    def is_due(self, received_ns: int) -> bool:
        """Whether a frame belongs after the record received then."""
        passed = received_ns - self._last_ns
        if self._is_mark_new and passed >= MIN_APART_NS:
            return True
        return (self._is_mark_new or self._is_account_new) and passed >= MAX_APART_NS

    def cut(self, received_ns: int, venue_ms: int) -> bool:
        """Note that a frame is cut; True where it is the first of its minute, which is the one that is stored."""
        self._last_ns = received_ns
        self._is_mark_new = self._is_account_new = False
        minute = venue_ms // MINUTE_MS
        is_first, self._minute = minute > self._minute, max(minute, self._minute)
        return is_first
