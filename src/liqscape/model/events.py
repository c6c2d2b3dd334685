"""Events: the only language between sources and the ledger. Small frozen records, batched as columns.

Every event carries `time_ms` (venue) and `received_ns` (ours, 0 where nothing was received, as in a recording).
"""

from __future__ import annotations

from dataclasses import dataclass

from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets, MarketSnapshot


@dataclass(frozen=True)
class MarketDefined:
    """The markets and margin tables that hold from now on; replaces what held before."""

    time_ms: int
    received_ns: int
    markets: Markets
    tables: MarginTables


@dataclass(frozen=True)
class MarksUpdated:
    """New marks (and oracle, open interest where known) of all markets; NaN = not known, keeps nothing."""

    time_ms: int
    received_ns: int
    snapshot: MarketSnapshot


@dataclass(frozen=True)
class AccountsObserved:
    """Full present state of every address named in `accounts`: all its pools, replacing what was known of it.

    An address named without a pool has closed everything. `is_complete` says that addresses not named are
    not known any more (a snapshot table of a whole market), so the ledger forgets them: not listed, not empty.
    """

    time_ms: int
    received_ns: int
    accounts: Accounts
    is_complete: bool = False


@dataclass(frozen=True)
class FrameDue:
    """The source says: a frame belongs here. Keeps replay and live cutting time at the same instants.

    `is_stored` False marks a frame between two stored ones, pushed to readers but not kept.
    """

    time_ms: int
    received_ns: int
    is_stored: bool = True


Event = MarketDefined | MarksUpdated | AccountsObserved | FrameDue
