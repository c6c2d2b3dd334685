"""Positions of a coin by their owners, however many are looked at together."""

from __future__ import annotations

import numpy as np
from populations import make_accounts, make_markets, make_snapshot

from liqscape.heatmap.coin_positions import CoinPositions, positions_in, positions_of_all

MARKETS = make_markets(7)
ACCOUNTS = make_accounts(5, make_snapshot(5, MARKETS), 200)


def test_positions_of_all_coins_are_those_of_each() -> None:
    found = positions_of_all(ACCOUNTS, len(MARKETS) + 2)
    assert len(found) == len(MARKETS) + 2
    assert sum(len(each.size) for each in found) == ACCOUNTS.position_count
    for market, each in enumerate(found):
        alone = positions_in(ACCOUNTS, market)
        assert each.owner.tolist() == alone.owner.tolist()
        assert each.size.tobytes() == alone.size.tobytes()
        assert each.address_count == alone.address_count == len(ACCOUNTS.addresses)


def test_what_an_account_holds_is_the_sum_of_its_positions() -> None:
    random = np.random.default_rng(3)
    for market in range(len(MARKETS)):
        positions = positions_in(ACCOUNTS, market)
        asked = random.integers(-1, len(ACCOUNTS.addresses) + 3, 500).astype(np.int32)
        wanted = [sum(positions.size[positions.owner == account].tolist()) for account in asked.tolist()]
        assert positions.held_by(asked).tolist() == wanted


def test_positions_of_one_account_need_not_stand_together() -> None:
    positions = CoinPositions(owner=np.array([4, 1, 4], np.int32), size=np.array([1.5, -2.0, -0.25]), address_count=6)
    assert positions.held_by(np.array([4, 1, 0, -1, 5], np.int32)).tolist() == [1.25, -2.0, 0.0, 0.0, 0.0]


def test_nobody_holds_a_coin_without_positions() -> None:
    none = CoinPositions(owner=np.empty(0, np.int32), size=np.empty(0), address_count=6)
    assert none.held_by(np.array([0, 3, -1], np.int32)).tolist() == [0.0, 0.0, 0.0]
