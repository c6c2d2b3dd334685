"""Events: the only language between sources and the ledger. Small frozen records, batched as columns.

Every event carries `time_ms` (venue) and `received_ns` (ours, 0 where nothing was received, as in a recording).
"""

from __future__ import annotations

from dataclasses import dataclass

from liqscape.model.accounts import Accounts
from liqscape.model.cash import CashMovements
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets, MarketSnapshot
from liqscape.model.trades import Fills, FundingPayments, Trades
from liqscape.model.trigger_rows import TriggerRows
from liqscape.units import Float64Array, Int32Array, Int64Array


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


@dataclass(frozen=True, kw_only=True)
class AccountsObserved:
    """Full present state of every address named in `accounts`: all its pools, replacing what was known of it.

    An address named without a pool has closed everything. `is_complete` says that addresses not named are
    not known any more (a snapshot table of a whole market), so the ledger forgets them: not listed, not empty.

    dexs       dexs the states are of; only pools that hold a market of one of them are replaced. None: all dexs.
    address_ms (N,) venue time of the state of each address; None: `time_ms` for all.
    """

    time_ms: int
    received_ns: int
    accounts: Accounts
    is_complete: bool = False
    dexs: tuple[str, ...] | None = None
    address_ms: Int64Array | None = None


@dataclass(frozen=True)
class TradesPrinted:
    """Public prints: they move sizes and cash of both users at once."""

    time_ms: int
    received_ns: int
    trades: Trades


@dataclass(frozen=True)
class FillsObserved:
    """Fills as the exchange reports them to each account, with liquidation marks: exact where prints are not."""

    time_ms: int
    received_ns: int
    fills: Fills


@dataclass(frozen=True)
class FundingPaid:
    """Funding payments that were made, as a node reports them."""

    time_ms: int
    received_ns: int
    payments: FundingPayments


@dataclass(frozen=True)
class FundingDue:
    """The hour is full: every position pays size * oracle * rate (received where negative).

    rate   (M,) per hour; NaN pays nothing and leaves the accounts that hold it unsure.
    oracle (M,) USD.
    """

    time_ms: int
    received_ns: int
    rate: Float64Array
    oracle: Float64Array


@dataclass(frozen=True)
class CashMoved:
    """Cash moved without a trade, as a node reports it (at time_ms): in, out, or between accounts and dexs."""

    time_ms: int
    received_ns: int
    movements: CashMovements


@dataclass(frozen=True)
class MidsObserved:
    """Mids of all markets, in the middle of each book's best bid and ask; NaN: not known now, whatever it was before.

    mid  (M,) USD.
    """

    time_ms: int
    received_ns: int
    mid: Float64Array


@dataclass(frozen=True, kw_only=True)
class BestPricesObserved:
    """Best bid and ask of some markets; NaN: nobody quotes that side, or it is not known any more.

    market_index (K,) markets, each once; bid, ask (K,) USD; bid_size, ask_size (K,) coins that stand there.
    """

    time_ms: int
    received_ns: int
    market_index: Int32Array
    bid: Float64Array
    ask: Float64Array
    bid_size: Float64Array
    ask_size: Float64Array


@dataclass(frozen=True, kw_only=True)
class DepthObserved:
    """What stands in the books of some markets within 0.5, 1 and 2 % of their mids, by side.

    market_index (K,) markets, each once; bid_usd, ask_usd (K, 3) USD. NaN: the part of the book that was seen does
    not reach so far (the sum would be too small and look like a thin book), or nothing is known any more.
    """

    time_ms: int
    received_ns: int
    market_index: Int32Array
    bid_usd: Float64Array
    ask_usd: Float64Array


@dataclass(frozen=True, kw_only=True)
class GapDetected:
    """Prints of some markets may be missing between two venue times: what is known of their traders is unsure.

    market_index (K,) markets; None: all.
    addresses    where they are told, only these, whatever they hold.
    """

    time_ms: int
    received_ns: int
    from_ms: int
    market_index: Int32Array | None
    reason: str
    addresses: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class TriggersObserved:
    """All trigger orders that some addresses have, or everybody has, in some markets: replaces what was known there.

    addresses     whose orders were read; None: everybody's, so who is not named in `orders` has none.
    market_index  (K,) markets that were looked at, of whole dexs where addresses are named; None: all.
    block         height of the snapshot; None where it is none.
    """

    time_ms: int
    received_ns: int
    orders: TriggerRows
    addresses: tuple[str, ...] | None
    market_index: Int32Array | None = None
    block: int | None = None


@dataclass(frozen=True, kw_only=True)
class TriggersMoved:
    """What became of trigger orders up to `time_ms`, as a node reports every status of every order.

    opened       orders that were placed and stand; opened_ms (T,) when.
    ended        (E,) order ids that were fired, cancelled or refused; ended_market, ended_ms (E,).
    is_whole     nothing before `time_ms` was missed since the event before; False: whose orders stand is in doubt until
                 everybody's are observed again.
    """

    time_ms: int
    received_ns: int
    opened: TriggerRows
    opened_ms: Int64Array
    ended: Int64Array
    ended_market: Int32Array
    ended_ms: Int64Array
    is_whole: bool = True


@dataclass(frozen=True, kw_only=True)
class TriggersKept:
    """Trigger orders as they were known at `time_ms`, before the program stopped: taken up where nothing is known yet.

    orders        that stood; seen_ms (T,) when each was last seen.
    read_ms       (addresses of orders, D) when each was read by itself, by dex; -1: never.
    whole_ms      (M,) up to when everybody was known in a market. observed_ms (M,) as of when all orders were listed.
    dex_of_market (M,) column of read_ms.
    """

    time_ms: int
    received_ns: int
    orders: TriggerRows
    seen_ms: Int64Array
    read_ms: Int64Array
    whole_ms: Int64Array
    observed_ms: Int64Array
    dex_of_market: Int64Array


@dataclass(frozen=True)
class FrameDue:
    """The source says: a frame belongs here. Keeps replay and live cutting time at the same instants.

    `is_stored` False marks a frame between two stored ones, pushed to readers but not kept. `block` is the height of
    the newest block that is in it, None where the source tells none.
    """

    time_ms: int
    received_ns: int
    is_stored: bool = True
    block: int | None = None


Event = (
    MarketDefined
    | MarksUpdated
    | AccountsObserved
    | TradesPrinted
    | FillsObserved
    | FundingPaid
    | FundingDue
    | CashMoved
    | MidsObserved
    | BestPricesObserved
    | DepthObserved
    | GapDetected
    | TriggersObserved
    | TriggersMoved
    | TriggersKept
    | FrameDue
)
