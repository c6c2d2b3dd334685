"""Made-up worlds of accounts with levels near the mark, an hour a frame: what the scale of the colours is tried on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from account_rows import change_rows

from liqscape.heatmap.density import FrameDensities, densities_of_cells, rows_of_scale
from liqscape.heatmap.grid import band_of_price
from liqscape.heatmap.through_time import cells_through_time
from liqscape.model import Accounts, Market, Markets, MarketSnapshot
from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier, flat_table
from liqscape.risk.liquidation import solve_liquidation
from liqscape.units import HOUR_MS

TABLES = MarginTables.build(
    [flat_table(50), MarginTable(60, (MarginTier(0.0, 50), MarginTier(2_000_000.0, 25)), "tiered")]
)
MARKETS = Markets.build(
    Market(coin=coin, size_decimals=4, max_leverage=50, table_row=row) for row, coin in enumerate(("FLAT", "TIERED"))
)
START_MS = 1_770_076_800_000
"""2026-02-03 00:00 UTC."""


@dataclass(frozen=True)
class World:
    """accounts hold the same through all frames; mark (M, T)."""

    accounts: Accounts
    mark: np.ndarray
    time_ms: np.ndarray

    def snapshot(self, frame: int) -> MarketSnapshot:
        return MarketSnapshot.of_marks(MARKETS, int(self.time_ms[frame]), self.mark[:, frame].copy())


def made_up_world(seed: int, accounts: int = 60, frames: int = 12, spread: float = 1.5) -> World:
    """Pools of one or both coins, sizes of a heavy tail (`spread` is the deviation of their logarithm)."""
    rng = np.random.default_rng(seed)
    mark = np.array([50_000.0, 0.02])[:, None] * np.exp(np.cumsum(rng.normal(0.0, 0.004, (2, frames)), axis=1))
    counts = rng.integers(1, 3, accounts)
    market = np.concatenate([rng.permutation(2)[:count] for count in counts])
    notional = np.exp(rng.normal(9.0, spread, len(market)))
    size = rng.choice((-1.0, 1.0), len(market)) * notional / mark[market, 0]
    pool = np.repeat(np.arange(accounts), counts)
    room = rng.uniform(0.03, 0.3, accounts)
    raw = np.bincount(pool, notional * room[pool] - size * mark[market, 0], accounts)
    built = Accounts.build(
        addresses=[f"0x{row:040x}" for row in range(accounts)],
        address_row=np.arange(accounts),
        raw_usd=np.where(rng.random(accounts) < 0.03, np.nan, raw),
        offsets=np.concatenate(([0], np.cumsum(counts))),
        market_index=market,
        size=size,
        table_row=market,
        margin_source=np.zeros(accounts, np.uint8),
        is_exempt=rng.random(accounts) < 0.03,
    )
    return World(built, mark, START_MS + HOUR_MS * np.arange(frames))


def largest_holder(world: World, coin: int, without: int = -1) -> int:
    """The pool with the largest position of a coin among those that have a level near the mark in some frame."""
    pool_of = world.accounts.pool_of_position()
    best, found = 0.0, -1
    for frame in range(len(world.time_ms)):
        for row, _ in near_positions(world, frame, coin):
            if abs(world.accounts.size[row]) > best and pool_of[row] != without:
                best, found = abs(world.accounts.size[row]), int(pool_of[row])
    return found


def grown(world: World, pool: int, factor: float) -> World:
    """The same, one pool so many times larger: its sizes and its cash, so that without tiers its levels stay."""
    accounts = world.accounts
    raw, size = accounts.raw_usd.copy(), accounts.size.copy()
    raw[pool] *= factor
    size[accounts.offsets[pool] : accounts.offsets[pool + 1]] *= factor
    return replace(world, accounts=replace(accounts, raw_usd=raw, size=size))


def with_vault(world: World, coin: int) -> tuple[World, int]:
    """The same with one account that is 50 times larger than the next, and which it is."""
    vault = largest_holder(world, coin)
    return grown(world, vault, 50.0), vault


def near_positions(world: World, frame: int, coin: int) -> list[tuple[int, int]]:
    """(row, cell of 0.1 %) of the positions that count, one after the other."""
    accounts, mark = world.accounts, world.mark[coin, frame]
    price = solve_liquidation(accounts, world.snapshot(frame), TABLES).price
    first, last = (cell_of(mark * edge) for edge in (0.8, 1.2))
    pool_of = accounts.pool_of_position()
    found = []
    for row in range(accounts.position_count):
        if accounts.market_index[row] == coin and not accounts.is_exempt[pool_of[row]] and price[row] > 0.0:
            cell = cell_of(price[row])
            if first <= cell <= last:
                found.append((row, cell))
    return found


def cell_of(price: float) -> int:
    return int(band_of_price(np.array([price]))[0]) // 2


def cells_of(world: World, frame: int, coin: int) -> dict[int, list[tuple[int, float]]]:
    """(pool, USD) of each position in each cell of a frame."""
    pool_of, mark = world.accounts.pool_of_position(), world.mark[coin, frame]
    found: dict[int, list[tuple[int, float]]] = {}
    for row, cell in near_positions(world, frame, coin):
        found.setdefault(cell, []).append((int(pool_of[row]), abs(float(world.accounts.size[row])) * mark))
    return found


def densities(world: World, coin: int) -> list[FrameDensities]:
    """As the product finds them, from the rows of a history."""
    changes = change_rows([(int(world.time_ms[0]), world.accounts)])
    rows = rows_of_scale(world.mark[coin])
    cells = cells_through_time(*changes, world.time_ms, world.mark, coin, rows, TABLES, with_largest=True)
    return densities_of_cells(cells, world.mark[coin], rows)
