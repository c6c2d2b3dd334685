"""Bands of one coin through time equal those of each frame by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
from account_rows import change_rows, pay

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.build import build_bands
from liqscape.heatmap.grid import band_middle, band_of_price, merge_band
from liqscape.heatmap.through_time import PriceRows, cells_through_time
from liqscape.heatmap.workspace import BandWorkspace
from liqscape.model import Accounts, Market, Markets, MarketSnapshot
from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier, flat_table
from liqscape.risk.liquidation import solve_roots

MARKETS = Markets.build(Market(f"C{row}", 2, 20, row % 3) for row in range(4))
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
        accounts = _accounts(held, rng)
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
        states.append((frame * MINUTE_MS, _accounts(held, rng)))
    return states, mark, dues


def _new_pool(rng: np.random.Generator, mark: np.ndarray) -> tuple[float, bool, dict[int, float]]:
    coins = rng.permutation(len(MARKETS))[: rng.integers(0, 4)]
    sizes = {int(coin): float(rng.normal(0.0, 1_500.0) / mark[coin]) for coin in coins}
    notional = sum(abs(size) * mark[coin] for coin, size in sizes.items())
    exposure = sum(size * mark[coin] for coin, size in sizes.items())
    raw = float(notional * rng.uniform(0.02, 0.6) - exposure)
    return (np.nan if rng.random() < 0.1 else raw), bool(rng.random() < 0.1), sizes


def _accounts(held: dict[int, list[tuple[float, bool, dict[int, float]]]], rng: np.random.Generator) -> Accounts:
    pools = [(address, *pool) for address in sorted(held) for pool in held[address]]
    sizes = [(coin, size) for _, _, _, each in pools for coin, size in each.items()]
    return Accounts.build(
        [f"0x{row:040x}" for row in range(14)],
        [address for address, *_ in pools],
        [raw for _, raw, _, _ in pools],
        np.concatenate(([0], np.cumsum([len(each) for *_, each in pools]))),
        [coin for coin, _ in sizes],
        [size for _, size in sizes],
        [coin % len(TABLES.tables) for coin, _ in sizes],
        quality=rng.integers(0, 5, len(pools)),
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


@cache
def bands_of_frames(seed: int) -> list[Bands]:
    """Bands of every frame of a story, made as each frame's are."""
    states, mark, _ = make_story(seed)
    workspace = BandWorkspace()
    made = []
    for frame, (time_ms, accounts) in enumerate(states):
        snapshot = MarketSnapshot.of_marks(MARKETS, time_ms, mark[:, frame].copy())
        root = solve_roots(accounts, snapshot, TABLES)
        made.append(build_bands(accounts, snapshot, root, None, workspace)[0])
    return made


def cells_by_frames(seed: int, shown: list[int], market: int, rows: PriceRows, *, at_middle: bool) -> np.ndarray:
    """Slow twin: the bands of every frame shown, one by one."""
    cells = np.zeros((2, rows.count, len(shown)))
    for column, frame in enumerate(shown):
        bands = bands_of_frames(seed)[frame].of_market(market)
        for band, side, size in zip(bands.band, bands.side, bands.size, strict=True):
            row = int(merge_band(band, rows.level)) - rows.first_band
            if 0 <= row < rows.count:
                cells[0 if side > 0 else 1, row, column] += size * (band_middle(band) if at_middle else 1.0)
    return cells


def _rows(price: float, level: int, count: int) -> PriceRows:
    return PriceRows(level, (int(band_of_price(np.array([price]))[0]) >> level) - count // 2, count)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("level", "count", "at_middle"), [(0, 4_000, False), (3, 400, False), (3, 400, True), (7, 160, False)]
)
def test_cells_are_the_bands_of_every_frame(seed: int, level: int, count: int, at_middle: bool) -> None:
    states, mark, dues = make_story(seed)
    pools, positions, funding = change_rows(states, dues)
    shown = sorted(np.random.default_rng(seed).permutation(FRAMES)[: FRAMES - seed * 4].tolist())
    shown_ms = np.array([states[frame][0] for frame in shown])
    filled = 0
    for market in range(len(MARKETS)):
        rows = _rows(mark[market, 0], level, count)
        cells = cells_through_time(
            pools, positions, funding, shown_ms, mark[:, shown], market, rows, TABLES, at_middle=at_middle
        )
        expected = cells_by_frames(seed, shown, market, rows, at_middle=at_middle)
        np.testing.assert_array_equal(cells > 0.0, expected > 0.0)
        np.testing.assert_allclose(cells, expected, rtol=1e-9, atol=0.0)
        filled += int(np.count_nonzero(expected))
    assert filled > 100


def test_story_has_what_is_claimed() -> None:
    """Whole writings, single rows, funding that explains raw USD, tiers beyond the first, all in the made-up states."""
    states, mark, dues = make_story(0)
    pools, positions, _ = change_rows(states, dues)
    without = change_rows(states)[0]
    assert len(pools["pool"]) < len(without["pool"])
    assert pools["is_whole"].any()
    assert not pools["is_whole"].all()
    assert (pools["pool"] < 0).any()
    assert (positions["size"] == 0.0).any()
    assert np.isnan(pools["raw_usd"]).any()
    assert pools["is_exempt"].any()
    notional = np.abs(positions["size"]) * mark[positions["market_index"], 0]
    assert (notional > TABLES.lower_bound[positions["table_row"], 1]).any()


def test_what_funding_paid_is_in_the_levels() -> None:
    """Cells drawn without the funding rows are others, so the rows matter."""
    states, mark, dues = make_story(1)
    pools, positions, funding = change_rows(states, dues)
    shown_ms = np.array([time_ms for time_ms, _ in states])
    rows = _rows(mark[0, 0], 0, 900)
    none = {name: values[:0] for name, values in funding.items()}
    drawn = [cells_through_time(pools, positions, each, shown_ms, mark, 0, rows, TABLES) for each in (funding, none)]
    assert not np.array_equal(*drawn)


def test_threads_and_later_columns_change_no_bit() -> None:
    """Shares side by side, and the last columns asked alone, give the same numbers."""
    states, mark, dues = make_story(2)
    changes = change_rows(states, dues)
    shown_ms = np.array([time_ms for time_ms, _ in states])
    rows = _rows(mark[0, 0], 2, 400)
    whole = cells_through_time(*changes, shown_ms, mark, 0, rows, TABLES)
    late = cells_through_time(*changes, shown_ms[25:], mark[:, 25:], 0, rows, TABLES)
    with ThreadPoolExecutor(2) as threads:
        beside = cells_through_time(
            *changes,
            shown_ms,
            mark,
            0,
            rows,
            TABLES,
            run_all=lambda jobs: [*threads.map(lambda job: job(), jobs)] and None,
        )
    assert whole.tobytes() == beside.tobytes()
    assert np.ascontiguousarray(whole[:, :, 25:]).tobytes() == late.tobytes()


def test_nothing_shown_or_held_is_nothing() -> None:
    states, mark, dues = make_story(3)
    changes = change_rows(states, dues)
    rows = _rows(mark[0, 0], 0, 30)
    assert cells_through_time(*changes, np.empty(0, np.int64), mark[:, :0], 0, rows, TABLES).shape == (2, 30, 0)
    empty = change_rows([])
    cells = cells_through_time(*empty, np.array([0]), mark[:, :1], 0, rows, TABLES)
    assert not cells.any()
    before = cells_through_time(*change_rows([(5, states[-1][1])]), np.array([4]), mark[:, :1], 0, rows, TABLES)
    assert not before.any()
