"""What the stream has sent so far, counted on the event loop; any thread may read it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True)
class SentFigures:
    """Since the start of the process.

    clients   readers connected now.
    views     different views they look at.
    messages  handed to readers, of so many bytes together.
    behind    times a reader fell behind and was sent everything anew.
    """

    clients: int = 0
    views: int = 0
    messages: int = 0
    bytes: int = 0
    behind: int = 0

    def count_sent(self, size: int) -> None:
        """One message handed to a reader."""
        self.messages += 1
        self.bytes += size
