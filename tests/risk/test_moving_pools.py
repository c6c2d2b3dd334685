"""A mark moves the levels of pools with several positions, and no others."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.model import MarketSnapshot
from liqscape.risk.liquidation import solve_roots
from liqscape.risk.moving_pools import MovingPools


@given(st.integers(0, 2**32), st.sets(st.integers(0, 8), min_size=1))
def test_any_marks_move_no_level_outside_the_moving_pools(seed: int, changed: set[int]) -> None:
    snapshot = make_snapshot(seed, make_markets(9))
    accounts = make_accounts(seed, snapshot, 40)
    marks = snapshot.mark.copy()
    marks[list(changed)] *= 1.01
    before = solve_roots(accounts, snapshot, TABLES)
    after = solve_roots(accounts, MarketSnapshot.of_marks(snapshot.markets, 0, marks), TABLES)
    resting = np.delete(np.arange(accounts.position_count), MovingPools(accounts).rows)
    assert before[resting].tobytes() == after[resting].tobytes()


def test_moving_pools_are_those_of_several_positions_with_all_their_rows_in_order() -> None:
    accounts = make_accounts(2, make_snapshot(2, make_markets(30)), 500)
    moving, lengths = MovingPools(accounts), np.diff(accounts.offsets)
    assert 0 < len(moving.pools) < accounts.pool_count
    np.testing.assert_array_equal(moving.pools, np.flatnonzero(lengths > 1))
    pool_of = accounts.pool_of_position()
    for number, pool in enumerate(moving.pools.tolist()):
        own = moving.rows[moving.offsets[number] : moving.offsets[number + 1]]
        np.testing.assert_array_equal(own, np.flatnonzero(pool_of == pool))
