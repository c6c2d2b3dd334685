"""Small markets for cascades: a few coins, accounts of planted leverage, prices that do not round away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from trigger_worlds import stops_of_positions

from liqscape.cascade import CascadeInput, CascadeSettings, Mode
from liqscape.model import Accounts, MarginTables, Market, Markets, MarketSnapshot, flat_table
from liqscape.model.margin_tables import MarginTable, MarginTier

TABLES = MarginTables.build(
    [
        flat_table(40),
        flat_table(20),
        flat_table(10),
        MarginTable(51, (MarginTier(0.0, 10), MarginTier(200_000.0, 5)), "t"),
    ]
)
COINS = (("BTC", 5, 0, 60_000.0), ("ETH", 4, 1, 2_500.0), ("SOL", 2, 2, 150.0), ("DOGE", 0, 3, 0.125))
MARKS = np.array([price for *_, price in COINS])
TIME_MS = 1_770_000_000_000
SHORT_RUN = CascadeSettings(horizon_ms=180_000)
ALL_DOWN = {"BTC": -0.12, "ETH": -0.15, "SOL": -0.2, "DOGE": -0.25}
GIVEN = replace(SHORT_RUN, mode=Mode.GIVEN)


def small_markets() -> Markets:
    """Four coins: size decimals 5, 4, 2, 0."""
    return Markets.build(
        Market(coin=coin, size_decimals=decimals, max_leverage=TABLES.tables[table].max_leverage, table_row=table)
        for coin, decimals, table, _ in COINS
    )


def snapshot_of(accounts: Accounts, markets: Markets) -> MarketSnapshot:
    """Open interest such that the accounts are half of the market."""
    size = np.bincount(accounts.market_index, np.abs(accounts.size), len(markets))
    mark = MARKS
    return MarketSnapshot(
        markets=markets, time_ms=TIME_MS, mark=mark, oracle=mark.copy(), open_interest=np.maximum(size, 1.0)
    )


def crowd(seed: int, pools: int, *, side: int = 0, leverage: tuple[float, float] = (2.0, 9.0)) -> CascadeInput:
    """Random accounts of one to three positions; side 1 longs only, -1 shorts only, 0 both. A third is isolated."""
    random = np.random.default_rng([seed, 77])
    markets = small_markets()
    counts = np.minimum(random.geometric(0.5, pools), 3)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    market = np.concatenate([random.permutation(len(COINS))[:count] for count in counts])
    mark = MARKS
    pool = np.repeat(np.arange(pools), counts)
    notional = np.exp(random.normal(10.0, 1.6, len(market)))
    signs = random.choice((-1.0, 1.0), len(market)) if side == 0 else np.full(len(market), float(side))
    decimals = np.array([row[1] for row in COINS])[market]
    size = signs * np.maximum(1.0, np.rint(notional / mark[market] * 10.0**decimals)) / 10.0**decimals
    worth = np.bincount(pool, np.abs(size) * mark[market], pools) / random.uniform(*leverage, pools)
    raw = np.rint((worth - np.bincount(pool, size * mark[market], pools)) * 1e6) / 1e6
    accounts = Accounts.build(
        addresses=[f"0x{int(row):040x}" for row in random.permutation(pools) + 1_000],
        address_row=np.arange(pools),
        raw_usd=raw,
        offsets=offsets,
        market_index=market,
        size=size,
        table_row=markets.table_row[market],
        mode=np.where((counts == 1) & (random.uniform(size=pools) < 0.5), 1, 0),
        entry_price=mark[market] * np.exp(random.normal(0.0, 0.05, len(market))),
    )
    return question_of(accounts, markets)


def question_of(accounts: Accounts, markets: Markets | None = None) -> CascadeInput:
    """These accounts in the small market, no recorded books."""
    markets = small_markets() if markets is None else markets
    unknown = np.full(len(markets), np.nan)
    snapshot = snapshot_of(accounts, markets)
    return CascadeInput(
        accounts=accounts,
        snapshot=snapshot,
        tables=TABLES,
        books=(None,) * len(markets),
        day_volume=unknown,
        day_volatility=unknown,
        provenance="made up for a test",
    )


def account(*pools: tuple[str, int, float, float, float]) -> CascadeInput:
    """Cross accounts of one position each: (address end, market, signed size, account value USD, entry price)."""
    markets = small_markets()
    mark = MARKS
    market = np.array([row[1] for row in pools])
    size = np.array([row[2] for row in pools])
    value = np.array([row[3] for row in pools])
    accounts = Accounts.build(
        addresses=[f"0x{row[0]:0>40}" for row in pools],
        address_row=np.arange(len(pools)),
        raw_usd=value - size * mark[market],
        offsets=np.arange(len(pools) + 1),
        market_index=market,
        size=size,
        table_row=markets.table_row[market],
        entry_price=[row[4] for row in pools],
    )
    return question_of(accounts, markets)


def with_stops(question: CascadeInput, seed: int = 3, share: float = 0.6) -> CascadeInput:
    """The same market in which most positions have a stop, a take-profit or both."""
    return replace(question, triggers=stops_of_positions(question.accounts, MARKS, seed, share))
