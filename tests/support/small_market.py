"""A small made-up market: a few coins, some dozens of accounts, marks that wander. Deterministic."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.model import Accounts, MarginTable, MarginTables, MarginTier, Market, Markets, MarketSnapshot, flat_table
from liqscape.units import MarginSource, PoolMode

START_MS = 1_770_000_000_000 // 60_000 * 60_000
MINUTE_MS = 60_000
SMALL = Provenance("generated", "small test market", True, "made up for tests")
TABLES = MarginTables.build(
    (
        flat_table(10),
        MarginTable(60, (MarginTier(0.0, 40), MarginTier(150_000.0, 20)), "tiered"),
    )
)
MARKETS = Markets.build(
    (
        Market(coin="BTC", size_decimals=5, max_leverage=40, table_row=1),
        Market(coin="ETH", size_decimals=4, max_leverage=40, table_row=1),
        Market(coin="kPEPE", size_decimals=0, max_leverage=10, table_row=0),
        Market(coin="DARK", size_decimals=2, max_leverage=10, table_row=0),
        Market(coin="GONE", size_decimals=2, max_leverage=10, table_row=0, is_delisted=True),
    )
)
FIRST_MARKS = np.array([70_000.0, 2_000.0, 0.004, np.nan, np.nan])
"""DARK has no known mark; nobody holds GONE."""


@dataclass(frozen=True)
class SmallMarket:
    """Frames and the accounts behind each, oldest first."""

    frames: tuple[MarketFrame, ...]
    accounts: tuple[Accounts, ...]
    tables: MarginTables


def address(number: int) -> str:
    """A made-up address."""
    return f"0x{number:040x}"


def small_accounts(seed: int, time_ms: int, count: int = 40) -> Accounts:
    """Cross accounts of one to three positions, an isolated pool each fifth, one exempt, one unknown, one dark."""
    rng = np.random.default_rng(seed)
    rows, raw, modes, margin_source, exempt, offsets = [], [], [], [], [], [0]
    coins, sizes, tables = [], [], []

    def add(owner: int, mode: PoolMode, held: list[tuple[int, float]], cash: float, known: MarginSource) -> None:
        rows.append(owner)
        raw.append(cash)
        modes.append(mode)
        margin_source.append(known)
        exempt.append(owner == 1)
        for coin, size in held:
            coins.append(coin)
            sizes.append(size)
            tables.append(MARKETS.rows[coin].table_row)
        offsets.append(len(sizes))

    marks = np.where(np.isnan(FIRST_MARKS), 1.0, FIRST_MARKS)
    for owner in range(count):
        held = []
        for coin in rng.permutation(3)[: rng.integers(1, 4)].tolist():
            notional = float(np.exp(rng.normal(10.5, 1.2)))
            held.append((coin, float(rng.choice((-1.0, 1.0))) * notional / marks[coin]))
        gross = sum(abs(size) * marks[coin] for coin, size in held)
        net = sum(size * marks[coin] for coin, size in held)
        cash = gross * float(rng.uniform(0.05, 0.4)) - net
        known = MarginSource.STATE if owner % 3 else MarginSource.PUBLISHED
        if owner == 2:
            cash, known = float("nan"), MarginSource.UNKNOWN
        add(owner, PoolMode.CROSS, held, cash, known)
        if owner % 5 == 0:
            size = 20_000.0 / marks[1]
            add(owner, PoolMode.ISOLATED, [(1, size)], -0.9 * size * marks[1], MarginSource.STATE)
    add(count, PoolMode.CROSS, [(3, 100.0)], -50.0, MarginSource.STATE)
    return Accounts.build(
        addresses=[address(number) for number in range(count + 1)],
        address_row=rows,
        raw_usd=raw,
        offsets=offsets,
        market_index=coins,
        size=sizes,
        table_row=tables,
        margin_source=margin_source,
        mode=modes,
        is_exempt=exempt,
        observed_ms=[time_ms - 30_000] * len(rows),
        entry_price=[float(marks[coin]) for coin in coins],
        leverage=[10.0] * len(coins),
    )


def small_market(seed: int = 1, count: int = 12, step_ms: int = MINUTE_MS) -> SmallMarket:
    """`count` frames `step_ms` apart; marks wander, and now and then an account closes everything."""
    rng = np.random.default_rng(seed)
    marks = FIRST_MARKS.copy()
    accounts = small_accounts(seed, START_MS)
    frames, kept = [], []
    for number in range(count):
        time_ms = START_MS + number * step_ms
        if number:
            marks = marks * np.exp(rng.normal(0.0, 0.002, len(marks)))
        if number % 4 == 3 and accounts.pool_count > 30:
            accounts = accounts.take(np.delete(np.arange(accounts.pool_count), 12))
        accounts = replace(accounts, observed_ms=np.full(accounts.pool_count, time_ms - 30_000, np.int64))
        interest = np.array([50.0, 900.0, np.nan, np.nan, np.nan])
        snapshot = MarketSnapshot(
            markets=MARKETS, time_ms=time_ms, mark=marks, oracle=marks * 1.0001, open_interest=interest
        )
        frames.append(build_frame(accounts, snapshot, TABLES, SMALL))
        kept.append(accounts)
    return SmallMarket(tuple(frames), tuple(kept), TABLES)
