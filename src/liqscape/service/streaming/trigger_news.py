"""Known stops and take-profits of coins that readers of the stream follow, whenever they are not what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from liqscape.errors import NotFound
from liqscape.service.answers.triggers import TriggerStanding
from liqscape.service.streaming.channels import Coins
from liqscape.service.triggers import TriggerQuestions

if TYPE_CHECKING:
    from liqscape.service.view import MapView

EVERY_MS = 5_000
"""Of the map's time between two looks: to sort the orders of every coin takes longer than a frame does."""


class TriggersMessage(TriggerStanding, frozen=True, kw_only=True, tag="triggers", tag_field="type"):
    """Push message: known trigger orders of a coin, in place of what was said of them before."""


class TriggerWatch:
    """Looks at the newest frame of a map. In one thread at a time."""

    def __init__(self, view: MapView) -> None:
        self._view = view
        self._questions = TriggerQuestions(view)
        self._said: dict[str, TriggerStanding] = {}
        self._looked_ms: int | None = None

    def is_due(self, time_ms: int) -> bool:
        """Whether a frame of this time is looked at."""
        return self._looked_ms is None or abs(time_ms - self._looked_ms) >= EVERY_MS

    def look(self, coins: Coins, new: Coins = frozenset()) -> list[TriggersMessage]:
        """Of these coins those whose orders are not what was said. A coin that went is not spoken of.

        new  coins that somebody follows since the last look: said again.
        """
        found = []
        snapshot = self._view.moment(None).reported.snapshot
        self._looked_ms = snapshot.time_ms
        for coin in snapshot.markets.coins if coins is None else sorted(coins):
            try:
                standing = self._questions.standing(coin)
            except NotFound:
                self._said.pop(coin, None)
                continue
            before, self._said[coin] = self._said.get(coin), standing
            if before is None or new is None or coin in new or _orders_of(before) != _orders_of(standing):
                found.append(TriggersMessage(**msgspec.structs.asdict(standing)))
        return found


def _orders_of(standing: TriggerStanding) -> object:
    """All but what moves by itself: time, mark, distances, ages. A cluster's size is of the mark by its rounding."""
    coverage, clusters = standing.coverage, standing.clusters
    return (
        None if coverage is None else (coverage.share, coverage.map_share, coverage.known_account_count),
        standing.totals,
        None if clusters is None else [msgspec.structs.replace(each, size=0, distance_percent=0) for each in clusters],
    )
