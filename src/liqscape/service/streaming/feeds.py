"""Places grouped by what they look at, and which groups may be sent something. For the event loop only."""

from __future__ import annotations

from liqscape.heatmap.moment import Moment
from liqscape.service.streaming.client import Client, Feed, StreamPlace
from liqscape.service.streaming.looks import Look
from liqscape.service.streaming.telling import HeldView


class ViewFeeds:
    """One feed a view that somebody has."""

    def __init__(self) -> None:
        self._feeds: dict[Look, Feed] = {}

    def __len__(self) -> int:
        return len(self._feeds)

    def __contains__(self, view: Look) -> bool:
        return view in self._feeds

    def join(self, client: Client, view: Look) -> StreamPlace:
        """Add a place of a client in the feed of a view."""
        feed = self._feeds.setdefault(view, Feed(view))
        place = StreamPlace(feed, client)
        feed.places.add(place)
        return place

    def part(self, place: StreamPlace) -> None:
        """Remove a place; a view that nobody looks at is forgotten."""
        feed, place.feed = place.feed, None
        if feed is None:
            return
        feed.places.discard(place)
        if not feed.places and self._feeds.get(feed.view) is feed:
            del self._feeds[feed.view]

    def switch(self, place: StreamPlace, view: Look) -> None:
        """Move a place to another view, where it begins anew."""
        self.part(place)
        place.feed = self._feeds.setdefault(view, Feed(view))
        place.feed.places.add(place)
        place.ask_snapshot()

    def note(self, now: Moment | None) -> None:
        """Note a new frame, which may be sent later or never; whether one was stored is sent all the same."""
        if now is not None and now.is_stored:
            for feed in self._feeds.values():
                feed.is_stored = True

    def see(self, now: Moment, *, is_first: bool) -> None:
        """Let readers who cannot go on from what they got last begin anew with this frame.

        is_first  what was told before was of stored frames, which are counted apart.
        """
        for feed in self._feeds.values():
            if is_first:
                feed.forget()
            elif feed.reported is None and feed.view.is_listed(now.frame.snapshot.markets):
                feed.begin_again()

    def due_in(self, newest: Moment | None, now_s: float) -> float | None:
        """Seconds until a reader of an older frame may be sent the newest; None where there is none."""
        waits = [feed.may_at - now_s for feed, _ in self._behind(newest)]
        return max(0.0, min(waits)) if waits else None

    def due(self, newest: Moment | None, now_s: float) -> list[tuple[Feed, HeldView, bool]]:
        """Feeds that may be sent something, what they got last, and whether a frame was stored since."""
        return [(feed, reported, feed.is_stored) for feed, reported in self._behind(newest) if feed.may_at <= now_s]

    def _behind(self, newest: Moment | None) -> list[tuple[Feed, HeldView]]:
        if newest is None:
            return []
        feeds = [(feed, feed.reported) for feed in self._feeds.values()]
        return [
            (feed, reported) for feed, reported in feeds if reported is not None and reported.sequence < newest.sequence
        ]
