"""Random markets, tables and accounts for tests; every number is an exact binary fraction where it matters."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from reference import Holding

from liqscape.model import Accounts, MarginTable, MarginTables, MarginTier, Market, Markets, MarketSnapshot, flat_table
from liqscape.units import Float64Array

TABLES = MarginTables.build(
    [
        flat_table(3),
        flat_table(10),
        flat_table(40),
        MarginTable(51, (MarginTier(0.0, 10), MarginTier(3_000_000.0, 5)), "two tiers"),
        MarginTable(56, (MarginTier(0.0, 40), MarginTier(150_000_000.0, 20)), "two tiers, far"),
        MarginTable(90, (MarginTier(0.0, 25), MarginTier(1_000.0, 10), MarginTier(50_000.0, 3)), "three tiers"),
    ]
)


def make_markets(count: int) -> Markets:
    """`count` markets, tables in turn."""
    return Markets.build(
        Market(
            coin=f"C{row}",
            size_decimals=2,
            max_leverage=TABLES.tables[row % len(TABLES)].max_leverage,
            table_row=row % len(TABLES),
        )
        for row in range(count)
    )


def make_snapshot(seed: int, markets: Markets, time_ms: int = 1_000) -> MarketSnapshot:
    """Marks between 0.01 and 100,000 USD, open interest unknown."""
    marks = np.exp(np.random.default_rng(seed).uniform(-4.6, 11.5, len(markets)))
    return MarketSnapshot.of_marks(markets, time_ms, marks)


def make_accounts(seed: int, snapshot: MarketSnapshot, pools: int, max_positions: int = 6) -> Accounts:
    """Solvent pools of one to `max_positions` positions in different coins, heavy-tailed notional, both sides."""
    random = np.random.default_rng([seed, 1])
    max_positions = min(max_positions, len(snapshot.markets))
    counts = np.minimum(random.geometric(0.45, pools), max_positions)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    market_index = np.concatenate([random.permutation(len(snapshot.markets))[:count] for count in counts])
    notional = np.exp(random.normal(8.0, 3.0, len(market_index)))
    size = random.choice((-1.0, 1.0), len(market_index)) * notional / snapshot.mark[market_index]
    pool = np.repeat(np.arange(pools), counts)
    leverage = random.uniform(1.0, 12.0, pools)
    value = np.bincount(pool, notional, pools) / leverage
    raw_usd = value - np.bincount(pool, size * snapshot.mark[market_index], pools)
    return Accounts.build(
        addresses=[f"0x{row:040x}" for row in range(pools)],
        address_row=np.arange(pools),
        raw_usd=raw_usd,
        offsets=offsets,
        market_index=market_index,
        size=size,
        table_row=snapshot.markets.table_row[market_index],
        margin_source=random.integers(1, 5, pools),
        mode=np.where(counts == 1, 1, 0),
        observed_ms=np.full(pools, snapshot.time_ms - 500),
    )


def in_lots(size: Float64Array, size_decimals: int = 2) -> Float64Array:
    """Sizes as an exchange has them: whole lots, one at least."""
    lots: Float64Array = np.maximum(np.rint(np.abs(size) * 10**size_decimals), 1.0)
    return np.copysign(lots / 10**size_decimals, size)


def holdings_of(accounts: Accounts, snapshot: MarketSnapshot, pool: int) -> tuple[Fraction, list[Holding]]:
    """One pool as the reference wants it, exactly the same numbers."""
    rows = range(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))
    return Fraction(float(accounts.raw_usd[pool])), [
        Holding(
            Fraction(float(accounts.size[row])),
            Fraction(float(snapshot.mark[accounts.market_index[row]])),
            tuple(
                (Fraction(tier.lower_bound), tier.max_leverage) for tier in TABLES.tables[accounts.table_row[row]].tiers
            ),
        )
        for row in rows
    ]
