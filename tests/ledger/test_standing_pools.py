"""Pools that keep their place have the roots, holders and times of columns that stand close, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from ledger_days import MARKETS, SNAPSHOT, begun_ledger, event
from populations import TABLES

from liqscape.ledger.holders import MarketHolders
from liqscape.ledger.kernels.standing import CAPACITIES
from liqscape.ledger.published import HeldState
from liqscape.ledger.standing_pools import StandingPools
from liqscape.risk.liquidation import solve_roots

ROUNDS = 40


def pools_of(state: HeldState) -> StandingPools:
    return StandingPools(state.accounts.gathered(), TABLES, len(MARKETS), len(state.known))


@pytest.mark.parametrize("seed", range(4))
def test_roots_holders_and_times_follow_every_change(seed: int) -> None:
    random, ledger = np.random.default_rng(seed), begun_ledger(seed)
    state = ledger.state
    pools, holders = pools_of(state), MarketHolders.of(state.accounts.gathered(), len(MARKETS))
    followed = 0
    for number in range(ROUNDS):
        before = state
        ledger.apply(event(random, 2_000 + number))
        state = ledger.state
        changes = before.changes_until(state)
        if changes is None:
            pools, holders = pools_of(state), MarketHolders.of(state.accounts.gathered(), len(MARKETS))
        for change in changes or ():
            pools.move(*change, len(state.known))
            holders = holders.moved(*change, len(state.known))
            followed += 1
        gathered, accounts = state.accounts.gathered(), state.accounts()
        root = pools.roots(SNAPSHOT.mark, state.row_count)
        np.testing.assert_array_equal(root[gathered.positions], solve_roots(accounts, SNAPSHOT, TABLES))
        assert np.isnan(np.delete(root, gathered.positions)).all()
        assert pools.pool_count == accounts.pool_count
        assert pools.address_count == len(np.unique(accounts.address_row))
        assert pools.oldest_ms == accounts.observed_ms.min()
        assert pools.median_ms == np.median(accounts.observed_ms)
        afresh = MarketHolders.of(gathered, len(MARKETS))
        for found, wanted in ((holders.rows, afresh.rows), (holders.sums, afresh.sums)):
            for name in found._fields:
                np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), name)
    assert followed > ROUNDS / 2


def test_holders_of_a_market_are_the_positions_in_the_order_of_the_accounts() -> None:
    state = begun_ledger(1).state
    accounts, rows = state.accounts(), state.holders(len(MARKETS)).rows
    for market in range(len(MARKETS)):
        held = np.flatnonzero(accounts.market_index == market)
        own = slice(int(rows.start[market]), int(rows.start[market + 1]))
        np.testing.assert_array_equal(rows.size[own], accounts.size[held])
        np.testing.assert_array_equal(rows.address_row[own], accounts.address_row[accounts.pool_of_position()[held]])
        assert (np.diff(rows.address_row[own]) > 0).all()


def test_a_place_has_room_for_few_more_positions_than_are_asked_for() -> None:
    lengths = np.arange(1, 2_000)
    room = CAPACITIES[np.searchsorted(CAPACITIES, lengths)]
    assert (room >= lengths).all()
    assert (room[:8] == lengths[:8]).all()
    assert (room <= 1.25 * lengths).all()


def test_times_of_no_pools_are_zero() -> None:
    ledger = begun_ledger(1)
    state = ledger.state
    pools = pools_of(state)
    nobody = np.arange(len(state.known))
    pools.move(nobody, state.accounts.gathered()._replace(**_no_rows(state)), len(state.known))
    assert (pools.pool_count, pools.address_count, pools.oldest_ms, pools.median_ms) == (0, 0, 0, 0.0)


def _no_rows(state: HeldState) -> dict[str, object]:
    gathered = state.accounts.gathered()
    none = {name: getattr(gathered, name)[:0] for name in gathered._fields}
    return none | {"offsets": np.zeros(1, np.int64)}
