"""The scale of a coin's colours against a slow twin, and that no single account decides it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from amounts import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from level_worlds import TABLES, World, cells_of, densities, grown, largest_holder, made_up_world, with_vault

from liqscape.heatmap.build import build_bands
from liqscape.heatmap.density import (
    MAX_RATIO,
    MIN_RATIO,
    QUANTILES,
    DensityScale,
    FrameDensities,
    density_of,
    lone_runs,
    mass_span,
    scale_of_frames,
)
from liqscape.heatmap.grid import BASE_WIDTH
from liqscape.risk.liquidation import solve_roots

STEPS = 255
SEEDS = st.integers(0, 10_000)


def plain_scale(world: World, coin: int) -> tuple[list[float], int]:
    """Slow twin: (quantiles and high, cells) counted one position after the other."""
    left: list[float] = []
    count = filled = 0
    for frame in range(len(world.time_ms)):
        cells = {cell: [usd for _, usd in held] for cell, held in cells_of(world, frame, coin).items()}
        if not cells:
            continue
        holding = max(cells, key=lambda cell: max(cells[cell]))
        cells[holding].remove(max(cells[holding]))
        others = [sum(held) for held in cells.values() if held]
        left += [usd * 0.001 / (2.0 * math.log1p(BASE_WIDTH)) for usd in others]
        count += len(others) + 1
        filled += 1
    ordered = sorted(left)
    hot = max(0.85, min(0.985, 1.0 - 3.0 * filled / count))
    return [ordered[min(math.floor(q * count), len(ordered) - 1)] for q in (*QUANTILES, hot)], count


def places(world: World, coin: int, scale: DensityScale, without: int) -> list[int]:
    """Place of each cell on the scale, cells that hold something of one account left out; frame after frame."""
    assert scale.low is not None
    assert scale.high is not None
    found = []
    for frame in range(len(world.time_ms)):
        for cell, held in sorted(cells_of(world, frame, coin).items()):
            if all(pool != without for pool, _ in held):
                density = density_of(np.array([sum(usd for _, usd in held)]), 1)[0]
                place = STEPS * math.log(density / scale.low) / math.log(scale.high / scale.low)
                found.append((frame, cell, round(min(max(place, 0.0), STEPS))))
    return found


@given(SEEDS, st.sampled_from((0, 1)))
@settings(max_examples=examples(12))
def test_scale_is_that_of_a_plain_count(seed: int, coin: int) -> None:
    world = made_up_world(seed, frames=5)
    scale = scale_of_frames(densities(world, coin))
    quantiles, count = plain_scale(world, coin)
    np.testing.assert_allclose((*scale.quantiles, scale.high), quantiles, rtol=1e-6)
    assert scale.cell_count == count
    assert scale.low == min(max(scale.quantiles[0], scale.high / MAX_RATIO), scale.high / MIN_RATIO)


@given(SEEDS, st.sampled_from((0, 1)), st.booleans(), st.sampled_from((0.3, 1.5, 2.5)))
@settings(max_examples=examples(16))
def test_the_largest_account_a_hundred_times_larger_moves_no_other_cell(
    seed: int, coin: int, has_vault: bool, spread: float
) -> None:
    """On random worlds and with one vault, with margin tiers and without, however heavy the tail of sizes is; where a
    tier does not move its level across the edge of what counts."""
    world = made_up_world(seed, accounts=120, frames=5, spread=spread)
    world, largest = with_vault(world, coin) if has_vault else (world, largest_holder(world, coin))
    larger = grown(world, largest, 100.0)
    assume(frames_near(world, coin, largest) == frames_near(larger, coin, largest))
    before, after = (scale_of_frames(densities(each, coin)) for each in (world, larger))
    moved = {(frame, cell): place for frame, cell, place in places(larger, coin, after, largest)}
    stayed = {(frame, cell): place for frame, cell, place in places(world, coin, before, largest)}
    common = moved.keys() & stayed.keys()
    assert len(common) > 50
    assert max(abs(moved[each] - stayed[each]) for each in common) <= 1


def frames_near(world: World, coin: int, pool: int) -> list[bool]:
    frames = (cells_of(world, frame, coin).values() for frame in range(len(world.time_ms)))
    return [any(holder == pool for held in cells for holder, _ in held) for cells in frames]


@pytest.mark.parametrize("accounts", [90, 150])
def test_the_second_largest_account_does_not_decide_either(accounts: int) -> None:
    """Three cells of a frame of twenty or more are hotter than the top of the scale."""
    compared = 0
    for seed in range(12):
        world, vault = with_vault(made_up_world(seed, accounts=accounts, frames=5), 0)
        second = largest_holder(world, 0, without=vault)
        large, larger = (grown(world, second, factor) for factor in (30.0, 3_000.0))
        near = [[frames_near(each, 0, pool) for pool in (vault, second)] for each in (large, larger)]
        if near[0] == near[1] and all(map(all, near[0])):
            compared += 1
            assert scale_of_frames(densities(large, 0)).high == scale_of_frames(densities(larger, 0)).high
    assert compared > 3


def test_counting_the_largest_account_would_move_other_cells() -> None:
    """So the test above can fail: with the whale's cells among the others, its size decides the top."""
    world = made_up_world(3, accounts=40, frames=5, spread=0.3)
    larger = grown(world, largest_holder(world, 0), 100.0)

    def high(each: World) -> float:
        cells = [sum(usd for _, usd in held) for frame in range(5) for held in cells_of(each, frame, 0).values()]
        return float(np.quantile(cells, 0.985))

    assert high(larger) > 10.0 * high(world)


def test_there_is_no_scale_without_others() -> None:
    assert scale_of_frames([]) == DensityScale(None, None, (), 0)
    alone = FrameDensities(np.empty(0, np.float32), True)
    assert alone.cell_count == 1
    assert scale_of_frames([alone, alone]).high is None
    world = made_up_world(1, accounts=1)
    assert scale_of_frames(densities(world, 0)).high is None


def test_cells_that_are_alike_are_hot() -> None:
    scale = scale_of_frames([FrameDensities(np.full(300, 5_000.0, np.float32), True)])
    assert (scale.low, scale.high) == (5_000.0 / MIN_RATIO, 5_000.0)


def test_dust_does_not_stretch_the_scale() -> None:
    dust = np.concatenate((np.full(900, 1.0), np.full(100, 6_400.0))).astype(np.float32)
    scale = scale_of_frames([FrameDensities(dust, True)])
    assert (scale.low, scale.high) == (200.0, 6_400.0)


@pytest.mark.parametrize("level", [0, 1, 3, 7])
def test_an_even_spread_is_as_hot_at_every_zoom(level: int) -> None:
    base = np.full(1 << 7, 700.0)
    merged = base.reshape(-1, 1 << level).sum(axis=1)
    np.testing.assert_allclose(density_of(merged, level), density_of(base, 0)[0], rtol=1e-12)
    assert density_of(base, 0)[0] == pytest.approx(1_400.0, rel=1e-3)  # 0.1 % is two bands of 5 bp


@given(SEEDS, st.sampled_from((None, 4_000.0, 40_000.0)))
@settings(max_examples=examples(12))
def test_the_span_of_the_mass_is_the_smallest_there_is(seed: int, high: float | None) -> None:
    world = made_up_world(seed, accounts=25, frames=1)
    snapshot, mark = world.snapshot(0), float(world.mark[0, 0])
    bands, _ = build_bands(world.accounts, snapshot, solve_roots(world.accounts, snapshot, TABLES))
    held = {cell: sum(usd for _, usd in each) for cell, each in cells_of(world, 0, 0).items()}
    span = mass_span(bands.of_market(0), mark, high)
    if not held:
        assert span is None
        return
    edge = 1.0 + BASE_WIDTH
    if high is not None:
        held = {cell: min(usd, high * 2.0 * math.log1p(BASE_WIDTH) / 0.001) for cell, usd in held.items()}
    wanted, own = 0.8 * sum(held.values()) * (1 - 1e-9), math.floor(math.log(mark) / math.log(edge)) // 2
    lengths = [
        past - first
        for first in {own, *(cell for cell in held if cell < own)}
        for past in {own + 1, *(cell + 1 for cell in held if cell > own)}
        if sum(usd for cell, usd in held.items() if first <= cell < past) >= wanted
    ]
    assert span is not None
    low, top = (round(math.log(price) / math.log(edge) / 2.0) for price in span)
    assert low <= own < top
    assert top - low == min(lengths)
    assert sum(usd for cell, usd in held.items() if low <= cell < top) >= wanted


def test_runs_of_lone_cells_are_those_of_a_plain_walk() -> None:
    rng = np.random.default_rng(5)
    total = np.exp(rng.normal(8.0, 1.5, (30, 40))).astype(np.float32)
    total[rng.random(total.shape) < 0.1] = np.nan
    largest = (total * rng.choice((0.5, 0.89, 0.91, 1.0), total.shape)).astype(np.float32)
    runs = lone_runs(total, largest, 3, 400.0)
    cells = {(row, column) for row, first, past in runs for column in range(first, past)}
    expected = {
        (row, column)
        for row in range(30)
        for column in range(40)
        if total[row, column] / 8.0 * 2.0 > 400.0 * 0.9999 and largest[row, column] >= 0.9 * total[row, column]
    }
    assert cells == expected
    assert len(expected) > 50
    assert len(runs) == len({(row, column) for row, column in cells if (row, column - 1) not in cells})
