"""How sure bands are, asked of a moment (docs/intervals.md): worked out when asked for, never with a frame."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from liqscape.errors import NotFound
from liqscape.heatmap.grid import band_edge, band_of_price, merge_band
from liqscape.insight.intervals import BandIntervals, IntervalRules, band_intervals, held_levels
from liqscape.insight.intervals.hazard import MeasuredHazard, measured_hazard
from liqscape.risk.liquidation import solve_roots
from liqscape.service.answers.intervals import BandIntervalColumns, SpanInterval, band_interval_columns, span_interval
from liqscape.units import HOUR_MS

if TYPE_CHECKING:
    from liqscape.service.joint import JointQuestions
    from liqscape.service.moments import AskedMoment, Moments
    from liqscape.service.near_estimates import AskNear
    from liqscape.units import Float64Array, Int32Array

WITHIN_PERCENT = 10.0
KEPT_HAZARDS = 64
FOLLOWED = frozenset({"api", "node", "sandbox"})
"""Kinds of maps in which prints move positions between two readings."""
MADE_OF = "from age, open interest not held, unknown margin"
NO_UNREAD = "how many accounts were not read is not known at this time: small positions that are missing are left out"
NO_JOINT = "solo levels only: BTC's mark, by which coins move together, is not known"
NO_INTEREST = "no high: open interest is not known"


class IntervalQuestions:
    """Answers for moments. joint: levels of all coins moving; near: what is waiting to be read, now; moments: where the
    frame an hour before is found, None: the shipped hazard."""

    def __init__(
        self,
        joint: JointQuestions,
        near: AskNear,
        moments: Moments | None = None,
        rules: IntervalRules | None = None,
    ) -> None:
        self._joint, self._near, self._moments, self._rules = joint, near, moments, rules or IntervalRules()
        self._hazards: dict[int, MeasuredHazard | None] = {}

    def of_bands(self, moment: AskedMoment, market_index: int, level: int) -> BandIntervalColumns:
        """Every band within WITHIN_PERCENT of the mark, and those beyond that hold something."""
        mark = float(moment.reported.snapshot.mark[market_index])
        shown = moment.frame.bands_of(market_index).band
        band = np.unique(merge_band(np.concatenate((shown, _near_bands(mark))), level)).astype(np.int32)
        edges = band_edge(band, level), band_edge(band + 1, level)
        found, note = self._ask(moment, market_index, *edges)
        return band_interval_columns(found, band, edges, WITHIN_PERCENT, (self._rules.share, note))

    def of_span(self, moment: AskedMoment, market_index: int, price_low: float, price_high: float) -> SpanInterval:
        """One span of prices, [price_low, price_high)."""
        found, note = self._ask(moment, market_index, np.array([price_low]), np.array([price_high]))
        return span_interval(found, (price_low, price_high), self._rules.share, note)

    def _ask(
        self, moment: AskedMoment, market_index: int, low: Float64Array, high: Float64Array
    ) -> tuple[BandIntervals, str]:
        accounts, snapshot, notes = moment.accounts, moment.reported.snapshot, [MADE_OF]
        root = solve_roots(accounts, snapshot, moment.tables)
        joint: Float64Array | None = None
        try:
            joint = self._joint.levels(moment).price
            notes[0] += ", solo and joint levels"
        except NotFound:
            notes.append(NO_JOINT)
        near = self._near() if moment.sequence is not None else None
        unread = None if near is None else near.unread
        if unread is None:
            notes.append(NO_UNREAD)
        if np.isnan(snapshot.open_interest[market_index]):
            notes.append(NO_INTEREST)
        rules, is_followed = self._rules, moment.reported.provenance.kind in FOLLOWED
        hazard = self._hazard(moment, root) if is_followed else None
        if hazard is not None:
            rules = replace(rules, unseen_per_hour=hazard.per_hour)
            notes.append(f"levels move unseen {hazard.per_hour:.3g} an hour, measured on {hazard.n:,} positions")
        held = held_levels(accounts, snapshot, market_index, root, joint)
        found = band_intervals(
            held,
            low,
            high,
            unread=unread,
            is_followed=is_followed,
            rules=rules,
        )
        return found, "; ".join(notes)

    def _hazard(self, moment: AskedMoment, root: Float64Array) -> MeasuredHazard | None:
        """Between the frame of an hour ago and this one, measured once an hour of the map's time."""
        hour = moment.reported.time_ms // HOUR_MS
        if self._moments is None:
            return None
        if hour not in self._hazards:
            found = None
            try:
                before = self._moments.at(moment.reported.time_ms - HOUR_MS)
                earlier = solve_roots(before.accounts, before.reported.snapshot, before.tables)
                if before.reported.snapshot.markets == moment.reported.snapshot.markets:
                    found = measured_hazard(before.accounts, moment.accounts, earlier, root)
            except NotFound:
                pass  # nothing is stored so long before
            if len(self._hazards) >= KEPT_HAZARDS:
                self._hazards.clear()
            self._hazards[hour] = found
        return self._hazards[hour]


def _near_bands(mark: float) -> Int32Array:
    """Base bands within WITHIN_PERCENT of a mark; none where it is unknown."""
    if not mark > 0.0:
        return np.empty(0, np.int32)
    share = WITHIN_PERCENT / 100.0
    first, last = band_of_price(np.array([mark * (1.0 - share), mark * (1.0 + share)])).tolist()
    return np.arange(first, last + 1, dtype=np.int32)
