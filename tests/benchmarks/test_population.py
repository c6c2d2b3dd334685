"""The population is what benchmarks/README.md says it is."""

from __future__ import annotations

import numpy as np
import pytest
from population import EXEMPT_POOLS, LEVERAGES, MAX_CROSS, Population, make_population

from liqscape.risk.margin import pool_margin
from liqscape.units import PoolMode

ADDRESSES = 20_000


@pytest.fixture(scope="module")
def population() -> Population:
    return make_population(7, ADDRESSES)


def test_counts_are_exact(population: Population) -> None:
    accounts = population.accounts
    assert len(set(accounts.addresses)) == ADDRESSES
    assert np.array_equal(np.unique(accounts.address_row), np.arange(ADDRESSES))
    assert accounts.position_count == ADDRESSES * 7 // 3
    assert len(population.snapshot.markets) == 250


def test_seven_of_ten_addresses_are_cross_and_pockets_hold_one_position(population: Population) -> None:
    accounts = population.accounts
    is_isolated = accounts.mode == PoolMode.ISOLATED
    cross = np.unique(accounts.address_row[~is_isolated])
    assert 0.68 < len(cross) / ADDRESSES < 0.72
    assert not set(cross) & set(accounts.address_row[is_isolated])
    assert np.all(np.diff(accounts.offsets)[is_isolated] == 1)


def test_positions_per_cross_pool_are_heavy_tailed(population: Population) -> None:
    held = np.diff(population.accounts.offsets)[population.accounts.mode == PoolMode.CROSS]
    assert held.max() == MAX_CROSS
    assert np.median(held) <= 2
    assert np.percentile(held, 99) > 10


def test_four_coins_hold_over_half_of_the_positions(population: Population) -> None:
    counts = np.bincount(population.accounts.market_index, minlength=250)
    assert 0.5 < counts[:4].sum() / counts.sum() < 0.62
    assert counts[:4].min() > counts[4:].max()


def test_no_address_holds_a_coin_twice(population: Population) -> None:
    accounts = population.accounts
    key = accounts.address_row[accounts.pool_of_position()].astype(np.int64) * 250 + accounts.market_index
    assert len(np.unique(key)) == len(key)


def test_leverage_is_round_and_no_pool_is_below_maintenance(population: Population) -> None:
    accounts, snapshot, tables = population
    assert set(np.unique(accounts.leverage)) <= set(LEVERAGES)
    margin = pool_margin(*population)
    known = ~np.isnan(accounts.raw_usd)
    assert not margin.is_liquidatable[known].any()
    assert 0 < (~known).sum() < 0.01 * accounts.pool_count
    assert accounts.is_exempt.sum() == EXEMPT_POOLS
    assert (tables.tier_count[accounts.table_row] == 2).mean() > 0.3
    assert np.all(snapshot.mark > 0.0)


def test_same_seed_gives_the_same_bits_and_another_seed_does_not() -> None:
    one, same, other = (make_population(seed, 500).accounts for seed in (1, 1, 2))
    assert np.array_equal(one.raw_usd, same.raw_usd, equal_nan=True)
    assert np.array_equal(one.size, same.size)
    assert not np.array_equal(one.size, other.size)
