"""Pools that keep their place have the roots, holders and times of columns that stand close, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from ledger_days import MARKETS, SNAPSHOT, begun_ledger, event
from populations import TABLES

from liqscape.ledger.holders import MarketHolders
from liqscape.ledger.kernels.by_market import HolderPart
from liqscape.ledger.kernels.standing import CAPACITIES
from liqscape.ledger.published import HeldState
from liqscape.ledger.standing_pools import StandingPools
from liqscape.risk.liquidation import solve_roots

ROUNDS = 40
ROW_BYTES = 17
"""Of a position among the holders."""


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
        assert_same_rows(holders, afresh)
        for name in afresh.sums._fields:
            np.testing.assert_array_equal(getattr(holders.sums, name), getattr(afresh.sums, name), name)
    assert followed > ROUNDS / 2


def rows_of(holders: MarketHolders, market: int) -> HolderPart:
    """A market's positions, found by hand: those of its block that lie where its places say."""
    block, places = holders.blocks[holders.block_of[market]], holders.parts[market]
    cut = {}
    for number, (name, column) in enumerate(zip(block._fields, block, strict=True)):
        first = (int(places[2 * number]) - column.ctypes.data) // column.itemsize
        length = int(places[2 * number + 1])
        assert length == 0 or 0 <= first <= len(column) - length
        cut[name] = column[first : first + length] if length else column[:0]
    return HolderPart(**cut)


def assert_same_rows(holders: MarketHolders, wanted: MarketHolders) -> None:
    for market in range(len(MARKETS)):
        for name in HolderPart._fields:
            found, expected = (getattr(rows_of(each, market), name) for each in (holders, wanted))
            np.testing.assert_array_equal(found, expected, name)


def test_holders_of_a_market_are_the_positions_in_the_order_of_the_accounts() -> None:
    state = begun_ledger(1).state
    accounts, holders = state.accounts(), state.holders(len(MARKETS))
    for market in range(len(MARKETS)):
        held, own = np.flatnonzero(accounts.market_index == market), rows_of(holders, market)
        np.testing.assert_array_equal(own.size, accounts.size[held])
        np.testing.assert_array_equal(own.address_row, accounts.address_row[accounts.pool_of_position()[held]])
        assert (np.diff(own.address_row) > 0).all()


def test_markets_in_which_nothing_changed_are_shared_and_what_nobody_uses_is_let_go() -> None:
    random, ledger = np.random.default_rng(3), begun_ledger(3)
    holders = ledger.state.holders(len(MARKETS))
    shared, kept_bytes = 0, []
    for number in range(4 * ROUNDS):
        before, held = ledger.state, holders
        ledger.apply(event(random, 2_000 + number))
        for change in before.changes_until(ledger.state) or ():
            holders = holders.moved(*change, len(ledger.state.known))
        if before.changes_until(ledger.state) is None:
            holders = MarketHolders.of(ledger.state.accounts.gathered(), len(MARKETS))
        shared += int((holders.parts[:, 0] == held.parts[:, 0]).sum())
        kept_bytes.append(holders.byte_count / max(1, holders.position_count()))
    assert shared > ROUNDS
    assert max(kept_bytes) < 3 * ROW_BYTES


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
