"""What is stored of some coins as one rule sees it, in the order of time: the same inputs that a live map gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from liqscape.insight.alerts import Alert, AlertKind, Rule
from liqscape.insight.alerts.afterwards import HORIZONS, MarkRecord
from liqscape.insight.alerts.evaluator import AlertEvaluator
from liqscape.insight.alerts.inputs import AccountLevel, FrameFacts, MarkBatch
from liqscape.insight.alerts.kinds import NEEDS_EACH_MINUTE, OF_STUDY
from liqscape.insight.study_rows import CascadeRow, ClusterChangeRow, ClusterRow, StudiedAsymmetry, SweepRow
from liqscape.service.alerting.facts import PERCENT_8H, cash_of_notes, stops_of, stored_liquidation_seen
from liqscape.service.alerting.stored_rows import study_records
from liqscape.service.questions import MAX_HISTORY_COLUMNS
from liqscape.store.history.series import MAX_FUNDING_AGE_MS, FramePath
from liqscape.units import DAY_MS, MINUTE_MS, Float64Array

if TYPE_CHECKING:
    from liqscape.service.view import MapView
    from liqscape.store.history import HistoryReader

Look = Callable[[AlertEvaluator], list[Alert]]
Placed = tuple[int, int, Look]
"""(time, order among those of one time, what is looked at)"""

OF_MARKS = frozenset(
    {
        AlertKind.NEAR_CLUSTER,
        AlertKind.NEAR_LEVEL,
        AlertKind.LEVEL_TOUCHED,
        AlertKind.ACCOUNT_NEAR,
        AlertKind.NEAR_STOPS,
    }
)
STANDING = frozenset({AlertKind.NEAR_CLUSTER, AlertKind.CLUSTER_GROWN})
BORN_AND_ENDED = frozenset({AlertKind.CLUSTER_BORN, AlertKind.CLUSTER_DISSOLVED})
MAX_LIQUIDATIONS = 200_000
MARKS, FRAME, LEVELS, STUDY = range(4)
STOP_LOOKS = 200
"""Frames of which trigger orders and all accounts are read."""
STEP_MS = 15 * MINUTE_MS
POINTS = ("mark_first", "mark_low", "mark_high", "mark_last")


class StoredFeed:
    """Of one rule and the coins it is about. liquidations: folder of stored ones."""

    def __init__(
        self, view: MapView, reader: HistoryReader, rule: Rule, coins: tuple[str, ...], liquidations: Path | None
    ) -> None:
        self._view, self._reader, self._rule, self._coins = view, reader, rule, coins
        self._liquidations = liquidations
        self._knows_stops = False
        self._points: dict[str, MarkRecord] = {}
        self._points_span = (0, 0)

    def between(self, start_ms: int, end_ms: int) -> Iterator[Look]:
        """All of [start, end)."""
        kind = self._rule.kind
        placed = list(self._frames(start_ms, end_ms))
        if kind in OF_MARKS:
            placed += self._marks_between(start_ms, end_ms)
        if kind is AlertKind.ACCOUNT_NEAR:
            placed += self._levels(start_ms, end_ms)
        if kind is AlertKind.NEAR_STOPS:
            placed += self._stops(start_ms, end_ms)
        if kind in STANDING:
            placed += self._standing(start_ms, end_ms)
        placed += self._events(start_ms, end_ms)
        placed.sort(key=lambda each: each[:2])
        for _, _, look in placed:
            yield look

    def marks(self, coin: str, start_ms: int, end_ms: int) -> MarkRecord:
        """Every stored mark of a coin: of frames and of the paths between them."""
        times, marks = self._reader.mark_path(coin, start_ms, end_ms)
        between = self._points_of(coin, start_ms, end_ms)
        at_ms, mark = np.concatenate((times, between.time_ms)), np.concatenate((marks, between.mark))
        own = np.flatnonzero((mark > 0.0) & (at_ms >= start_ms) & (at_ms < end_ms))
        order = own[np.argsort(at_ms[own], kind="stable")]
        return MarkRecord(at_ms[order], mark[order])

    def notes(self, start_ms: int, end_ms: int) -> list[str]:
        """What stored minutes do not hold, a sentence each."""
        kind, found = self._rule.kind, []
        if kind in OF_STUDY and not self._is_studied(start_ms, end_ms):
            found.append(
                "this time was not studied, so nothing of clusters, sweeps and cascades is known: liqscape study"
            )
        if kind in NEEDS_EACH_MINUTE:
            found.append(
                "what stands is stored each quarter of an hour: between two of them spans and asymmetry are those "
                "before, while births, ends and sizes are of the minute"
            )
        if kind in OF_MARKS:
            found.append(
                "marks between frames are stored where they cross a base band (0.05 %), with the lowest and highest: a "
                "passing is exact, its time to the mark that was kept"
            )
        if kind is AlertKind.ACCOUNT_NEAR:
            found.append(f"levels of the account are looked at {MAX_HISTORY_COLUMNS} times over the span at most")
        if kind is AlertKind.NEAR_STOPS and self._knows_stops:
            found.append(
                f"stops are looked at {STOP_LOOKS} times over the span at most, and between two of them stand as before"
            )
        elif kind is AlertKind.NEAR_STOPS:
            found.append("no trigger orders are stored of this time: its stops are unknown, and nothing can fire")
        if kind is AlertKind.CLUSTER_SWEPT:
            found.append("a sweep is stored once the marks an hour after it are known: the last ones may be missing")
        if kind is AlertKind.MARGIN_ADDED:
            found.append("only what was written down as deposit or transfer is stored")
        found.append("what came after describes this time alone: times in a row share their future")
        return found

    # Frames and marks

    def _frames(self, start_ms: int, end_ms: int) -> Iterator[Placed]:
        paths = [self._reader.coin_path(coin, start_ms, end_ms) for coin in self._coins]
        times = paths[0].time_ms
        if not len(times):
            return
        mark = np.column_stack([path.mark for path in paths])
        interest = np.column_stack([path.open_interest for path in paths])
        size = np.column_stack([path.size for path in paths])
        funding = np.column_stack([_funding(path) for path in paths])
        with np.errstate(invalid="ignore", divide="ignore"):
            whole = 2.0 * interest
            coverage = np.where(whole > 0.0, size / whole, np.nan)
            is_known = whole * mark > 0.0
            total = np.where(is_known, whole * mark, 0.0).sum(axis=1)
            coverage_all = np.where(is_known, size * mark, 0.0).sum(axis=1) / np.where(total > 0.0, total, np.nan)
        for row, time_ms in enumerate(times.tolist()):
            facts = FrameFacts(
                time_ms=time_ms,
                coins=self._coins,
                mark=mark[row],
                open_interest=interest[row],
                coverage=coverage[row],
                coverage_all=float(coverage_all[row]),
                funding_8h=funding[row],
                account_age_ms=None,
                provenance=self._reader.provenance,
            )
            yield time_ms, FRAME, methodcaller("see_frame", facts)
        if self._rule.kind is AlertKind.STALE:
            yield from self._silences(times.tolist())

    def _silences(self, times: list[int]) -> Iterator[Placed]:
        assert self._rule.minutes is not None
        limit_ms = int(self._rule.minutes * MINUTE_MS)
        for before, now in pairwise(times):
            if now - before > limit_ms:
                yield before + limit_ms, MARKS, methodcaller("see_silence", before + limit_ms, limit_ms)
            yield now, FRAME, methodcaller("see_silence", now, 0)

    def _marks_between(self, start_ms: int, end_ms: int) -> Iterator[Placed]:
        records = [self._points_of(coin, start_ms, end_ms) for coin in self._coins]
        at_ms = np.concatenate([record.time_ms for record in records])
        if not len(at_ms):
            return
        mark = np.concatenate([record.mark for record in records])
        coin = np.repeat(np.arange(len(records)), [len(record.time_ms) for record in records])
        order = np.argsort(at_ms, kind="stable")
        at_ms, mark, coin = at_ms[order], mark[order], coin[order]
        starts = np.flatnonzero(np.diff(at_ms, prepend=-1))
        now = np.full(len(self._coins), np.nan)
        for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(at_ms)], strict=True):
            if not start_ms <= at_ms[start] < end_ms:
                continue
            now = now.copy()
            now[coin[start:stop]] = mark[start:stop]
            yield int(at_ms[start]), MARKS, methodcaller("see_marks", MarkBatch(int(at_ms[start]), self._coins, now))

    def _points_of(self, coin: str, start_ms: int, end_ms: int) -> MarkRecord:
        """Marks of a coin that were written down between frames in [start, end), by time; perhaps some beside it."""
        first_ms, last_ms = self._points_span
        if not first_ms <= start_ms <= end_ms <= last_ms:
            # What came after is asked for next, of the same minutes and four hours more.
            self._points_span = start_ms, end_ms + max(HORIZONS.values())
            self._points = self._read_points(*self._points_span)
        return self._points[coin]

    def _read_points(self, start_ms: int, end_ms: int) -> dict[str, MarkRecord]:
        at_ms: dict[str, list[np.ndarray[tuple[int, ...], np.dtype[np.int64]]]] = defaultdict(list)
        mark: dict[str, list[Float64Array]] = defaultdict(list)
        # A minute later too: what is written down of a minute is kept under the time of the frame that ends it.
        for run in self._reader.noted(start_ms, max(end_ms, start_ms + 1) + 5 * MINUTE_MS):
            for coin in self._coins:
                market = run.markets.find(coin)
                if market is None:
                    continue
                path = np.flatnonzero(run.path["market_index"] == market)
                at_ms[coin].append(run.path["at_ms"][path])
                mark[coin].append(run.path["mark"][path])
                rows = np.flatnonzero(run.coins["market_index"] == market)
                for name in POINTS:
                    at_ms[coin].append(run.coins[f"{name}_ms"][rows])
                    mark[coin].append(run.coins[name][rows])
        found = {}
        for coin in self._coins:
            times = np.concatenate([*at_ms[coin], np.empty(0, np.int64)])
            marks = np.concatenate([*mark[coin], np.empty(0)])
            known = np.flatnonzero((marks > 0.0) & (times >= 0))
            order = known[np.argsort(times[known], kind="stable")]
            found[coin] = MarkRecord(times[order].astype(np.int64), marks[order].astype(np.float64))
        return found

    # Accounts

    def _levels(self, start_ms: int, end_ms: int) -> Iterator[Placed]:
        assert self._rule.address is not None
        steps: dict[int, list[AccountLevel]] = defaultdict(list)
        seen: set[int] = set()
        for coin in self._coins:
            window = self._reader.account_window(self._rule.address, coin, start_ms, end_ms, MAX_HISTORY_COLUMNS)
            for at_ms, size, price in zip(
                window.as_of_ms.tolist(), window.size.tolist(), window.liquidation_price.tolist(), strict=True
            ):
                if at_ms < 0:
                    continue
                seen.add(at_ms)
                if price > 0.0 and np.isfinite(price):
                    level = AccountLevel(
                        address=self._rule.address,
                        coin=coin,
                        side="long" if size > 0.0 else "short",
                        price=price,
                        size=size,
                        time_ms=at_ms,
                    )
                    steps[at_ms].append(level)
        for at_ms in sorted(seen):
            yield at_ms, LEVELS, methodcaller("see_levels", steps[at_ms])

    def _stops(self, start_ms: int, end_ms: int) -> Iterator[Placed]:
        """Known stops as of some stored frames: between two of them they stand as they stood."""
        times = self._reader.frame_times(start_ms, end_ms)
        for at_ms in times[:: -(-len(times) // STOP_LOOKS) or 1].tolist():
            moment = self._view.moment(at_ms)
            found = moment.triggers
            coins, snapshot = set(self._coins), moment.reported.snapshot
            known = [] if found is None else stops_of(found, moment.accounts, snapshot, coins)
            self._knows_stops = self._knows_stops or bool(known)
            yield at_ms, LEVELS, methodcaller("see_stops", known)

    def _cash(self, start_ms: int, end_ms: int) -> Iterator[Placed]:
        for run in self._reader.noted(start_ms, end_ms):
            for addresses, notes in run.accounts:
                if self._rule.address not in addresses:
                    continue
                own = (addresses.index(self._rule.address),)
                for row, moved in cash_of_notes(notes, own, addresses, run.markets.coins):
                    yield int(notes["time_ms"][row]), STUDY, methodcaller("see_cash", (moved,))

    # What was studied

    def _standing(self, start_ms: int, end_ms: int) -> Iterator[Placed]:
        """Clusters that stand, whenever that changes; for growth at each minute in which their coins do."""
        is_grown = self._rule.kind is AlertKind.CLUSTER_GROWN
        by_time: dict[int, list[tuple[str, list[ClusterRow]]]] = defaultdict(list)
        changes: dict[int, list[ClusterChangeRow]] = defaultdict(list)
        for coin in self._coins:
            before_ms = start_ms - STEP_MS - MINUTE_MS
            rows = study_records(self._view.studied.rows("clusters", coin, before_ms, end_ms), ClusterRow)
            own: dict[int, list[ClusterRow]] = defaultdict(list)
            for row in rows:
                own[row.known_at_ms].append(row)
            for at_ms, found in own.items():
                by_time[at_ms].append((coin, found))
            if is_grown:
                table = self._view.studied.rows("cluster_changes", coin, start_ms, end_ms)
                for change in study_records(table, ClusterChangeRow):
                    changes[change.time_ms].append(change)
        standing: dict[str, dict[str, ClusterRow]] = {coin: {} for coin in self._coins}
        minutes = self._reader.frame_times(start_ms, end_ms).tolist() if is_grown else []
        for at_ms in sorted({*by_time, *changes, *minutes}):
            for change in changes.get(at_ms, ()):
                held = standing[change.coin].get(change.cluster_id)
                if held is not None:
                    standing[change.coin][change.cluster_id] = replace(held, size=held.size + change.size)
            for coin, found in by_time.get(at_ms, ()):
                standing[coin] = _stand(standing[coin], found)
            clusters = {coin: tuple(held.values()) for coin, held in standing.items()}
            yield max(at_ms, start_ms), STUDY, methodcaller("see_clusters", at_ms, clusters)

    def _events(self, start_ms: int, end_ms: int) -> Iterator[Placed]:
        kind = self._rule.kind
        if kind is AlertKind.LIQUIDATION:
            yield from self._liquidated(start_ms, end_ms)
        if kind is AlertKind.MARGIN_ADDED:
            yield from self._cash(start_ms, end_ms)
        studied = self._view.studied
        for coin in self._coins:
            if kind in BORN_AND_ENDED:
                rows = studied.rows("clusters", coin, start_ms - DAY_MS, end_ms)
                for row in study_records(rows, ClusterRow):
                    if row.event != "standing" and start_ms <= row.known_at_ms < end_ms:
                        yield row.known_at_ms, STUDY, methodcaller("see_cluster_rows", (row,))
            elif kind is AlertKind.CLUSTER_SWEPT:
                sweeps = study_records(studied.rows("sweeps", coin, start_ms - DAY_MS, end_ms), SweepRow)
                standing = studied.standing(coin)
                for sweep in (*sweeps, *(() if standing is None else standing.sweeps)):
                    if sweep.ended_ms is not None and start_ms <= sweep.ended_ms < end_ms:
                        yield sweep.ended_ms, STUDY, methodcaller("see_sweeps", (sweep,))
            elif kind is AlertKind.CASCADE_STATE:
                for cascade in study_records(studied.rows("cascades", coin, start_ms, end_ms), CascadeRow):
                    yield cascade.time_ms, STUDY, methodcaller("see_cascades", (cascade,))
            elif kind is AlertKind.ASYMMETRY:
                steps: dict[int, list[StudiedAsymmetry]] = defaultdict(list)
                for each in study_records(studied.rows("asymmetry", coin, start_ms, end_ms), StudiedAsymmetry):
                    steps[each.time_ms].append(each)
                for at_ms, found in steps.items():
                    yield at_ms, STUDY, methodcaller("see_asymmetry", at_ms, found)

    def _liquidated(self, start_ms: int, end_ms: int) -> Iterator[Placed]:
        from liqscape.store.liquidations import LiquidationFilter, LiquidationReader

        if self._liquidations is None:
            return
        rule = self._rule
        wanted = LiquidationFilter(
            coin=rule.coin, address=rule.address, from_ms=start_ms, to_ms=end_ms, min_notional=rule.min_usd or 0.0
        )
        for event in LiquidationReader(self._liquidations).find(wanted, MAX_LIQUIDATIONS).rows:
            yield event.first_ms, STUDY, methodcaller("see_liquidations", (stored_liquidation_seen(event),))

    def _is_studied(self, start_ms: int, end_ms: int) -> bool:
        spans = (span for coin in self._coins for span in self._view.studied.spans(coin))
        return any(span.first_ms < end_ms and span.last_ms >= start_ms for span in spans)


def _stand(held: dict[str, ClusterRow], found: list[ClusterRow]) -> dict[str, ClusterRow]:
    """Clusters that stand after rows of one time: a quarter of an hour tells all, what lies between births and ends."""
    if any(row.event == "standing" for row in found):
        return {row.cluster_id: row for row in found if row.event != "ended"}
    gone = {row.cluster_id for row in found if row.event == "ended"}
    born = {row.cluster_id: row for row in found if row.event == "born"}
    return {**{name: row for name, row in held.items() if name not in gone}, **born}


def _funding(path: FramePath) -> Float64Array:
    """(F,) percent per 8 hours of the full hour paid last at each frame."""
    place = np.searchsorted(path.paid_ms, path.time_ms, "right") - 1
    found = np.full(len(path.time_ms), np.nan)
    known = np.flatnonzero(place >= 0)
    known = known[path.time_ms[known] - path.hour_ms[place[known]] < MAX_FUNDING_AGE_MS]
    found[known] = path.rate[place[known]] * PERCENT_8H
    return found
