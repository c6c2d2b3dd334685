"""Days in the life of a small ledger: prints, readings, funding, complete tables, in any order."""

from __future__ import annotations

import numpy as np
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.ledger import Ledger
from liqscape.model import Accounts
from liqscape.model.events import AccountsObserved, Event, FundingDue, MarketDefined, MarksUpdated, TradesPrinted
from liqscape.model.trades import Trades

MARKETS = make_markets(6)
SNAPSHOT = make_snapshot(3, MARKETS)
ADDRESSES = 300
STRANGERS = 5
"""Traders nobody knows, who are read later."""


def prints(random: np.random.Generator, time_ms: int) -> TradesPrinted:
    """A handful of trades that open, grow, turn and close."""
    count = int(random.integers(1, 8))
    addresses = tuple(f"0x{row:040x}" for row in range(ADDRESSES + STRANGERS))
    users = np.array([random.choice(len(addresses), 2, replace=False) for _ in range(count)], np.int32)
    market = random.integers(0, len(MARKETS), count).astype(np.int32)
    return TradesPrinted(
        time_ms,
        0,
        Trades(
            addresses=addresses,
            buyer=users[:, 0],
            seller=users[:, 1],
            market_index=market,
            price=SNAPSHOT.mark[market],
            size=random.integers(1, 400, count) / 100.0,
            is_buyer_taker=random.random(count) < 0.5,
            time_ms=np.full(count, time_ms),
            trade_id=random.integers(1 << 40, size=count),
        ),
    )


def states(random: np.random.Generator, time_ms: int) -> AccountsObserved:
    """Some addresses as they are read, a new one or an empty one among them."""
    seen = make_accounts(time_ms, SNAPSHOT, 4)
    addresses = tuple(f"0x{row:040x}" for row in random.choice(ADDRESSES + STRANGERS, 5, replace=False))
    part = Accounts.join(addresses, [seen], [np.arange(4, dtype=np.int32)])
    return AccountsObserved(time_ms=time_ms, received_ns=0, accounts=part, dexs=("",), address_ms=np.full(5, time_ms))


def event(random: np.random.Generator, time_ms: int) -> Event:
    kind = random.random()
    if kind < 0.7:
        return prints(random, time_ms)
    if kind < 0.9:
        return states(random, time_ms)
    if kind < 0.95:
        return FundingDue(3_600_000 * time_ms, 0, np.full(len(MARKETS), 1e-5), SNAPSHOT.mark)
    everybody = make_accounts(time_ms, SNAPSHOT, ADDRESSES)
    return AccountsObserved(time_ms=time_ms, received_ns=0, accounts=everybody, is_complete=True)


def begun_ledger(seed: int) -> Ledger:
    """Everybody known but for the strangers."""
    ledger = Ledger()
    ledger.apply(MarketDefined(1_000, 0, MARKETS, TABLES))
    ledger.apply(MarksUpdated(1_000, 0, SNAPSHOT))
    ledger.apply(
        AccountsObserved(
            time_ms=1_000, received_ns=0, accounts=make_accounts(seed, SNAPSHOT, ADDRESSES), is_complete=True
        )
    )
    return ledger
