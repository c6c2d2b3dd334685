"""States of accounts over a socket: a few followed for good, unread ones for a moment each (docs/coverage.md)."""

from liqscape.feed.state_streams.allowance import Allowance
from liqscape.feed.state_streams.choice import choose_followed
from liqscape.feed.state_streams.places import StateStreams, StreamFigures
from liqscape.feed.state_streams.socket import StateSocket

__all__ = ["Allowance", "StateSocket", "StateStreams", "StreamFigures", "choose_followed"]
