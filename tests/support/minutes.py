"""Minutes made by hand: accounts as plain objects, solved by the map's own solver, with the sums noted meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from liqscape.insight.minute import AddressKeys, Minute
from liqscape.model import Accounts, MarginTable, MarginTables, MarginTier, Market, Markets, MarketSnapshot, flat_table
from liqscape.model.minute_notes import NO_MARKET, MinuteKind, MinuteNotes
from liqscape.risk.liquidation import solve_liquidation
from liqscape.units import PoolMode

START_MS = 1_770_000_000_000
TIERED = MarginTable(51, (MarginTier(0.0, 20), MarginTier(30_000.0, 5)), "two tiers")
TABLES = MarginTables.build((flat_table(20), TIERED, flat_table(10)))
MARKETS = Markets.build(
    (
        Market(coin="AAA", size_decimals=2, max_leverage=20, table_row=0),
        Market(coin="BBB", size_decimals=1, max_leverage=20, table_row=1),
        Market(coin="CCC", size_decimals=0, max_leverage=10, table_row=2, dex="other"),
    )
)
MARKS = (100.0, 50.0, 10.0)
A, B, C = range(3)


@dataclass
class HeldPool:
    """size by market; raw is the cash leg."""

    raw: float
    size: dict[int, float]
    mode: int = PoolMode.CROSS
    is_exempt: bool = False
    table: dict[int, int] = field(default_factory=dict)


World = dict[str, list[HeldPool]]
"""Pools by address."""
Noted = tuple[str, int, MinuteKind, float, float]
"""address, market, kind, size, usd."""


def make_minute(
    world: World,
    *,
    marks: Sequence[float] = MARKS,
    notes: Iterable[Noted] | None = (),
    tables: MarginTables = TABLES,
    markets: Markets = MARKETS,
    time_ms: int = START_MS,
    is_gap: bool = False,
    since_ms: int | None = None,
) -> Minute:
    """A stored frame of a world. notes None: of a foreign snapshot; since_ms: from when on they were taken."""
    addresses = tuple(world)
    pools = [(row, pool) for row, address in enumerate(addresses) for pool in world[address]]
    held = [(market, size, pool) for _, pool in pools for market, size in pool.size.items()]
    accounts = Accounts.build(
        addresses=addresses,
        address_row=[row for row, _ in pools],
        raw_usd=[pool.raw for _, pool in pools],
        offsets=np.cumsum([0, *(len(pool.size) for _, pool in pools)]),
        market_index=[market for market, _, _ in held],
        size=[size for _, size, _ in held],
        table_row=[pool.table.get(market, int(markets.table_row[market])) for market, _, pool in held],
        mode=[pool.mode for _, pool in pools],
        is_exempt=[pool.is_exempt for _, pool in pools],
    )
    snapshot = MarketSnapshot.of_marks(markets, time_ms, np.array(marks))
    return Minute(
        snapshot=snapshot,
        accounts=accounts,
        tables=tables,
        level=solve_liquidation(accounts, snapshot, tables).price,
        key=AddressKeys().of(addresses),
        notes=None if notes is None else make_notes(addresses, notes, since_ms),
        is_gap=is_gap,
    )


def make_notes(addresses: tuple[str, ...], noted: Iterable[Noted], since_ms: int | None = None) -> MinuteNotes:
    """The sums of a minute by account, market and kind."""
    rows = list(noted)
    return MinuteNotes(
        coins=None if since_ms is None else {"since_ms": np.array([since_ms])},
        accounts={
            "address_row": np.array([addresses.index(row[0]) for row in rows], np.int32),
            "market_index": np.array([row[1] for row in rows], np.int32),
            "kind": np.array([row[2] for row in rows], np.uint8),
            "size": np.array([row[3] for row in rows]),
            "usd": np.array([row[4] for row in rows]),
        },
    )


def cash(address: str, kind: MinuteKind, usd: float) -> Noted:
    """A movement of cash without a market."""
    return (address, NO_MARKET, kind, 0.0, usd)
