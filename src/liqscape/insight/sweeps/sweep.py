"""One sweep from the entry until its last figure is known, as a row of the table (docs/clusters.md, "Sweeps")."""

from __future__ import annotations

from msgspec import Struct

from liqscape.insight.mark_path import MarkPath
from liqscape.insight.minute import Minute
from liqscape.insight.records import SweepOutcome
from liqscape.insight.study_rows import SweepRow
from liqscape.insight.sweeps.members import NO_ROW, Members, SavedMembers
from liqscape.insight.sweeps.own_stops import NOT_REACHED
from liqscape.insight.sweeps.parts import SweepParts, judge, outcome_of
from liqscape.insight.sweeps.records import SweepStanding
from liqscape.insight.sweeps.walk import Walk
from liqscape.units import BASIS_POINTS, SIDE_WORDS, Side

WHOLE_ORDER_MS = 30_000
"""After a liquidation in part the exchange sends the user's whole position for so long (HL.DOC.LIQUIDATIONS)."""
NO_PLACEBO: tuple[float | None, int] = (None, 0)
"""None was asked for, or none ended yet."""


class Entry(Struct, frozen=True, kw_only=True, gc=False):
    """What holds for a sweep from its entry on.

    mark       first mark in the span, USD.
    sigma      of one minute, as of the last frame before; None unknown.
    far        distance of the far edge from the mark at that frame, in sigma; None unknown.
    depth_usd  of the book within 1 %, on the side that liquidations of the cluster go to; None unknown.
    known_lots of the lots at entry, those of accounts whose trigger orders were read; None: the frame has none.
    is_beyond  the cluster was first seen with the mark beyond it: nobody saw the crossing, so no overshoot is given.
    """

    cluster_id: str
    coin: str
    low: float
    high: float
    mark: float
    sigma: float | None
    far: float | None
    depth_usd: float | None
    lots: int
    known_lots: int | None
    size_decimals: int
    is_beyond: bool


class SavedSweep(Struct, frozen=True, kw_only=True):
    """A sweep as bytes."""

    entry: Entry
    walk: Walk
    members: SavedMembers | None
    parts: SweepParts | None
    parts_left_ms: int | None
    is_gap: bool


class Sweep:
    """Members are kept until it ends; then only horizons of its overshoot are waited for.

    parts   as of when the mark left, or of the end; None while it is in.
    is_gap  some minute of it had no path: only marks of frames count there.
    """

    def __init__(self, entry: Entry, walk: Walk, members: Members | None, *, is_gap: bool) -> None:
        self.entry = entry
        self.walk = walk
        self.members = members
        self.is_gap = is_gap
        self.parts: SweepParts | None = None
        self._parts_left_ms: int | None = None
        self._held_lots = 0
        """Of the lots at entry, at its end: it is asked for at that frame alone, and so not saved."""

    @classmethod
    def load(cls, saved: SavedSweep) -> Sweep:
        """Goes on to the bit."""
        members = None if saved.members is None else Members.load(saved.members)
        sweep = cls(saved.entry, saved.walk, members, is_gap=saved.is_gap)
        sweep.parts, sweep._parts_left_ms = saved.parts, saved.parts_left_ms
        return sweep

    def save(self) -> SavedSweep:
        """All that decides how it goes on."""
        return SavedSweep(
            entry=self.entry,
            walk=self.walk,
            members=None if self.members is None else self.members.save(),
            parts=self.parts,
            parts_left_ms=self._parts_left_ms,
            is_gap=self.is_gap,
        )

    @property
    def sweep_id(self) -> str:
        """Of cluster and time of entry."""
        return f"{self.entry.cluster_id}@{self.walk.entered_ms}"

    @property
    def extreme_mark(self) -> float:
        """USD."""
        return self.walk.side * self.walk.extreme

    def take(self, now: Minute, market_index: int, path: MarkPath) -> None:
        """Take a minute's rows in, after the walk; decides the parts where it left or ended."""
        if self.members is not None:
            self.members.advance(now, market_index, Side(self.walk.side), path)
            self.decide(now, market_index)

    def decide(self, now: Minute, market_index: int) -> None:
        """Hold the parts fast where the mark left, and let members go where the sweep ended."""
        left_ms, is_over = self.walk.left_ms, self.walk.ended_ms is not None
        if left_ms != self._parts_left_ms:
            self.parts, self._parts_left_ms = None, left_ms
        if (left_ms is not None or is_over) and self.parts is None:
            self.parts = self._judge(now, market_index)
        if is_over and self.members is not None:
            self._held_lots = int(self.members.remaining.sum())
            self.members = None

    def standing(self, now: Minute, market_index: int) -> SweepStanding:
        """As of a frame that it was taken to."""
        rows = self._whole_order_rows(now, market_index)
        held_lots = self._held_lots if self.members is None else int(self.members.remaining.sum())
        return SweepStanding(
            sweep_id=self.sweep_id,
            cluster_id=self.entry.cluster_id,
            state=self.walk.state,
            entered_ms=self.walk.entered_ms,
            crossed_ms=self.walk.crossed_ms,
            left_ms=self.walk.left_ms,
            extreme_mark=self.extreme_mark,
            residual_size=self._coins(held_lots),
            whole_order_window_count=len(rows),
            whole_order_rows=rows,
            is_over=self.walk.ended_ms is not None,
        )

    def row(self, now: Minute, market_index: int, placebo: tuple[float | None, int] = NO_PLACEBO) -> SweepRow:
        """As it is known at a frame; `placebo` in sigma, and how many it is of."""
        entry, walk = self.entry, self.walk
        parts = self._judge(now, market_index) if self.parts is None else self.parts
        is_over = walk.ended_ms is not None
        outcome = outcome_of(parts, walk.crossed_ms is not None) if is_over else SweepOutcome.OPEN
        overshoot = [walk.overshoot() if is_over else None, *(walk.overshoot_at(place) for place in range(3))]
        if entry.is_beyond:
            overshoot = [None] * 4
        sigma, coins = entry.sigma, self._coins
        in_bp = [None if each is None else BASIS_POINTS * each for each in overshoot]
        in_sigma = [None if each is None or sigma is None else each / sigma for each in overshoot]
        placebo_sigma, placebo_count = placebo
        return SweepRow(
            sweep_id=self.sweep_id,
            cluster_id=entry.cluster_id,
            coin=entry.coin,
            side=SIDE_WORDS[walk.side],
            entered_ms=walk.entered_ms,
            crossed_ms=walk.crossed_ms,
            left_ms=walk.left_ms,
            ended_ms=walk.ended_ms,
            price_low=entry.low,
            price_high=entry.high,
            extreme_mark=self.extreme_mark,
            size_at_entry=coins(entry.lots),
            usd_at_entry=coins(entry.lots) * entry.mark,
            liquidated_book=coins(parts.liquidated_book),
            liquidated_backstop=coins(parts.liquidated_backstop),
            deleveraged=coins(parts.deleveraged),
            closed_before=coins(parts.closed_before),
            closed_after=coins(parts.closed_after),
            saved_by_margin=coins(parts.saved_by_margin),
            moved_away=coins(parts.moved_away),
            still_there=coins(parts.still_there),
            unknown=coins(parts.unknown),
            closed_by_own_stop=coins(parts.closed_by_stop) if entry.known_lots else None,
            stop_coverage=None if entry.known_lots is None else entry.known_lots / entry.lots,
            clear_fraction=parts.liquidated / entry.lots,
            outcome=outcome.name.lower(),
            overshoot_bp=in_bp[0],
            overshoot_1m_bp=in_bp[1],
            overshoot_5m_bp=in_bp[2],
            overshoot_1h_bp=in_bp[3],
            overshoot_sigma=in_sigma[0],
            overshoot_1m_sigma=in_sigma[1],
            overshoot_5m_sigma=in_sigma[2],
            overshoot_1h_sigma=in_sigma[3],
            sigma_1m_bp=None if sigma is None else BASIS_POINTS * sigma,
            depth_usd=entry.depth_usd,
            placebo_overshoot_bp=None
            if placebo_sigma is None or sigma is None
            else BASIS_POINTS * sigma * placebo_sigma,
            placebo_count=placebo_count,
            gap=self.is_gap,
            known_at_ms=now.time_ms,
        )

    def _judge(self, now: Minute, market_index: int) -> SweepParts:
        assert self.members is not None
        return judge(self.members, self.walk, self.entry.low, self.entry.high, now, market_index)

    def _whole_order_rows(self, now: Minute, market_index: int) -> tuple[int, ...]:
        members = self.members
        if members is None:
            return ()
        is_inside = (members.book_ms != NOT_REACHED) & (members.book_ms > now.time_ms - WHOLE_ORDER_MS)
        if not is_inside.any():
            return ()
        row = members.rows(now, market_index, Side(self.walk.side))[is_inside]
        return tuple(row[row != NO_ROW].tolist())

    def _coins(self, lots: int) -> float:
        return float(lots / 10**self.entry.size_decimals)
