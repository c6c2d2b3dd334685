"""The map's float solver and the exact engine name the same liquidatable pools, at every block."""

from __future__ import annotations

import numpy as np
import pytest
from exchange_invariants import Watch
from small_exchange import Desk, orders_of
from worlds import Plan, build_exchange, play, write_script

from liqscape.exchange.to_model import to_accounts, to_snapshot
from liqscape.risk.margin import pool_margin


@pytest.mark.parametrize("seed", range(8))
def test_map_and_engine_agree_on_who_is_liquidatable_at_every_block(seed: int) -> None:
    script = write_script(Plan(300 + seed, blocks=300, volatility=0.006, jump=0.1, jump_chance=0.05))
    exchange = build_exchange(script)
    watch = Watch(exchange)
    for _ in play(script, exchange):
        watch.map_and_engine_agree()
    assert watch.seen["pools compared with the map"] > 1_000
    assert watch.seen["liquidatable on the map"] > 0


def test_the_map_of_an_exchange_sees_who_will_be_liquidated_next() -> None:
    desk = Desk()
    for number, worth in enumerate((5_200.0, 5_000.0, 4_999.99, 3_500.0), start=1):
        account = desk.account(number)
        desk.hold(account, 1_000.0)
        desk.make_worth(account, worth)
    accounts = to_accounts(desk.exchange)
    margin = pool_margin(accounts, to_snapshot(desk.exchange), desk.exchange.tables)
    named = {int(accounts.address_row[pool]) for pool in np.flatnonzero(margin.is_liquidatable & ~accounts.is_exempt)}
    assert named == {order[0] for order in orders_of(desk.block())} == {3, 4}
