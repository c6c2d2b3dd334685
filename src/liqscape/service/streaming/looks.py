"""What a place in the stream may look at: frames of a coin, or marks of several."""

from __future__ import annotations

from dataclasses import dataclass

from liqscape.model.markets import Markets
from liqscape.service.streaming.stream_view import Encoding, StreamView

MARKS_KEY = "marks"


@dataclass(frozen=True, kw_only=True)
class MarksView:
    """Marks of coins; readers of equal views get the same bytes.

    coins     sorted; None: all that are listed.
    every_ms  messages are at least this far apart.
    encoding  as of StreamView.
    """

    coins: tuple[str, ...] | None = None
    every_ms: int = 0
    encoding: Encoding = "text"

    @property
    def coin(self) -> None:
        """None: it is of no single coin."""
        return None

    @property
    def key(self) -> str:
        """A connection has one of these."""
        return MARKS_KEY

    def is_listed(self, markets: Markets) -> bool:  # noqa: ARG002
        """True: marks of coins that are not listed are left out."""
        return True


Look = StreamView | MarksView
