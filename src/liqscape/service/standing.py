"""How the newest frame stands: the one answer to "is it live?", given by every door of the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FeedState = Literal["live", "stale", "reconnecting", "stored", "none"]


@dataclass(frozen=True)
class Standing:
    """is_live       frames arrive and are of now: what the page calls LIVE.

    feed          state of the sources the frames are made from; none: no source is followed.
    is_time_held  the exchange tells no time, so that the time of the frames stands still.
    """

    is_live: bool
    feed: FeedState = "none"
    is_time_held: bool = False


STILL = Standing(is_live=False)
"""A recording, or stored history: nothing is to come."""
STORED = Standing(is_live=False, feed="stored")
"""What another program stores, minute by minute."""
MADE_HERE = Standing(is_live=True)
"""A market made by this program: frames come while it runs."""


def standing_of_feed(state: FeedState, *, is_time_held: bool = False) -> Standing:
    """How the newest frame of a map that follows sources stands."""
    return Standing(state == "live", state, is_time_held)
