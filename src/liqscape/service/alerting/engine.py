"""The engine of alerts: hears what a map brings, holds rules against it beside the loop, and hands on what fires.

One path for every map: marks, frames, studied minutes, liquidations and the standing come from `MapView.live` and
`MapView.studied`, whoever makes them. Work is queued in the order it came and done by one thread; what is slow behind
it (an outbox, a disk) never holds the map up.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from liqscape.errors import LiqscapeError
from liqscape.heatmap.moment import Moment
from liqscape.insight.alerts import Alert, AlertKind, Rule
from liqscape.insight.alerts.evaluator import AlertEvaluator
from liqscape.insight.alerts.inputs import LiquidationSeen, MarkBatch
from liqscape.insight.alerts.state import RuleState
from liqscape.insight.study_rows import CascadeRow, ClusterRow, SweepRow
from liqscape.ledger.known_addresses import rows_among
from liqscape.model.events import MarksUpdated
from liqscape.model.liquidations import Liquidation
from liqscape.service.alerting.facts import (
    FundingMemory,
    cash_of_notes,
    facts_of,
    levels_of,
    liquidation_seen,
    stops_of,
    stored_liquidation_seen,
)
from liqscape.service.alerting.kept import KeptAlerts
from liqscape.service.alerting.rule_store import RuleStore
from liqscape.service.alerting.stored_rows import study_records
from liqscape.service.executors import beside
from liqscape.units import HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from liqscape.service.studying.standing import StudyStanding
    from liqscape.service.view import MapView

log = logging.getLogger("liqscape.alerts")

TICK_SECONDS = 2.0
"""How often silence is looked at, and the file of rules."""
MAX_WAITING = 10_000
"""Things that wait to be looked at; beyond it the oldest go, and it is said."""
MAX_MISSED_MS = HOUR_MS
"""What happened while the program was down is told up to so long after it."""
MAX_LIQUIDATIONS = 10_000
STOPS_MS = 10_000
"""Clusters of stops are found anew after so long, by the map's time: trigger orders are read minutes apart, and to find
them of every coin takes as long as many batches of marks."""
LOST_FEEDS = frozenset({"stale", "reconnecting"})


class AlertSink(Protocol):
    """Where alerts go."""

    def put(self, alerts: Sequence[Alert]) -> None:
        """Take alerts; they are durable when it returns. The same one may come twice, under the same id."""


class AlertEngine:
    """`run` works until it is cancelled; doors read `states`, `fired` and `rules`.

    rules         of the file.
    kept          what is kept over a restart.
    liquidations  folder of stored ones; None: there are none.
    now_ms        our clock: how long nothing has come.
    """

    def __init__(
        self,
        view: MapView,
        rules: RuleStore,
        kept: KeptAlerts,
        sinks: Sequence[AlertSink] = (),
        *,
        liquidations: Path | None = None,
        executor: Executor | None = None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.rules, self.kept = rules, kept
        self.sinks: list[AlertSink] = list(sinks)
        self.on_fired: list[Callable[[Sequence[Alert]], None]] = []
        """Told of alerts that were handed on, in the thread of the engine."""
        self.dropped_count = 0
        self.latency_ms: float | None = None
        """From the last thing that fired, as it came, to the sinks having it."""
        self._view = view
        self._liquidations = liquidations
        self._executor = executor
        self._now_ms = now_ms
        self._evaluator = AlertEvaluator(kept.memory())
        self._funding = FundingMemory()
        self._moment: Moment | None = None
        self._levels_of: tuple[Moment | None, frozenset[str]] = None, frozenset()
        self._stops_of: tuple[int, frozenset[str] | None] | None = None
        self._studied: StudyStanding | None = None
        self._is_caught_up = False
        self._heard_ms = now_ms()
        self._lost_since_ms: int | None = None
        self._held: tuple[Rule, ...] | None = None
        self._waiting: deque[tuple[int, Callable[[], list[Alert]]]] = deque()
        self._wake: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_listening: list[Callable[[], None]] = []

    # What doors read, from any thread

    def states(self) -> dict[str, RuleState]:
        """How each rule stands."""
        return dict(self._evaluator.memory.rules)

    def fired(self) -> list[Alert]:
        """Alerts that fired last, the newest last."""
        return self.kept.fired()

    def rules_changed(self) -> None:
        """Take the rules of the file; from any thread."""
        self._queue(self._take_rules)

    # What comes, in any thread

    def see_marks(self, event: MarksUpdated) -> None:
        """Marks between two frames."""
        batch = MarkBatch(event.time_ms, event.snapshot.markets.coins, event.snapshot.mark)
        self._queue(lambda: self._evaluator.see_marks(batch))

    def see_moment(self, moment: Moment) -> None:
        """A new frame."""
        self._heard_ms = self._now_ms()
        self._queue(lambda: self._frame(moment))

    def see_study(self, standing: StudyStanding) -> None:
        """A studied minute."""
        if standing.coins:
            self._queue(lambda: self._study(standing))

    def see_liquidations(self, events: Sequence[Liquidation], coins: Sequence[str]) -> None:
        """Liquidations as they become known, with the coins of the markets they name."""
        found = [liquidation_seen(event, coins[event.market_index]) for event in events]
        self._queue(lambda: self._liquidated(found))

    # Running

    async def run(self) -> None:
        """Hold rules against what comes until cancelled."""
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        self.begin()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._wake.wait()
            self._wake.clear()
            self.hear_standing()
            try:
                await beside(self._executor, self.work)
            except Exception:
                log.exception("rules were not held against what came; they go on with what comes next")

    def close(self) -> None:
        """Hear nothing any more."""
        for stop in self._stop_listening:
            stop()
        self._stop_listening = []

    def work(self) -> None:
        """Look at all that waits, and at silence. One thread at a time."""
        if self.rules.look() or self._held is None:
            self._waiting.appendleft((time.perf_counter_ns(), self._take_rules))
        while self._waiting:
            came_ns, look = self._waiting.popleft()
            self._hand_on(came_ns, look())
        now_ms = self._now_ms()
        if self._moment is not None and self._has(AlertKind.STALE):
            silent_ms = now_ms - min(self._heard_ms, now_ms if self._lost_since_ms is None else self._lost_since_ms)
            at_ms = self._moment.frame.time_ms + max(0, now_ms - self._heard_ms)
            self._hand_on(time.perf_counter_ns(), self._evaluator.see_silence(at_ms, silent_ms))
        memory = self._evaluator.memory
        if memory.is_changed:
            memory.forget_old(0 if self._moment is None else self._moment.frame.time_ms)
            self.kept.keep(memory)

    def begin(self) -> None:
        """Listen to the map."""
        if self._stop_listening:
            return
        live, studied = self._view.live, self._view.studied.state
        if live is not None:
            self._stop_listening += [
                live.listen(self.see_moment),
                live.listen_to_marks(self.see_marks),
                live.listen_to_liquidations(self.see_liquidations),
            ]
            if live.now is not None:
                self.see_moment(live.now)
        if studied is not None:
            self._stop_listening.append(studied.listen(self.see_study))
            if studied.newest is not None:
                self.see_study(studied.newest)

    def _queue(self, look: Callable[[], list[Alert]]) -> None:
        self._waiting.append((time.perf_counter_ns(), look))
        if len(self._waiting) > MAX_WAITING:
            with suppress(IndexError):
                self._waiting.popleft()
            self.dropped_count += 1
        if self._loop is not None and self._wake is not None:
            with suppress(RuntimeError):  # the loop is closed: nobody is to be told any more
                self._loop.call_soon_threadsafe(self._wake.set)

    def hear_standing(self) -> None:
        """Note since when the feed of the map is lost."""
        live = self._view.live
        is_lost = live is not None and live.standing.feed in LOST_FEEDS
        if not is_lost:
            self._lost_since_ms = None
        elif self._lost_since_ms is None:
            self._lost_since_ms = self._now_ms()

    # One thing that came

    def _take_rules(self) -> list[Alert]:
        held = self.rules.held.rules
        if held != self._held:
            self._held = held
            # By the map's own time: what happens is of it too.
            newest = self._moment or (None if self._view.live is None else self._view.live.now)
            self._evaluator.take_rules(held, self._now_ms() if newest is None else newest.frame.time_ms)
            self._see_levels()
            self._see_stops()
            return self._evaluator.look_again()
        return []

    def _frame(self, moment: Moment) -> list[Alert]:
        if self._moment is None:
            self._evaluator.late_before_ms = moment.frame.time_ms
        self._moment = moment
        funding = self._funding.see(moment.frame)
        self._see_levels()
        self._see_stops()
        found = self._evaluator.see_frame(facts_of(moment.frame, funding))
        notes = None if moment.notes is None else moment.notes.accounts
        if moment.is_stored and notes is not None and self._has(AlertKind.MARGIN_ADDED):
            coins = moment.frame.snapshot.markets.coins
            addresses = moment.accounts.addresses
            rows = rows_among(addresses, self._evaluator.watched_addresses)
            received = cash_of_notes(notes, rows, addresses, coins)
            found += self._evaluator.see_cash(moved for _, moved in received)
        if self._view.studied.state is None and moment.is_stored:
            found += self._stored_since(moment.frame.time_ms)
        return found

    def _study(self, standing: StudyStanding) -> list[Alert]:
        self._studied = standing
        evaluator, time_ms = self._evaluator, standing.time_ms
        found: list[Alert] = []
        if not self._is_caught_up:
            self._is_caught_up = True
            found += self._stored_since(time_ms)
        found += evaluator.see_clusters(time_ms, {coin: each.clusters for coin, each in standing.coins.items()})
        found += evaluator.see_asymmetry(time_ms, [row for each in standing.coins.values() for row in each.asymmetry])
        sweeps = [row for each in standing.coins.values() for row in each.sweeps]
        for rows in standing.news.values():
            found += evaluator.see_cluster_rows(rows.clusters)
            found += evaluator.see_cascades(rows.cascades)
            sweeps += rows.sweeps
        found += evaluator.see_sweeps(sweeps)
        evaluator.memory.studied_ms = time_ms
        evaluator.memory.note_change()
        return found

    def _liquidated(self, events: Sequence[LiquidationSeen]) -> list[Alert]:
        if events:
            self._evaluator.memory.liquidated_ms = max(event.first_ms for event in events)
            self._evaluator.memory.note_change()
        return self._evaluator.see_liquidations(events)

    def _stored_since(self, time_ms: int) -> list[Alert]:
        """What was studied and liquidated since rules were last held against it: while the program was down, or what
        another program stores."""
        memory, evaluator = self._evaluator.memory, self._evaluator
        found: list[Alert] = []
        start_ms = max(time_ms - MAX_MISSED_MS, (memory.studied_ms or time_ms) + 1)
        try:
            if start_ms < time_ms:
                studied = self._view.studied
                rows = {name: studied.rows(name, None, start_ms, time_ms) for name in ("clusters", "cascades")}
                sweeps = studied.rows("sweeps", None, start_ms - MAX_MISSED_MS, time_ms)
                found += evaluator.see_cluster_rows(study_records(rows["clusters"], ClusterRow))
                found += evaluator.see_sweeps(study_records(sweeps, SweepRow))
                found += evaluator.see_cascades(study_records(rows["cascades"], CascadeRow))
            found += self._stored_liquidations(time_ms)
        except (LiqscapeError, OSError) as error:
            log.warning("what was missed cannot be read: %s", error)
        memory.studied_ms = time_ms
        memory.note_change()
        return found

    def _stored_liquidations(self, time_ms: int) -> list[Alert]:
        from liqscape.store.liquidations import LiquidationFilter, LiquidationReader

        memory = self._evaluator.memory
        last_ms = memory.liquidated_ms
        if self._liquidations is None or not self._has(AlertKind.LIQUIDATION):
            return []
        # One may be stored later than others that began after it: those told already are known.
        start_ms = max(time_ms - MAX_MISSED_MS, (last_ms or time_ms) - 10 * MINUTE_MS)
        wanted = LiquidationFilter(from_ms=start_ms, to_ms=time_ms + 1)
        events = LiquidationReader(self._liquidations).find(wanted, MAX_LIQUIDATIONS).rows
        return self._liquidated([stored_liquidation_seen(event) for event in reversed(events)])

    def _see_levels(self) -> None:
        moment, watched = self._moment, self._evaluator.watched_addresses
        if moment is not None and (watched or self._levels_of[1]) and self._levels_of != (moment, watched):
            self._levels_of = moment, watched
            self._evaluator.see_levels(levels_of(moment, watched) if watched else ())

    def _see_stops(self) -> None:
        """Clusters of stops, of the coins that rules ask for; nothing is looked at where no rule does."""
        moment, watched, before = self._moment, self._evaluator.watched_stops, self._stops_of
        is_asked = self._has(AlertKind.NEAR_STOPS)
        if moment is None or not (is_asked or before is not None):
            return
        found, snapshot = moment.triggers if is_asked else None, moment.frame.snapshot
        if found is None:
            self._stops_of = None
            self._evaluator.see_stops(())
        elif before is None or before[1] != watched or abs(snapshot.time_ms - before[0]) >= STOPS_MS:
            self._stops_of = snapshot.time_ms, watched
            self._evaluator.see_stops(stops_of(found, moment.accounts, snapshot, watched))

    def _has(self, kind: AlertKind) -> bool:
        return kind in self._evaluator.kinds

    def _hand_on(self, came_ns: int, alerts: Sequence[Alert]) -> None:
        if not alerts:
            return
        for sink in self.sinks:
            try:
                sink.put(alerts)
            except Exception:
                log.exception("%d alerts could not be handed on; they are shown on the page", len(alerts))
        self.latency_ms = (time.perf_counter_ns() - came_ns) / 1e6
        self.kept.add(alerts)
        for tell in self.on_fired:
            tell(alerts)
