"""One path for all data: events -> ledger -> solve -> bands -> frame (docs/architecture.md).

Every source, recorded, generated or live, goes through here; nothing else cuts frames.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import partial

from liqscape.heatmap.bands import Bands, OutsideSums
from liqscape.heatmap.build import build_frame, frame_of_holders
from liqscape.heatmap.found_later import KnownTriggers, MomentAccountsFoundLater
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.moment import Moment
from liqscape.heatmap.plan import BandPlan, held_sizes, plan_bands
from liqscape.heatmap.standing_bands import StandingBands
from liqscape.heatmap.workspace import BandWorkspace
from liqscape.insight.note_taker import ClosedMinute, NoteTaker
from liqscape.ledger import Ledger
from liqscape.ledger.published import HeldState
from liqscape.ledger.standing_pools import StandingPools
from liqscape.ledger.triggers import StandingTriggers, triggers_of
from liqscape.model.accounts import Accounts
from liqscape.model.events import (
    BestPricesObserved,
    DepthObserved,
    Event,
    FrameDue,
    FundingDue,
    FundingPaid,
    MarketDefined,
    MidsObserved,
)
from liqscape.model.funding import HourlyFunding, noted_funding
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets, MarketSnapshot
from liqscape.model.minute_notes import MinuteNotes
from liqscape.risk.margin import check_names, check_rows
from liqscape.risk.threads import ONE_THREAD, KernelThreads
from liqscape.units import Float64Array, Int64Array

SNAPSHOTS = ("recording",)
"""Kinds of provenance whose frames are snapshots of others, hours apart: what lay between them is not told."""
OF_BOOKS = (MidsObserved, BestPricesObserved, DepthObserved)
"""Events that move no ledger: a message with marks brings mids behind the frame."""
MAX_AFTER_CLOSE = 16


class MinuteClosedLater:
    """A minute that is closed when its notes are first asked for, or before the ledger moves on; once, in any thread.

    To measure what price did after liquidations takes as long as half a frame, and a frame does not wait for it.
    """

    def __init__(self, close: Callable[[], ClosedMinute]) -> None:
        self._closed: ClosedMinute | Callable[[], ClosedMinute] = close
        self._lock = threading.Lock()

    def __call__(self) -> ClosedMinute:
        """The minute."""
        with self._lock:
            closed = self._closed
            if not isinstance(closed, ClosedMinute):
                closed = self._closed = closed()
            return closed

    def settle(self) -> None:
        """Close it now; of the accounts stays what the next minute needs, whether anybody reads the notes or not."""
        self().held()

    def notes(self) -> MinuteNotes:
        """Its notes."""
        return self().notes()


@dataclass(frozen=True, kw_only=True)
class DueMoment:
    """What a moment is to be made of; nothing of it changes any more, so it may be built in any thread.

    state  of the ledger, which follows from the one before; None: accounts were given.
    """

    accounts: MomentAccountsFoundLater = MomentAccountsFoundLater()  # noqa: RUF009 - holds nothing itself
    markets: Markets
    snapshot: MarketSnapshot
    tables: MarginTables
    funding: HourlyFunding | None
    is_stored: bool
    closed: MinuteClosedLater | None = None
    block: int | None = None
    triggers: tuple[StandingTriggers, Int64Array] | None = None
    state: HeldState | None = None

    def with_snapshot(self, snapshot: MarketSnapshot) -> DueMoment:
        """The same at other marks; what is yet to be found stays so, which `replace` would not leave."""
        other = copy(self)
        object.__setattr__(other, "snapshot", snapshot)
        return other

    def held_sizes(self) -> Float64Array:
        """(M,) coins in all positions, of both sides."""
        count, state = len(self.snapshot.mark), self.state
        if state is None or not (state.has_holders or state.changes is not None):
            return held_sizes(self.accounts, count)
        return state.holders(count).held_sizes()


class Pipeline:
    """Owns a ledger; `feed` returns a moment when a frame is due, else None.

    with_bands: frames for showing; without them they are for storing, which solves what bands it keeps.
    threads: what solving and banding everybody may use; frames are the same to the bit.
    """

    def __init__(self, provenance: Provenance, *, with_bands: bool = True, threads: KernelThreads = ONE_THREAD) -> None:
        self.provenance = provenance
        self._with_bands, self._threads = with_bands, threads
        self.ledger = Ledger()
        self._workspace = BandWorkspace()
        self._standing: _Standing | None = None
        self._moving: _Moving | None = None
        self._funding: HourlyFunding | None = None
        self._closing: MinuteClosedLater | None = None
        """Of the last stored frame, until an event moves the ledger."""
        self._after_close: list[Event] = []
        """Of books, which came since and belong to the next minute."""
        self._notes = None if provenance.kind in SNAPSHOTS else NoteTaker()

    def feed(self, event: Event) -> Moment | None:
        """Apply one event. Raises ModelError for events that contradict the ledger."""
        due = self.advance(event)
        return None if due is None else self.build(due)

    def advance(self, event: Event) -> DueMoment | None:
        """The same, but a moment that is due is yet to be built: in any thread, by `build`."""
        if not (isinstance(event, OF_BOOKS) and len(self._after_close) < MAX_AFTER_CLOSE):
            self.settle()  # what a minute sums up is about to change
        self.ledger.apply(event)
        if isinstance(event, (FundingDue, FundingPaid)):
            self._funding = noted_funding(self._funding, event, len(self.ledger.markets))
        if isinstance(event, MarketDefined):
            self._funding = None  # rows of markets may be others now
        if self._closing is not None:
            self._after_close.append(event)
        elif self._notes is not None:
            self._notes.observe(event, self.ledger)
        if not isinstance(event, FrameDue):
            return None
        ledger = self.ledger
        if self._notes is not None and event.is_stored:
            self._closing = MinuteClosedLater(partial(self._notes.close, event.time_ms, ledger, self._funding))
        return DueMoment(
            accounts=ledger.state.accounts,
            markets=ledger.markets,
            snapshot=ledger.snapshot,
            tables=ledger.tables,
            funding=self._funding,
            is_stored=event.is_stored,
            closed=self._closing,
            block=event.block,
            triggers=ledger.standing_triggers(),
            state=ledger.state,
        )

    def settle(self) -> None:
        """Close the minute of the last stored frame where that is left to do: whoever has time asks for it."""
        if self._closing is None:
            return
        self._closing.settle()
        waiting, self._after_close, self._closing = self._after_close, [], None
        if self._notes is not None:
            for event in waiting:
                self._notes.observe(event, self.ledger)

    def build(self, due: DueMoment) -> Moment:
        """The moment. One at a time, in the order they were due."""
        found = due.triggers
        accounts = due.accounts if due.state is None else due.state.accounts
        return Moment(
            frame=self._frame(due),
            accounts=accounts,
            tables=due.tables,
            is_stored=due.is_stored,
            notes=None if due.closed is None else due.closed.notes,
            triggers=None if found is None else partial(_triggers_of, found, accounts),
            standing=None if found is None else found[0],
        )

    def _frame(self, due: DueMoment) -> MarketFrame:
        if not self._with_bands:
            return self._built(due, None, None)
        moving, self._moving = self._moving, None  # where it fails, the next frame is solved in full
        if moving is None or not moving.follows(due):
            leads_on = self._standing is not None and self._standing.leads_to(due)
            moving = _Moving(due) if leads_on else None
            if moving is not None:  # bands are made coin by coin from here on
                self._standing, self._workspace = None, BandWorkspace()
        if moving is not None:
            frame = moving.frame(due, self.provenance, self._threads)
            self._moving = moving
            return frame
        banded = None
        if self._standing is None or not self._standing.is_of(due):
            self._standing = _Standing(due)
        else:
            banded = self._standing.banded(due, self._threads)
        return self._built(due, self._standing.plan, banded)

    def _built(self, due: DueMoment, plan: BandPlan | None, banded: tuple[Bands, OutsideSums] | None) -> MarketFrame:
        return build_frame(
            due.accounts,
            due.snapshot,
            due.tables,
            self.provenance,
            plan=plan,
            workspace=self._workspace,
            banded=banded,
            with_bands=self._with_bands,
            funding=due.funding,
            block=due.block,
            threads=self._threads,
        )


def _triggers_of(
    found: tuple[StandingTriggers, Int64Array], accounts: Accounts | Callable[[], Accounts]
) -> KnownTriggers:
    return triggers_of(found[0], accounts() if callable(accounts) else accounts, found[1])


def _leads_to(state: HeldState | None, due: DueMoment, markets: Markets, tables: MarginTables) -> bool:
    """Whether what is due follows from a state of the ledger, or still is it, in the same markets and margin tables."""
    if state is None or due.state is None or markets is not due.markets or tables is not due.tables:
        return False
    return state.changes_until(due.state) is not None


class _Moving:
    """What is kept from frame to frame while accounts change: each state of the ledger is moved on to from the one
    before, by what changed between them."""

    def __init__(self, due: DueMoment) -> None:
        assert due.state is not None
        self._state, self._markets, self._tables = due.state, due.markets, due.tables
        gathered = due.state.accounts.gathered()
        check_rows(due.accounts, due.snapshot, due.tables)
        self._pools = StandingPools(gathered, due.tables, len(due.markets), len(due.state.known))

    def follows(self, due: DueMoment) -> bool:
        """True while a state follows from the one before, or still is it, in the same markets and margin tables."""
        return _leads_to(self._state, due, self._markets, self._tables)

    def frame(self, due: DueMoment, provenance: Provenance, threads: KernelThreads) -> MarketFrame:
        """The frame. Raises ModelError where a position names a market or a margin table that is not there."""
        state = due.state
        assert state is not None
        for changes in self._state.changes_until(state) or ():
            check_names(changes.fresh.market_index, changes.fresh.table_row, len(due.markets), len(due.tables))
            self._pools.move(*changes, len(state.known))
        self._state = state
        return frame_of_holders(
            due.snapshot,
            provenance,
            state.holders(len(due.markets)),
            self._pools,
            row_count=state.row_count,
            funding=due.funding,
            block=due.block,
            threads=threads,
        )


class _Standing:
    """What follows from who holds what and not from marks, kept from frame to frame while the accounts stay.

    The first frame of an account state is solved in full; only when a second one follows is it worth finding out
    who holds which coin, and from then on a mark batch solves just the pools it can move.
    """

    def __init__(self, due: DueMoment) -> None:
        self._accounts, self._markets, self._tables = due.accounts, due.markets, due.tables
        self._state = due.state
        self.plan: BandPlan = plan_bands(due.accounts, due.markets)
        self._bands: StandingBands | None = None

    def leads_to(self, due: DueMoment) -> bool:
        """True where the ledger's state follows from this one, or still is it."""
        return _leads_to(self._state, due, self._markets, self._tables)

    def is_of(self, due: DueMoment) -> bool:
        """True while accounts, markets and margin tables are the same objects."""
        return self._accounts is due.accounts and self._markets is due.markets and self._tables is due.tables

    def banded(self, due: DueMoment, threads: KernelThreads) -> tuple[Bands, OutsideSums]:
        """Bands at the present marks, the same to the bit as solved in full."""
        if self._bands is None:
            self._bands = StandingBands(due.accounts, due.snapshot, due.tables, self.plan)
        return self._bands.at(due.snapshot, threads)
