"""A made-up market of the size of the real one: `make_population(seed)`, about a second, same seed same bits.

What it is like, and why it matters for speed:

- 300,000 *addresses* ("accounts"), 700,000 positions, 250 coins. 70 % of the addresses margin everything in one
  cross pool; 30 % hold isolated positions, each a pool of its own with one position. So there are more pools than
  addresses (about 350,000), and a third of the positions never move on a mark tick.
- Positions per cross pool follow a power law from 1 to 60; pockets per isolated address one from 1 to 12.
- Four coins hold 57 % of all positions, the other 246 share the rest by Zipf's law: long inner loops and short ones.
- Leverage is a round number (3, 5, 10, 20, 25, 40, capped by the coin) and entries lie along one price path per
  coin, recent hours more often, so levels stand in clusters as on a real map instead of evenly.
- Notional is log-normal (a factor of the address, a factor of the position) with a Pareto tail, so some positions
  lie beyond the first margin tier and the kernels cannot live on their shortcut alone. Six tables have two tiers;
  the bounds are those of the exchange (late 2026).
- Two qualities (state, tracked), 0.2 % of the pools with unknown raw USD, and eight exempt pools of 60 positions.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from liqscape.model import Accounts, MarginTable, MarginTables, MarginTier, Market, Markets, MarketSnapshot, flat_table
from liqscape.risk.margin import maintenance_margin
from liqscape.units import AnyArray, Float64Array, Int64Array, MarginSource, PoolMode

TIME_MS = 1_770_000_000_000
MAJORS = (("BTC", 0.30, 78_000.0), ("ETH", 0.18, 2_400.0), ("HYPE", 0.16, 32.0), ("SOL", 0.13, 105.0))
"""Name, weight in the draw, mark in USD. A coin can be held once only, so the share of positions comes out lower."""
MAJOR_TABLES = (56, 55, 52, 54)
LEVERAGES = np.array([3.0, 5.0, 10.0, 20.0, 25.0, 40.0])
LEVERAGE_SHARES = np.array([0.12, 0.18, 0.24, 0.26, 0.08, 0.12])
TIERED = (
    (51, ((0.0, 10), (3_000_000.0, 5))),
    (52, ((0.0, 10), (20_000_000.0, 5))),
    (53, ((0.0, 20), (40_000_000.0, 10))),
    (54, ((0.0, 20), (70_000_000.0, 10))),
    (55, ((0.0, 25), (100_000_000.0, 15))),
    (56, ((0.0, 40), (150_000_000.0, 20))),
)
PATH_HOURS = 720
EXEMPT_POOLS = 8
MAX_CROSS, MAX_POCKETS = 60, 12


class Population(NamedTuple):
    """What every benchmark works on."""

    accounts: Accounts
    snapshot: MarketSnapshot
    tables: MarginTables


def make_population(
    seed: int = 7, accounts: int = 300_000, positions: int | None = None, markets: int = 250
) -> Population:
    """Exactly `accounts` addresses and `positions` positions (7 for 3 addresses unless given) in `markets` coins."""
    random = np.random.default_rng(seed)
    positions = accounts * 7 // 3 if positions is None else positions
    tables = MarginTables.build(
        [*(flat_table(leverage) for leverage in (3, 5, 10, 20, 25, 40)), *_tiered_tables()],
    )
    listed, share = _make_markets(random, markets, tables)
    mark = np.exp(random.uniform(-6.0, 7.0, markets))
    for row, (_, _, price) in enumerate(MAJORS[:markets]):
        mark[row] = price
    listed = _with_lots(listed, mark)
    open_interest = np.full(markets, np.nan)
    snapshot = MarketSnapshot(
        markets=listed, time_ms=TIME_MS, mark=mark, oracle=mark * 1.0002, open_interest=open_interest
    )
    address_row, is_isolated, lengths = _make_pools(random, accounts, positions, markets)
    pool = np.repeat(np.arange(len(lengths)), lengths)
    # One position a coin and address: pockets of one address must differ in coin like the positions of a pool.
    market_index = _distinct_coins(random, address_row[pool], share)
    held = _make_positions(random, address_row[pool], market_index, mark, tables, listed)
    raw_usd = _make_raw_usd(
        random, pool=pool, lengths=lengths, held=held, market_index=market_index, snapshot=snapshot, tables=tables
    )
    margin_source = np.where(random.random(len(lengths)) < 0.85, MarginSource.STATE, MarginSource.TRACKED)
    raw_usd[random.random(len(lengths)) < 0.002] = np.nan
    is_exempt = np.zeros(len(lengths), np.bool_)
    is_exempt[np.argsort(-lengths, kind="stable")[:EXEMPT_POOLS]] = True
    width = np.frombuffer(random.bytes(20 * accounts), np.uint8).reshape(accounts, 20).tobytes().hex()
    return Population(
        Accounts.build(
            addresses=["0x" + width[row * 40 : row * 40 + 40] for row in range(accounts)],
            address_row=address_row,
            raw_usd=raw_usd,
            offsets=np.concatenate(([0], np.cumsum(lengths))),
            market_index=market_index,
            size=held.size,
            table_row=held.table_row,
            margin_source=margin_source,
            mode=np.where(is_isolated, PoolMode.ISOLATED, PoolMode.CROSS),
            is_exempt=is_exempt,
            observed_ms=TIME_MS - random.integers(0, 3_600_000, len(lengths)),
            entry_price=held.entry_price,
            leverage=held.leverage,
            observed_mark=mark[market_index],
        ),
        snapshot,
        tables,
    )


def _tiered_tables() -> list[MarginTable]:
    return [
        MarginTable(table_id, tuple(MarginTier(*tier) for tier in tiers), "two tiers") for table_id, tiers in TIERED
    ]


def _make_markets(random: np.random.Generator, count: int, tables: MarginTables) -> tuple[Markets, Float64Array]:
    """Markets, and the share of positions of each."""
    ids = [*MAJOR_TABLES, *random.choice((3, 5, 10, 51, 52, 53), max(count - 4, 0), p=(0.25, 0.2, 0.2, 0.2, 0.1, 0.05))]
    rows = [tables.row_of(int(table_id)) for table_id in ids[:count]]
    names = [*(name for name, _, _ in MAJORS), *(f"COIN{row:03d}" for row in range(4, count))][:count]
    zipf = 1.0 / np.arange(1, max(count - 4, 0) + 1) ** 1.05
    rest = zipf / zipf.sum() * (1.0 - sum(share for _, share, _ in MAJORS)) if len(zipf) else zipf
    share = np.concatenate((np.array([share for _, share, _ in MAJORS]), rest))[:count]
    listed = Markets.build(
        Market(coin=name, size_decimals=3, max_leverage=tables.tables[row].max_leverage, table_row=row)
        for name, row in zip(names, rows, strict=True)
    )
    return listed, share / share.sum()


def _with_lots(listed: Markets, mark: Float64Array) -> Markets:
    """The markets with as many decimals of sizes as makes a lot 0.1 to 1 USD, where one coin is worth more."""
    decimals = np.clip(np.ceil(np.log10(mark)), 0, 5).astype(np.int64)
    return Markets.build(
        replace(market, size_decimals=int(places)) for market, places in zip(listed.rows, decimals, strict=True)
    )


def _make_pools(
    random: np.random.Generator, addresses: int, positions: int, markets: int
) -> tuple[Int64Array, AnyArray, Int64Array]:
    """Address, whether isolated, and number of positions of every pool, pools of an address together."""
    is_pocketed = random.random(addresses) < 0.3
    held = np.empty(addresses, np.int64)
    held[is_pocketed] = _power_law(random, int(is_pocketed.sum()), 2.6, min(MAX_POCKETS, markets))
    cross = np.flatnonzero(~is_pocketed)
    most = min(MAX_CROSS, markets)
    held[cross] = _power_law(random, len(cross), 2.05, most)
    held[cross[:EXEMPT_POOLS]] = most
    difference = positions - int(held.sum())
    while difference:  # to the exact number: one more, or one less, for some cross addresses
        step = 1 if difference > 0 else -1
        able = cross[EXEMPT_POOLS:]
        able = able[(held[able] < most - 1) & (held[able] > 1)] if step < 0 else able[held[able] < most - 1]
        chosen = random.permutation(able)[: abs(difference)]
        held[chosen] += step
        difference -= step * len(chosen)
    pools = np.where(is_pocketed, held, 1)
    address_row = np.repeat(np.arange(addresses), pools)
    is_isolated = is_pocketed[address_row]
    return address_row, is_isolated, np.where(is_isolated, 1, held[address_row])


def _power_law(random: np.random.Generator, count: int, exponent: float, most: int) -> Int64Array:
    weights = 1.0 / np.arange(1, most + 1) ** exponent
    return 1 + random.choice(most, count, p=weights / weights.sum())


def _distinct_coins(random: np.random.Generator, holder: Int64Array, share: Float64Array) -> Int64Array:
    """A coin for every position, no coin twice for a holder, by share; rising within the holder."""
    markets = len(share)
    as_is, flat = np.cumsum(share), np.cumsum(np.sqrt(share) / np.sqrt(share).sum())
    key = holder * markets + np.searchsorted(as_is, random.random(len(holder)) * (1.0 - 1e-12))
    for turn in itertools.count():
        key.sort()
        repeated = np.flatnonzero(key[1:] == key[:-1]) + 1
        if not len(repeated):
            break
        weights = as_is if turn < 3 else flat
        fresh = np.searchsorted(weights, random.random(len(repeated)) * (1.0 - 1e-12))
        key[repeated] = key[repeated] // markets * markets + fresh
    return key % markets


class _Positions(NamedTuple):
    size: Float64Array
    entry_price: Float64Array
    leverage: Float64Array
    table_row: Int64Array


def _make_positions(
    random: np.random.Generator,
    holder: Int64Array,
    market_index: Int64Array,
    mark: Float64Array,
    tables: MarginTables,
    listed: Markets,
) -> _Positions:
    count = len(market_index)
    steps = random.standard_t(4, (len(mark), PATH_HOURS)) * np.linspace(0.003, 0.012, len(mark))[:, None]
    path = mark[:, None] * np.exp(np.cumsum(steps, axis=1) - steps.sum(axis=1, keepdims=True))
    age = np.minimum(random.exponential(150.0, count), PATH_HOURS - 1.0).astype(np.int64)
    entry = path[market_index, PATH_HOURS - 1 - age] * np.exp(random.normal(0.0, 0.001, count))
    table_row = listed.table_row[market_index].astype(np.int64)
    cap = tables.rate[table_row, 0]
    leverage = LEVERAGES[np.searchsorted(np.cumsum(LEVERAGE_SHARES), random.random(count) * 0.999_999)]
    leverage = np.minimum(leverage, 1.0 / (2.0 * cap))
    popularity = np.minimum(1.0, 40.0 / (market_index + 1.0)) ** 0.5
    wealth = random.normal(7.3, 1.6, int(holder[-1]) + 1)[holder]
    notional = np.exp(wealth + random.normal(0.0, 1.0, count)) * popularity
    notional *= np.where(random.random(count) < 0.002, 1.0 + 30.0 * random.pareto(1.1, count), 1.0)
    notional = np.clip(notional, 10.0, 4e8)
    lots_per_coin = np.array([10.0**market.size_decimals for market in listed.rows])[market_index]
    size = np.maximum(np.rint(notional / entry * lots_per_coin), 1.0) / lots_per_coin
    return _Positions(np.where(random.random(count) < 0.53, size, -size), entry, leverage, table_row)


def _make_raw_usd(
    random: np.random.Generator,
    *,
    pool: Int64Array,
    lengths: Int64Array,
    held: _Positions,
    market_index: Int64Array,
    snapshot: MarketSnapshot,
    tables: MarginTables,
) -> Float64Array:
    """Margin of the leverage at entry, more of it in most cross pools; topped up where that is gone by now."""
    count = len(lengths)
    paid = np.bincount(pool, held.size * held.entry_price, count)
    margin = np.bincount(pool, np.abs(held.size) * held.entry_price / held.leverage, count)
    spare = np.where(
        lengths > 1, np.exp(random.normal(0.2, 0.7, count)), random.choice((0.0, 0.0, 0.0, 0.5, 1.0), count)
    )
    raw_usd = margin * (1.0 + spare) - paid
    exposure = held.size * snapshot.mark[market_index]
    maintenance = np.bincount(pool, maintenance_margin(np.abs(exposure), held.table_row, tables), count)
    value = raw_usd + np.bincount(pool, exposure, count)
    wanted = maintenance / random.uniform(0.3, 0.97, count)
    topped: Float64Array = raw_usd + np.where(value < 1.02 * maintenance, wanted - value, 0.0)
    return topped
