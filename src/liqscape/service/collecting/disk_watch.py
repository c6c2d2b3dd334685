"""What a queue before a disk says of it: since when it takes nothing and why, and what was lost for it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from liqscape.service.answers.disk import DiskTrouble

log = logging.getLogger("liqscape.live")


class DiskWatch:
    """One part of what is kept. Said once when it begins, once when it ends.

    reason     why nothing can be written now, None where all is well.
    since_ms   when that began, UTC.
    lost       things dropped since the start, because too many waited.
    """

    def __init__(self, part: str, now_ns: Callable[[], int] = time.time_ns) -> None:
        self.part = part
        self.reason: str | None = None
        self.since_ms: int | None = None
        self.lost = 0
        self._now_ns = now_ns

    def failed(self, error: Exception) -> None:
        """Note that the disk did not accept a write."""
        if self.since_ms is None:
            self.since_ms = self._now_ns() // 1_000_000
            log.error("%s cannot be written, not stored since %s: %s", self._name, _time(self.since_ms), error)
        self.reason = str(error)

    def worked(self) -> None:
        """Note that everything that waited is on disk."""
        if self.since_ms is not None:
            log.warning("%s is written again, was not since %s%s", self._name, _time(self.since_ms), self._losses)
        self.reason = self.since_ms = None

    def ended(self, waiting: int) -> None:
        """The program ends with so many things that no disk took."""
        if waiting:
            self.lost += waiting
            log.error("%s: %d entries could not be stored before the end: %s", self._name, waiting, self.reason)

    def row(self, waiting: int) -> DiskTrouble | None:
        """None where nothing ever went wrong."""
        if self.since_ms is None and not self.lost:
            return None
        return DiskTrouble(
            part=self.part, not_stored_since_ms=self.since_ms, reason=self.reason, waiting=waiting, lost=self.lost
        )

    @property
    def _name(self) -> str:
        return self.part.replace("_", " ")

    @property
    def _losses(self) -> str:
        return f"; {self.lost} entries were lost" if self.lost else ""


def _time(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1_000.0, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
