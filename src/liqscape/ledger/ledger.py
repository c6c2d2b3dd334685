"""What every account holds now: columns moved on by events (docs/architecture.md).

The ledger keeps pools sorted by address in order of first sight since the last complete table, so the same events
give the same rows however a batch was arranged.
"""

from __future__ import annotations

import numpy as np

from liqscape.errors import ModelError
from liqscape.model.accounts import Accounts
from liqscape.model.events import AccountsObserved, Event, FrameDue, MarketDefined, MarksUpdated
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets, MarketSnapshot
from liqscape.units import Int32Array


class Ledger:
    """Present markets, marks and accounts. Raises ModelError for events that come before their markets."""

    def __init__(self) -> None:
        self._markets: Markets | None = None
        self._tables: MarginTables | None = None
        self._snapshot: MarketSnapshot | None = None
        self._accounts = Accounts.empty()
        self._address_row: dict[str, int] = {}

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
        """What every known address holds; none before the first observation."""
        return self._accounts

    def apply(self, event: Event) -> None:
        """Move on by one event."""
        match event:
            case MarketDefined():
                self._define(event)
            case MarksUpdated():
                if event.snapshot.markets is not self.markets and event.snapshot.markets != self.markets:
                    raise ModelError(f"marks at {event.time_ms} are of other markets than the ones defined")
                self._snapshot = event.snapshot
            case AccountsObserved():
                self._observe(event)
            case FrameDue():
                pass

    def _define(self, event: MarketDefined) -> None:
        if self._markets is not None and self._accounts.position_count and event.markets != self._markets:
            known = self._markets.coins
            if event.markets.coins[: len(known)] != known:
                raise ModelError("new markets must keep the rows of the old ones")
        if event.markets != self._markets:
            self._snapshot = None  # it has no marks of the new ones
        self._markets, self._tables = event.markets, event.tables

    def _observe(self, event: AccountsObserved) -> None:
        seen = event.accounts
        if seen.position_count and int(seen.market_index.max()) >= len(self.markets):
            raise ModelError(f"accounts at {event.time_ms} name market {int(seen.market_index.max())}, not defined")
        if event.is_complete:
            self._address_row = {}  # who is not named is not known, which is not the same as holding nothing
        rows = np.array([self._row_of(address) for address in seen.addresses], np.int32)
        pool_rows = rows[seen.address_row]
        parts, address_rows = [seen], [pool_rows]
        if not event.is_complete:
            held = self._accounts
            is_replaced = np.zeros(len(self._address_row), np.bool_)
            is_replaced[rows] = True
            kept = np.flatnonzero(~is_replaced[held.address_row])
            parts.insert(0, held.take(kept))
            address_rows.insert(0, held.address_row[kept])
        joined = Accounts.join(self._addresses(is_renewed=event.is_complete), parts, address_rows)
        self._accounts = _sorted_by_address(joined)

    def _row_of(self, address: str) -> int:
        return self._address_row.setdefault(address, len(self._address_row))

    def _addresses(self, *, is_renewed: bool) -> tuple[str, ...]:
        """All known addresses; the same object while they are the same, so that histories compare it at once."""
        held = self._accounts.addresses
        if not is_renewed and len(held) == len(self._address_row):
            return held
        listed = tuple(self._address_row)
        return held if listed == held else listed


def _sorted_by_address(accounts: Accounts) -> Accounts:
    rows: Int32Array = accounts.address_row
    if np.all(rows[1:] >= rows[:-1]):
        return accounts
    return accounts.take(np.argsort(rows, kind="stable"))
