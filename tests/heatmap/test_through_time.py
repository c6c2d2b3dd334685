"""Bands of one coin through time equal those of each frame by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
from account_rows import change_rows
from account_story import FRAMES, MARKETS, TABLES, make_story, rows_around

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.build import HALF_SPAN, build_bands, window_start
from liqscape.heatmap.grid import band_middle, band_of_price, merge_band
from liqscape.heatmap.through_time import PriceRows, cells_through_time
from liqscape.heatmap.workspace import BandWorkspace
from liqscape.model import MarketSnapshot
from liqscape.risk.liquidation import solve_roots


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
        rows = rows_around(mark[market, 0], level, count)
        cells = cells_through_time(
            pools, positions, funding, shown_ms, mark[:, shown], market, rows, TABLES, at_middle=at_middle
        )
        expected = cells_by_frames(seed, shown, market, rows, at_middle=at_middle)
        np.testing.assert_array_equal(cells > 0.0, expected > 0.0)
        np.testing.assert_allclose(cells, expected, rtol=1e-9, atol=0.0)
        filled += int(np.count_nonzero(expected))
    assert filled > 100


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("level", "count", "at_middle"), [(1, 2_000, False), (8, 80, True), (8, 80, False)])
def test_the_largest_position_of_a_cell_is_told_beside_the_sums(
    seed: int, level: int, count: int, at_middle: bool
) -> None:
    states, mark, dues = make_story(seed)
    changes = change_rows(states, dues)
    shown_ms = np.array([time_ms for time_ms, _ in states])
    filled = several = 0
    for market in range(len(MARKETS)):
        rows = rows_around(mark[market, 0], level, count)
        asked = (*changes, shown_ms, mark, market, rows, TABLES)
        cells = cells_through_time(*asked, at_middle=at_middle, with_largest=True)
        assert cells[:2].tobytes() == cells_through_time(*asked, at_middle=at_middle).tobytes()
        expected = largest_by_frames(seed, market, rows, at_middle=at_middle)
        np.testing.assert_allclose(cells[2:], expected, rtol=1e-9, atol=0.0)
        filled += int(np.count_nonzero(expected))
        several += int(np.count_nonzero(cells[2:] < 0.99 * cells[:2]))
    assert filled > 100
    assert level < 8 or several > 10


def largest_by_frames(seed: int, market: int, rows: PriceRows, *, at_middle: bool) -> np.ndarray:
    """Slow twin: the level of every position of every frame, one by one."""
    states, mark, _ = make_story(seed)
    largest = np.zeros((2, rows.count, len(states)))
    for column, (time_ms, accounts) in enumerate(states):
        snapshot = MarketSnapshot.of_marks(MARKETS, time_ms, mark[:, column].copy())
        root = solve_roots(accounts, snapshot, TABLES)
        pool = accounts.pool_of_position()
        start = window_start(mark[market : market + 1, column])[0]
        is_seen = (accounts.market_index == market) & ~accounts.is_exempt[pool] & (root > 0.0) & (root < 1e15)
        for row in np.flatnonzero(is_seen & ~np.isnan(start)):
            band = band_of_price(root[row : row + 1])
            if not start <= band[0] < start + 2 * HALF_SPAN:
                continue
            place = int(merge_band(band, rows.level)[0]) - rows.first_band
            if 0 <= place < rows.count:
                amount = abs(accounts.size[row]) * (float(band_middle(band)[0]) if at_middle else 1.0)
                side = int(accounts.size[row] < 0.0)
                largest[side, place, column] = max(largest[side, place, column], amount)
    return largest


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
    rows = rows_around(mark[0, 0], 0, 900)
    none = {name: values[:0] for name, values in funding.items()}
    drawn = [cells_through_time(pools, positions, each, shown_ms, mark, 0, rows, TABLES) for each in (funding, none)]
    assert not np.array_equal(*drawn)


def test_threads_and_later_columns_change_no_bit() -> None:
    """Shares side by side, and the last columns asked alone, give the same numbers."""
    states, mark, dues = make_story(2)
    changes = change_rows(states, dues)
    shown_ms = np.array([time_ms for time_ms, _ in states])
    rows = rows_around(mark[0, 0], 2, 400)
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
    rows = rows_around(mark[0, 0], 0, 30)
    assert cells_through_time(*changes, np.empty(0, np.int64), mark[:, :0], 0, rows, TABLES).shape == (2, 30, 0)
    empty = change_rows([])
    cells = cells_through_time(*empty, np.array([0]), mark[:, :1], 0, rows, TABLES)
    assert not cells.any()
    before = cells_through_time(*change_rows([(5, states[-1][1])]), np.array([4]), mark[:, :1], 0, rows, TABLES)
    assert not before.any()
