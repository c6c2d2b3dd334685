"""States of accounts over a socket: a few followed for good, unread ones for a moment each (docs/coverage.md)."""

from liqscape.feed.streams.allowance import Allowance
from liqscape.feed.streams.choice import choose_followed
from liqscape.feed.streams.socket import StateSocket
from liqscape.feed.streams.streams import StateStreams, StreamFigures

__all__ = ["Allowance", "StateSocket", "StateStreams", "StreamFigures", "choose_followed"]
