"""The own liquidation price is where the exact exchange liquidates the position once it is opened, fee and all."""

from __future__ import annotations

import math

import pytest
from small_exchange import Desk, orders_of

from liqscape.exchange.to_model import to_snapshot
from liqscape.insight.advice import PoolBacking, StopTrade, solve_own_levels

FEE_BP = 4.5
TAKER_RATE = 4_500
"""The same in ten-millionths."""
TICKS = 10_000.0


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("isolated", [False, True])
@pytest.mark.parametrize(("coins", "margin"), [(50.0, 1_000.0), (7.3, 400.0), (80.0, 1_500.0)])
def test_the_exchange_liquidates_at_the_own_level_and_not_a_tick_before(
    side: int, isolated: bool, coins: float, margin: float
) -> None:
    """Isolated pools take notional / 10 as margin, the coin's leverage; cross ones all that the account has."""
    desk = Desk(taker_rate=TAKER_RATE)
    backing = PoolBacking(pool="cross", backed_by="margin", margin_usd=margin)
    if isolated:
        backing = PoolBacking(pool="isolated", backed_by="leverage", leverage=10.0)
    (level,) = solve_own_levels(
        [(StopTrade(side, 100.0, 100.0 - 50.0 * side), coins)],
        backing,
        FEE_BP,
        0,
        snapshot=to_snapshot(desk.exchange),
        tables=desk.exchange.tables,
        betas=None,
    )
    assert level.solo is not None
    account = desk.account(1, margin)
    if isolated:
        desk.exchange.set_leverage(account, 0, 10, is_isolated=True)
    desk.hold(account, side * coins)
    last_safe = (math.ceil if side > 0 else math.floor)(level.solo * TICKS) / TICKS
    assert orders_of(desk.block(A=last_safe)) == []
    found = orders_of(desk.block(A=last_safe - side / TICKS))
    assert [(row[0], row[2]) for row in found] == [(account, coins)]
