"""What every account holds now: columns moved on by events (docs/architecture.md, docs/tracking.md).

The ledger keeps pools sorted by address in order of first sight since the last complete table, so the same events
give the same rows however a batch was arranged.
"""

from __future__ import annotations

import numpy as np

from liqscape.errors import ModelError
from liqscape.ledger.closings import Recognition
from liqscape.ledger.fees import FeeAssumption
from liqscape.ledger.figures import TrackingFigures
from liqscape.ledger.holdings import Holdings
from liqscape.ledger.minute_sums import MinuteMoves
from liqscape.ledger.published import HeldState
from liqscape.ledger.reconcile import Differences, ReconcileFigures
from liqscape.ledger.triggers import StandingTriggers, TriggerRegister
from liqscape.ledger.watch import Solve, WatchColumns
from liqscape.model.accounts import Accounts
from liqscape.model.events import (
    AccountsObserved,
    BestPricesObserved,
    CashMoved,
    DepthObserved,
    Event,
    FillsObserved,
    FrameDue,
    FundingDue,
    FundingPaid,
    GapDetected,
    MarketDefined,
    MarksUpdated,
    MidsObserved,
    TradesPrinted,
    TriggersKept,
    TriggersMoved,
    TriggersObserved,
)
from liqscape.model.liquidations import Liquidation
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets, MarketSnapshot
from liqscape.steps import Steps, finish
from liqscape.units import Float64Array, Int32Array, Int64Array


class Ledger:
    """Present markets, marks and accounts. Raises ModelError for events that come before their markets.

    fees         what prints are assumed to have cost.
    recognition  when a print is taken for a liquidation.
    """

    def __init__(self, fees: FeeAssumption | None = None, recognition: Recognition | None = None) -> None:
        self._markets: Markets | None = None
        self._tables: MarginTables | None = None
        self._snapshot: MarketSnapshot | None = None
        self._holdings = Holdings(fees or FeeAssumption(), recognition or Recognition())
        self.triggers = TriggerRegister()
        """Trigger orders: what waits moves nobody's holdings."""
        self._holder_of_owner: Int64Array = np.zeros(0, np.int64)
        self._compared_holders = 0
        self._rows_of_owners: tuple[Int64Array, tuple[int, int], Int64Array] | None = None
        """Rows of the owners on the map, while nobody is new: who is known, numbers of owners and holders, rows."""

    @property
    def markets(self) -> Markets:
        """Markets in force. Raises ModelError before the first MarketDefined."""
        if self._markets is None:
            raise ModelError("no markets are defined yet")
        return self._markets

    @property
    def tables(self) -> MarginTables:
        """Margin tables in force. Raises ModelError before the first MarketDefined."""
        if self._tables is None:
            raise ModelError("no margin tables are defined yet")
        return self._tables

    @property
    def snapshot(self) -> MarketSnapshot:
        """Newest marks. Raises ModelError while none of the markets in force are known."""
        if self._snapshot is None:
            raise ModelError("no marks are known yet")
        return self._snapshot

    @property
    def accounts(self) -> Accounts:
        """What every known address holds; none before the first observation. The same object while nothing changed."""
        return self._holdings.accounts()

    @property
    def state(self) -> HeldState:
        """The same, to be put together when it is read, and how it follows from the state before."""
        return self._holdings.state()

    def apply(self, event: Event) -> None:
        """Move on by one event."""
        holdings = self._holdings
        match event:
            case TradesPrinted():  # they are most of all, and asked for first
                if not holdings.trade_known(event.trades):
                    self._check(event.trades.market_index, "trades", event.time_ms)
                    holdings.trade(event)
            case MidsObserved() | BestPricesObserved() | DepthObserved():
                return  # books move nobody's holdings: with and without them the ledger is the same
            case MarketDefined():
                self._define(event)
            case MarksUpdated():
                if event.snapshot.markets is not self.markets and event.snapshot.markets != self.markets:
                    raise ModelError(f"marks at {event.time_ms} are of other markets than the ones defined")
                self._snapshot = event.snapshot
                holdings.set_marks(event.snapshot)
            case AccountsObserved():
                self._check(event.accounts.market_index, "accounts", event.time_ms)
                holdings.observe(event)
            case FillsObserved():
                self._check(event.fills.market_index, "fills", event.time_ms)
                holdings.fill(event)
            case FundingPaid():
                self._check(event.payments.market_index, "payments", event.time_ms)
                holdings.pay(event)
            case FundingDue():
                if event.rate.shape != (len(self.markets),) or event.oracle.shape != event.rate.shape:
                    raise ModelError(f"funding of {len(event.rate)} markets is due, {len(self.markets)} are defined")
                holdings.pay_due(event)
            case CashMoved():
                holdings.move_cash(event)
            case GapDetected():
                if event.market_index is not None:
                    self._check(event.market_index, "a gap", event.time_ms)
                holdings.doubt(event)
            case TriggersObserved():
                self._check(event.orders.market_index, "trigger orders", event.time_ms)
                if event.market_index is not None:
                    self._check(event.market_index, "trigger orders", event.time_ms)
                self.triggers.observe(event)
                return
            case TriggersMoved():
                self._check(event.opened.market_index, "trigger orders", event.time_ms)
                self._check(event.ended_market, "trigger orders", event.time_ms)
                self.triggers.move(event)
                return
            case TriggersKept():
                self._check(event.orders.market_index, "trigger orders", event.time_ms)
                self.triggers.keep(event)
                return
            case FrameDue():
                pass
        holdings.closings.release(event.time_ms)

    def watch(self, root: Float64Array | None = None) -> WatchColumns:
        """Every address ever observed or seen trading. root (P,): roots of `accounts` at the newest marks."""
        return finish(self._holdings.watch(None if root is None else lambda _: root, is_newest=True))

    def watch_steps(self, solve: Solve) -> Steps[WatchColumns]:
        """The same beside other work. Positions and cash are those of `accounts` as it was last asked for, so that
        nobody waits for new columns of them; `solve` gives their roots."""
        return self._holdings.watch(solve, is_newest=False)

    def standing_triggers(self) -> tuple[StandingTriggers, Int64Array] | None:
        """Trigger orders that stand, with the rows of `accounts.addresses` by owner; None where no source has any.

        Rows are those of `accounts` as it was last asked for.
        """
        standing = self.triggers.standing()
        if standing is None:
            return None
        known, counts = self._holdings.known, (len(standing.names), len(self._holdings.address_numbers))
        if self._rows_of_owners is None or self._rows_of_owners[0] is not known or self._rows_of_owners[1] != counts:
            rows = self._holdings.map_rows(self._holders_of(standing.names))
            self._rows_of_owners = known, counts, rows
        return standing, self._rows_of_owners[2]

    def take_differences(self) -> Differences:
        """Where tracking and states disagreed since this was last asked."""
        return self._holdings.reconciler.take(self._holdings.address_numbers.names)

    def reconcile_figures(self) -> ReconcileFigures:
        """How well tracking has agreed with states so far, by coin."""
        return self._holdings.reconciler.figures(len(self.markets))

    def take_liquidations(self) -> tuple[Liquidation, ...]:
        """Liquidations that are over, since this was last asked; by time."""
        return self._holdings.closings.take(self._holdings.address_numbers.names)

    def new_liquidations(self) -> tuple[Liquidation, ...]:
        """Liquidations that are over since this was last asked, whoever takes them."""
        return self._holdings.closings.new(self._holdings.address_numbers.names)

    def flush_liquidations(self) -> None:
        """Let open events go, as after the last record: `take_liquidations` then has them."""
        self._holdings.closings.flush()

    def begin_moves(self) -> None:
        """Sum what moves accounts from here on, where nobody does yet."""
        self._holdings.begin_moves()

    def take_moves(self) -> MinuteMoves | None:
        """What moved accounts since this was last asked; None where nobody sums since the markets in force are."""
        return self._holdings.take_moves()

    def collect_moves(self) -> None:
        """To be called every five minutes of venue time at least where `take_moves` is not."""
        self._holdings.collect_moves()

    def tracking_figures(self) -> TrackingFigures:
        """Counts since the start."""
        return TrackingFigures.of(self._holdings.counts, self._holdings.doubted_count)

    def _define(self, event: MarketDefined) -> None:
        is_extended = False
        if self._markets is not None:
            known = self._markets.coins
            is_extended = event.markets == self._markets or event.markets.coins[: len(known)] == known
            if not is_extended and self.accounts.position_count:
                raise ModelError("new markets must keep the rows of the old ones")
        if event.markets != self._markets:
            self._snapshot = None  # it has no marks of the new ones
        self._markets, self._tables = event.markets, event.tables
        self._holdings.set_markets(event.markets, event.tables, event.time_ms, is_extended=is_extended)
        self.triggers.set_markets(event.markets, is_extended=is_extended)

    def _holders_of(self, owners: tuple[str, ...]) -> Int64Array:
        """(N,) numbers among holders of those who own trigger orders; -1 where none. Only who is new is looked up."""
        holders, before = self._holdings.address_numbers, self._compared_holders
        numbers = np.concatenate((self._holder_of_owner, holders.found(owners[len(self._holder_of_owner) :])))
        owner = self.triggers.owner_numbers.found(holders.names[before:])
        numbers[owner[owner >= 0]] = before + np.flatnonzero(owner >= 0)
        self._holder_of_owner, self._compared_holders = numbers, len(holders)
        return numbers

    def _check(self, market_index: Int32Array, what: str, time_ms: int) -> None:
        # As unsigned numbers negative ones are beyond every limit.
        if len(market_index) and int(market_index.view(np.uint32).max()) >= len(self.markets):
            wrong = market_index[(market_index < 0) | (market_index >= len(self.markets))]
            raise ModelError(f"{what} at {time_ms} name market {int(wrong[0])}, not defined")
