"""Sweep states between two studied minutes: the live map's marks at the edges of clusters, batch by batch.

Provisional: the next studied minute decides from the whole path, and takes their place (insight/sweeps/edge_watch.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from liqscape.insight.study_columns import SWEEP_WORDS
from liqscape.insight.sweeps import EdgeWatch, ProvisionalSweep
from liqscape.model.events import Event, MarksUpdated
from liqscape.service.studying.standing import ProvisionalStates, StudyStanding, StudyState


class LiveEdges:
    """`observe` takes every event of a live map, one thread at a time; what it finds stands in the study's state."""

    def __init__(self, state: StudyState) -> None:
        self._state = state
        self._watch = EdgeWatch(0)
        self._coins: tuple[str, ...] = ()
        self._studied: StudyStanding | None = None
        self._found: dict[str, dict[str, str]] = {}

    def observe(self, events: Iterable[Event]) -> None:
        """Look at new marks. Some 10 us a batch of 250 coins where no edge is met."""
        for event in events:
            if isinstance(event, MarksUpdated):
                self._look(event)

    def _look(self, event: MarksUpdated) -> None:
        markets = event.snapshot.markets
        if markets.coins is not self._coins and markets.coins != self._coins:
            self._watch, self._studied = EdgeWatch(len(markets)), None
        self._coins = markets.coins
        newest = self._state.newest
        if newest is not None and newest is not self._studied:
            self._studied, self._found = newest, {}
            edges = {
                index: standing.edges
                for coin, standing in newest.coins.items()
                if standing.edges.edges and (index := markets.find(coin)) is not None
            }
            self._note(self._watch.replace(newest.time_ms, edges))
        self._note(self._watch.observe(event.time_ms, event.snapshot.mark))

    def _note(self, changes: tuple[ProvisionalSweep, ...]) -> None:
        if not changes or self._studied is None:
            return
        for change in changes:
            coin = self._coins[change.market_index]
            self._found[coin] = {**self._found.get(coin, {}), change.cluster_id: SWEEP_WORDS[change.state]}
        self._state.provisional = ProvisionalStates(self._studied.time_ms, dict(self._found))
