"""Accounts that come, go, trade, split and are paid, at so many frames: what windows through time are compared with."""

from __future__ import annotations

from functools import cache

import numpy as np
from account_rows import pay

from liqscape.heatmap.grid import band_of_price
from liqscape.heatmap.through_time import PriceRows
from liqscape.model import Accounts, Market, Markets
from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier, flat_table

MARKETS = Markets.build(Market(coin=f"C{row}", size_decimals=2, max_leverage=20, table_row=row % 3) for row in range(4))
TABLES = MarginTables.build(
    [
        flat_table(20),
        MarginTable(60, (MarginTier(0.0, 25), MarginTier(900.0, 10), MarginTier(4_000.0, 3)), "tiered early"),
        MarginTable(61, (MarginTier(0.0, 40), MarginTier(2_500.0, 5)), "tiered"),
    ]
)
MINUTE_MS = 60_000
FRAMES = 40
DUE_FRAMES = (9, 10, 24)


@cache
def make_story(seed: int) -> tuple[list[tuple[int, Accounts]], np.ndarray, list[tuple[int, np.ndarray]]]:
    """States at FRAMES times, marks (M, FRAMES) and the funding paid: pools come, go, trade, split and are paid."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0.0, 0.004, (len(MARKETS), FRAMES))
    steps[1, 20] = np.log(9.0)  # far enough that the grid around the mark moves past all levels
    steps[1, 30] = -np.log(9.0)
    mark = np.array([100.0, 3.0, 0.02, 7e4])[:, None] * np.exp(np.cumsum(steps, axis=1))
    mark[rng.random(mark.shape) < 0.02] = np.nan
    mark[3, 12:15] = np.nan
    dues = [
        (frame * MINUTE_MS, np.where(rng.random(len(MARKETS)) < 0.2, np.nan, mark[:, 0] * 1e-3)) for frame in DUE_FRAMES
    ]
    held: dict[int, list[tuple[float, bool, dict[int, float]]]] = {}
    states = []
    for frame in range(FRAMES):
        accounts = _accounts(held)
        for paid_ms, due in dues:
            if paid_ms == frame * MINUTE_MS:
                accounts = pay(accounts, due)
        held = _held(accounts)
        for address in range(14):
            chance = rng.random()
            if address not in held or chance < 0.04:
                held[address] = [_new_pool(rng, mark[:, 0]) for _ in range(rng.integers(0, 4))]
            elif chance < 0.3:
                for place, (raw, is_exempt, sizes) in enumerate(held[address]):
                    for market in sizes:
                        if rng.random() < 0.5:
                            change = sizes[market] * rng.normal(0.0, 0.2)
                            sizes[market] += change
                            raw -= change * np.nan_to_num(mark[market, frame])
                    is_exempt ^= rng.random() < 0.1
                    held[address][place] = (np.nan if rng.random() < 0.05 else raw, bool(is_exempt), sizes)
            elif chance < 0.33:
                held[address] = held[address][::-1]
            elif chance < 0.36:
                held[address] = []
        states.append((frame * MINUTE_MS, _accounts(held)))
    return states, mark, dues


def _new_pool(rng: np.random.Generator, mark: np.ndarray) -> tuple[float, bool, dict[int, float]]:
    coins = rng.permutation(len(MARKETS))[: rng.integers(0, 4)]
    sizes = {int(coin): float(rng.normal(0.0, 1_500.0) / mark[coin]) for coin in coins}
    notional = sum(abs(size) * mark[coin] for coin, size in sizes.items())
    exposure = sum(size * mark[coin] for coin, size in sizes.items())
    raw = float(notional * rng.uniform(0.02, 0.6) - exposure)
    return (np.nan if rng.random() < 0.1 else raw), bool(rng.random() < 0.1), sizes


def _accounts(held: dict[int, list[tuple[float, bool, dict[int, float]]]]) -> Accounts:
    pools = [(address, *pool) for address in sorted(held) for pool in held[address]]
    sizes = [(coin, size) for _, _, _, each in pools for coin, size in each.items()]
    return Accounts.build(
        addresses=[f"0x{row:040x}" for row in range(14)],
        address_row=[address for address, *_ in pools],
        raw_usd=[raw for _, raw, _, _ in pools],
        offsets=np.concatenate(([0], np.cumsum([len(each) for *_, each in pools]))),
        market_index=[coin for coin, _ in sizes],
        size=[size for _, size in sizes],
        table_row=[coin % len(TABLES.tables) for coin, _ in sizes],
        margin_source=[address % 5 for address, *_ in pools],
        is_exempt=[is_exempt for _, _, is_exempt, _ in pools],
    )


def _held(accounts: Accounts) -> dict[int, list[tuple[float, bool, dict[int, float]]]]:
    found: dict[int, list[tuple[float, bool, dict[int, float]]]] = {}
    for pool in range(accounts.pool_count):
        rows = slice(accounts.offsets[pool], accounts.offsets[pool + 1])
        sizes = dict(zip(accounts.market_index[rows].tolist(), accounts.size[rows].tolist(), strict=True))
        raw, is_exempt = float(accounts.raw_usd[pool]), bool(accounts.is_exempt[pool])
        found.setdefault(int(accounts.address_row[pool]), []).append((raw, is_exempt, sizes))
    return found


def rows_around(price: float, level: int, count: int) -> PriceRows:
    return PriceRows(level, (int(band_of_price(np.array([price]))[0]) >> level) - count // 2, count)
