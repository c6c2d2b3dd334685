"""What every address holds, moved in place by observations, trades, fills, funding and cash (docs/tracking.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from liqscape.errors import ModelError
from liqscape.ledger.account_numbers import AccountNumbers
from liqscape.ledger.batches import (
    APPLIED,
    NO_ROOM,
    ComparisonTables,
    FillColumns,
    MovementColumns,
    PaymentColumns,
    StatePools,
    StatePositions,
    StateRows,
)
from liqscape.ledger.closings import Closings, Recognition
from liqscape.ledger.columns import (
    MAX_DEX_BITS,
    NEVER_MS,
    NO_ROW,
    ComparedColumn,
    ComparedValueColumn,
    Count,
    HitColumn,
    HitValueColumn,
    LedgerAccountColumn,
    LedgerMarketColumn,
    MarketValueColumn,
)
from liqscape.ledger.fees import FeeAssumption
from liqscape.ledger.growth import with_dexs, with_markets, with_room, without_legs
from liqscape.ledger.minute_sums import MinuteMoves, MinuteSums
from liqscape.ledger.new_tables import new_tables
from liqscape.ledger.published import HeldState, Publisher
from liqscape.ledger.reconcile import Reconciler
from liqscape.ledger.tables import LedgerTables, Terms
from liqscape.ledger.watch import Solve, WatchColumns, WatchTerms, watch_steps
from liqscape.model.accounts import Accounts
from liqscape.model.events import (
    AccountsObserved,
    CashMoved,
    FillsObserved,
    FundingDue,
    FundingPaid,
    GapDetected,
    TradesPrinted,
)
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets, MarketSnapshot
from liqscape.model.trades import NO_ADDRESS, Trades
from liqscape.steps import Steps
from liqscape.units import BoolArray, Float64Array, Int64Array

if TYPE_CHECKING:
    from liqscape.ledger.address_table import AddressTable
    from liqscape.ledger.print_tables import PrintTables

DEFAULT_LEVERAGE = 20.0
"""Setting of who never chose one, capped by the coin."""
ALWAYS_MS = 1 << 62
"""After every time."""
LARGEST_BATCH = 65_536
"""Rows a kernel takes at once; the ring of legs holds many times as many."""


class Holdings:
    """The tables of what everybody holds. Every method takes one event; markets must be set first."""

    def __init__(self, fees: FeeAssumption, recognition: Recognition) -> None:
        self.address_numbers = AccountNumbers()
        self.closings = Closings(recognition)
        self.reconciler = Reconciler()
        self.doubted_count = 0
        """Addresses that gaps and delistings made unsure, ever."""
        self._fees = fees
        self._tables: LedgerTables = new_tables()
        self._terms: Terms | None = None
        self._dex_index: dict[str, int] = {}
        self._is_delisted = np.empty(0, np.bool_)
        self._known = np.empty(0, np.int64)
        self._addresses: Sequence[str] = ()
        """Of the first known ones, as of when they were last asked for."""
        self._publisher = Publisher()
        self._is_tracking = False
        self._sums: MinuteSums | None = None
        self._print_tables: PrintTables | None = None

    @property
    def counts(self) -> Int64Array:
        """(Count.WIDTH,) counters of the tables."""
        return self._tables.counter.copy()

    def set_markets(self, markets: Markets, margin_tables: MarginTables, time_ms: int, *, is_extended: bool) -> None:
        """Markets and margin tables in force; unless they extend the former ones, prints of those are forgotten.

        Who holds a market that is delisted from now on does so no longer.
        """
        for market in markets.rows:
            self._dex_index.setdefault(market.dex, len(self._dex_index))
        tables = with_markets(with_dexs(self._tables, len(self._dex_index)), len(markets))
        if not is_extended:
            without_legs(tables)
            tables.counter[Count.DUE_MS] = NEVER_MS
            self._sums = None  # its markets are others now
        columns = np.zeros((len(markets), LedgerMarketColumn.WIDTH), np.int64)
        columns[:, LedgerMarketColumn.MISSED_MS] = NEVER_MS
        values = np.full((len(markets), MarketValueColumn.WIDTH), np.nan)
        columns[:, LedgerMarketColumn.DEX] = [self._dex_index[market.dex] for market in markets.rows]
        columns[:, LedgerMarketColumn.TABLE] = markets.table_row
        columns[:, LedgerMarketColumn.IS_ISOLATED_ONLY] = [market.is_isolated_only for market in markets.rows]
        values[:, MarketValueColumn.SCALE] = markets.lots_per_coin
        values[:, MarketValueColumn.LEVERAGE] = [min(DEFAULT_LEVERAGE, market.max_leverage) for market in markets.rows]
        values[:, MarketValueColumn.TAKER : MarketValueColumn.MAKER + 1] = self._fees.rates(markets)
        mark_ms = NEVER_MS
        if is_extended and self._terms is not None:
            known = len(self._terms.market_value)
            values[:known, MarketValueColumn.MARK] = self._terms.market_value[:, MarketValueColumn.MARK]
            columns[:known, LedgerMarketColumn.MISSED_MS] = self._terms.market[:, LedgerMarketColumn.MISSED_MS]
            mark_ms = self._terms.mark_ms
        rules = self.closings.recognition
        self._terms = Terms(
            market=columns,
            market_value=values,
            mark_ms=mark_ms,
            rate=margin_tables.rate,
            deduction=margin_tables.deduction,
            tolerance=rules.tolerance,
            max_mark_age_ms=rules.max_mark_age_ms,
        )
        self._tables = tables
        before, self._is_delisted = (
            self._is_delisted,
            np.array([market.is_delisted for market in markets.rows], np.bool_),
        )
        if is_extended:
            self._settle(before, time_ms)

    def _settle(self, was_delisted: BoolArray, time_ms: int) -> None:
        """Close positions in markets that have been delisted since."""
        is_new = self._is_delisted.copy()
        is_new[: len(was_delisted)] &= ~was_delisted
        is_new[len(was_delisted) :] = False
        if is_new.any():
            from liqscape.ledger.kernels.settling import settle_markets

            self.doubted_count += settle_markets(self._tables, self._set_terms, is_new, time_ms)

    def set_marks(self, snapshot: MarketSnapshot) -> None:
        """New marks of the markets in force."""
        terms = self._set_terms
        terms.market_value[:, MarketValueColumn.MARK] = snapshot.mark
        self._terms = terms._replace(mark_ms=snapshot.time_ms)

    @property
    def known(self) -> Int64Array:
        """(N,) accounts by row of `accounts().addresses`; the same object while nobody is new."""
        return self._known

    def accounts(self) -> Accounts:
        """What all known addresses hold; the same object while nothing changed."""
        return self.state().accounts()

    def state(self) -> HeldState:
        """The same, to be put together when it is read."""
        if len(self._addresses) < len(self._known):
            self._addresses = self.address_numbers.listed(self._known)
        return self._publisher.state(self._tables, self._known, self._addresses)

    def map_rows(self, account_rows: Int64Array) -> Int64Array:
        """(N,) rows that accounts have in `accounts().addresses`, by number; -1 for number -1 and who is not known."""
        if not len(self._tables.account):
            return np.full(len(account_rows), NO_ROW, np.int64)
        rows = self._tables.account[account_rows, LedgerAccountColumn.KNOWN_ROW]
        return np.where((account_rows < 0) | (rows >= len(self._known)), NO_ROW, rows)

    def watch(self, solve: Solve | None, *, is_newest: bool) -> Steps[WatchColumns]:
        """Columns for the scheduler, of accounts as they are now or (not is_newest) as they were last asked for."""
        accounts, known = self._publisher.held
        if is_newest:
            accounts, known = self.accounts(), self._known
        terms = self._terms
        dex_of_market = np.empty(0, np.int64) if terms is None else terms.market[:, LedgerMarketColumn.DEX]
        listed_bits = sum(1 << dex for dex in set(dex_of_market[~self._is_delisted].tolist()) if dex < MAX_DEX_BITS)
        count = int(self._tables.counter[Count.ACCOUNTS])
        watched = WatchTerms(
            names=self.address_numbers.listed(np.arange(count)) if is_newest else self.address_numbers.names,
            count=count,
            known=known,
            accounts=accounts,
            mark=np.empty(0) if terms is None else terms.market_value[:, MarketValueColumn.MARK].copy(),
            dex_of_market=dex_of_market,
            dexs=tuple(self._dex_index),
            listed_bits=listed_bits,
            newest_ms=int(self._tables.counter[Count.NEWEST_MS]),
        )
        return watch_steps(watched, lambda: self._tables, solve)

    def observe(self, event: AccountsObserved) -> None:
        """States replace what was held of their addresses on their dexs; newer prints go on top."""
        from liqscape.ledger.kernels import observing

        terms, seen = self._set_terms, event.accounts
        account_rows = self._numbers(seen.addresses)
        given_ms = event.address_ms
        at_ms = np.full(len(account_rows), event.time_ms, np.int64) if given_ms is None else given_ms.astype(np.int64)
        if self._sums is not None:
            self._sums.keep_states(
                self._tables, np.arange(len(self.address_numbers)) if event.is_complete else account_rows
            )
        if event.is_complete:
            # Where states carry times of their own, one newer than the table stands.
            observing.forget_unnamed(self._tables, account_rows, ALWAYS_MS if given_ms is None else event.time_ms)
        self._list_known(account_rows, is_renewed=event.is_complete)
        order = np.argsort(seen.address_row, kind="stable")
        start = np.searchsorted(seen.address_row[order], np.arange(len(account_rows) + 1))
        held, newer = observing.count_touched(self._tables, account_rows, at_ms)
        self._tables = with_room(self._tables, pools=seen.pool_count + newer, positions=seen.position_count + newer)
        room = held + seen.position_count + newer if self._is_tracking else 0
        is_covered, home_dex = self._covered(event.dexs)
        comparison = _comparison(len(account_rows), room)
        states = StateRows(
            account=account_rows,
            time_ms=at_ms,
            pool_start=start,
            pool_order=order,
            is_covered=is_covered,
            home_dex=home_dex,
            is_newest_kept=given_ms is not None,
        )
        pools = StatePools(*(np.ascontiguousarray(getattr(seen, name)) for name in StatePools._fields))
        positions = StatePositions(*(np.ascontiguousarray(getattr(seen, name)) for name in StatePositions._fields))
        observing.observe(self._tables, terms, states, pools, positions, comparison)
        if newer or (len(account_rows) and int(at_ms.min()) < self._tables.counter[Count.FORGOTTEN_MS]):
            observing.replay(self._tables, terms, account_rows, at_ms, comparison.is_taken, is_covered)
        if room:
            rows = observing.compare(self._tables, terms, account_rows, is_covered, comparison)
            if rows:
                self.reconciler.add(comparison.row[:rows], comparison.value[:rows], len(terms.market))

    def trade_known(self, trades: Trades) -> bool:
        """As `trade`, where all users were named before and prints are in order; else False, and nothing changed."""
        users = self.address_numbers.table
        if users is None or not 0 < len(trades) <= LARGEST_BATCH or not self._apply(trades, users):
            return False
        self._is_tracking = True
        return True

    def trade(self, event: TradesPrinted) -> None:
        """Prints move both their users, where known."""
        self._is_tracking = True
        trades = event.trades
        number = self._numbers(trades.addresses)
        if 0 < len(trades) <= LARGEST_BATCH and self._apply(trades, number):
            return
        order = np.lexsort((trades.market_index, trades.trade_id, trades.time_ms))
        for first in range(0, len(order), LARGEST_BATCH):
            self._apply(trades, number, order[first : first + LARGEST_BATCH])

    def _apply(self, trades: Trades, users: AddressTable | Int64Array, order: Int64Array | None = None) -> bool:
        """Rows in an order, or all as they come; False where those are not in order of time, or a user is not found."""
        if self._print_tables is None:
            from liqscape.ledger.print_tables import PrintTables

            self._print_tables = PrintTables()
        apply, terms = self._print_tables.apply, self._set_terms
        outcome = apply(self._tables, terms, users, trades, order, is_room_made=False)
        if outcome == NO_ROOM:
            self._make_room(2 * (len(trades) if order is None else len(order)))
            outcome = apply(self._tables, terms, users, trades, order, is_room_made=True)
        if outcome != APPLIED:
            return False
        hits = self._print_tables.hits(self._tables)
        if hits is not None:
            self.closings.add_prints(hits.row, hits.value)
            if self._sums is not None:
                self._sums.force_prints(hits.row, hits.value)
        return True

    def fill(self, event: FillsObserved) -> None:
        """Fills move their user exactly; what we held wrongly is corrected first."""
        from liqscape.ledger.kernels.fills import apply_fills

        self._is_tracking = True
        terms, fills = self._set_terms, event.fills
        account_rows = self._numbers(fills.addresses)
        user = account_rows[fills.user]
        liquidated = np.where(fills.liquidated == NO_ADDRESS, NO_ROW, account_rows[fills.liquidated])
        order = np.lexsort((fills.trade_id, fills.market_index, user, fills.time_ms))
        self._make_room(2 * len(order))
        hit, value = _hits(len(order))
        columns = FillColumns(
            user=user,
            market_index=fills.market_index,
            price=fills.price,
            size=fills.size,
            start_position=fills.start_position,
            fee=fills.fee,
            time_ms=fills.time_ms,
            trade_id=fills.trade_id,
            liquidated=liquidated,
            method=fills.method,
        )
        apply_fills(self._tables, terms, order, columns, hit, value)
        count = int(self._tables.counter[Count.HITS])
        if count:
            self.closings.add_fills(hit[:count], value[:count], fills, user)
        if self._sums is not None:
            self._sums.force_fills(hit[:count], value[:count], fills, user)

    def pay(self, event: FundingPaid) -> None:
        """Apply funding payments as they were reported."""
        from liqscape.ledger.kernels.funding import pay_reported

        self._is_tracking = True
        payments = event.payments
        user = self._numbers(payments.addresses)[payments.user]
        columns = PaymentColumns(
            user=user, market_index=payments.market_index, amount=payments.amount, size=payments.size
        )
        pay_reported(self._tables, self._set_terms, event.time_ms, columns)

    def pay_due(self, event: FundingDue) -> None:
        """Pay the funding of a full hour for every position, once."""
        from liqscape.ledger.kernels.funding import pay_due

        if event.time_ms <= self._tables.counter[Count.DUE_MS]:
            return
        self._is_tracking = True
        self._tables.counter[Count.DUE_MS] = event.time_ms
        self._tables.due[: len(event.rate)] = event.rate * event.oracle
        pay_due(self._tables, self._set_terms)

    def move_cash(self, event: CashMoved) -> None:
        """Apply movements of cash without a trade; accounts whose amount cannot be told become unsure.

        An address nothing else was heard of is remembered only where its cash on a dex that is followed moved: most
        that send coins from wallet to wallet never hold a position.
        """
        from liqscape.ledger.kernels.cash import move_reported

        self._is_tracking = True
        terms, moved = self._set_terms, event.movements
        dex = np.array([self._dex_index.get(name, NO_ROW) for name in moved.dexs], np.int64)[moved.dex]
        amount = np.where(dex == NO_ROW, 0.0, moved.amount)
        is_met = self.address_numbers.found(moved.addresses) >= 0
        kept = np.flatnonzero(is_met[moved.user] | (amount != 0.0))
        if not len(kept):
            return
        named, user = np.unique(moved.user[kept], return_inverse=True)
        account_rows = self._numbers(tuple(moved.addresses[row] for row in named.tolist()))
        self._tables = with_room(self._tables, legs=len(kept))
        movements = MovementColumns(
            user=account_rows[user],
            dex=np.maximum(dex[kept], 0),
            time_ms=moved.time_ms[kept],
            amount=amount[kept],
            whole=moved.whole[kept],
        )
        in_usd = np.zeros(len(kept))
        move_reported(self._tables, terms, movements, in_usd)
        if self._sums is not None:
            self._sums.move_cash(self._tables, movements, in_usd, None if moved.kind is None else moved.kind[kept])

    def begin_moves(self) -> None:
        """Sum what moves accounts, where nobody does yet."""
        self._sums = self._sums or MinuteSums(self._tables)

    def take_moves(self) -> MinuteMoves | None:
        """What moved accounts since this was last called, or it was begun; None where it was not."""
        return None if self._sums is None else self._sums.take(self._tables, self._set_terms)

    def collect_moves(self) -> None:
        """Keep what moved accounts lately before the memory of legs lets it go."""
        if self._sums is not None:
            self._sums.collect(self._tables, self._set_terms)

    def doubt(self, event: GapDetected) -> None:
        """Who holds a market of the gap may have traded in it, and who opens a position in it later may have before.

        Where it names addresses, it concerns them alone.
        """
        from liqscape.ledger.kernels.gathering import doubt_holders

        self._is_tracking = True
        terms = self._set_terms
        if event.addresses is not None:
            self._doubt_named(event.addresses, event.time_ms)
            return
        is_meant = np.full(len(terms.market), event.market_index is None)
        if event.market_index is not None:
            is_meant[event.market_index] = True
        missed_ms = terms.market[:, LedgerMarketColumn.MISSED_MS]
        missed_ms[is_meant] = np.maximum(missed_ms[is_meant], event.time_ms)
        self.doubted_count += doubt_holders(self._tables, terms, is_meant, event.time_ms)

    def _doubt_named(self, addresses: tuple[str, ...], time_ms: int) -> None:
        account_rows = self.address_numbers.found(addresses)
        account_rows = account_rows[account_rows >= 0]
        table = self._tables.account
        state_ms = table[account_rows, LedgerAccountColumn.STATE_MS]
        account_rows = account_rows[(state_ms != NEVER_MS) & (state_ms < time_ms)]
        for column in (LedgerAccountColumn.UNSURE_MS, LedgerAccountColumn.MOVED_MS):
            table[account_rows, column] = np.maximum(table[account_rows, column], time_ms)
        self.doubted_count += len(account_rows)

    @property
    def _set_terms(self) -> Terms:
        if self._terms is None:
            raise ModelError("no markets are defined yet")
        return self._terms

    def _numbers(self, addresses: Sequence[str]) -> Int64Array:
        """Numbers of these addresses; new ones get a row that says nothing is known."""
        before = len(self.address_numbers)
        account_rows = self.address_numbers.numbers(addresses)
        count = len(self.address_numbers)
        if count > before:
            self._tables = with_room(self._tables, accounts=count - before)
            fresh = self._tables.account[before:count]
            fresh[:, [LedgerAccountColumn.FIRST_POOL, LedgerAccountColumn.LAST_POOL, LedgerAccountColumn.KNOWN_ROW]] = (
                NO_ROW
            )
            never = [
                LedgerAccountColumn.STATE_MS,
                LedgerAccountColumn.TRADE_MS,
                LedgerAccountColumn.MOVED_MS,
                LedgerAccountColumn.UNSURE_MS,
                LedgerAccountColumn.FORCED_MS,
            ]
            fresh[:, never] = NEVER_MS
            self._tables.counter[Count.ACCOUNTS] = count
        return account_rows

    def _list_known(self, account_rows: Int64Array, *, is_renewed: bool) -> None:
        """Rows of known addresses: in order of first sight since the last complete table.

        The addresses stay the same object while they say the same, so that histories compare them at once.
        """
        rows = self._tables.account[:, LedgerAccountColumn.KNOWN_ROW]
        before = 0 if is_renewed else len(self._known)
        if is_renewed:
            is_kept = self._tables.account[self._known, LedgerAccountColumn.STATE_MS] != NEVER_MS
            account_rows = np.concatenate((account_rows, self._known[is_kept & ~np.isin(self._known, account_rows)]))
        fresh = account_rows[rows[account_rows] == NO_ROW]
        if not is_renewed and not len(fresh):
            return
        unique, first = np.unique(fresh, return_index=True)
        fresh = fresh[np.sort(first)] if len(unique) < len(fresh) else fresh
        rows[fresh] = np.arange(before, before + len(fresh))
        self._known = np.concatenate((self._known[:before], fresh))
        if is_renewed:
            listed = self.address_numbers.listed(self._known)
            if listed != self._addresses:
                self._addresses = listed

    def _covered(self, dexs: tuple[str, ...] | None) -> tuple[BoolArray, int]:
        """(is_covered (D,), dex of pools without a market)."""
        is_covered = np.full(len(self._dex_index), dexs is None)
        known = [self._dex_index[dex] for dex in dexs or () if dex in self._dex_index]
        is_covered[known] = True
        return is_covered, known[0] if known else 0

    def _make_room(self, legs: int) -> None:
        self._tables = with_room(self._tables, pools=legs, positions=legs, legs=legs)


def _hits(count: int) -> tuple[Int64Array, Float64Array]:
    return np.empty((count, HitColumn.WIDTH), np.int64), np.empty((count, HitValueColumn.WIDTH))


def _comparison(accounts: int, room: int) -> ComparisonTables:
    return ComparisonTables(
        is_taken=np.zeros(accounts, np.bool_),
        age_ms=np.full(accounts, NEVER_MS, np.int64),
        is_unsure=np.zeros(accounts, np.bool_),
        start=np.zeros(accounts + 1, np.int64),
        row=np.empty((room, ComparedColumn.WIDTH), np.int64),
        value=np.empty((room, ComparedValueColumn.WIDTH)),
    )
