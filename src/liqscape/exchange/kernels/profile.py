"""Depth by distance from an anchor: the fitted book of a what-if (docs/cascade.md, "Book").

A side is a list of levels at fixed relative distances from the anchor, which follows the outside mid. Takers eat the
nearest first; what was eaten comes back towards withdrawal W * quiet depth; when W falls, makers cancel at once:

    q <- min(q, W * target);   q <- W * target + (q - W * target) * exp(-rate * dt)                          (1)
    log W <- log W * exp(-dt / recovery) - eta * max(0, move - 1) * dt - alpha * consumed / depth            (2)
    move = |log anchor - its moving average| / the standard deviation of that in quiet times                 (3)

log W is kept in [least, 0]. (2) and (3) are stepped, with the anchor, before any order of a block
(cascade.kernels.outside). Levels are brought up to date when somebody looks. Prices are whole ticks that obey the
rule of five figures, rounded away from the anchor: never better than the level's distance.
"""

from __future__ import annotations

import math

from liqscape.exchange.columns import ASK, BID, ClockColumn
from liqscape.exchange.depth_columns import Depth, ProfileState
from liqscape.exchange.kernels.ledger import trade_with_maker
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import inlined
from liqscape.units import Float64Array


@inlined
def best_profile(state: State, market: int) -> tuple[int, int]:
    """(best bid, best ask) in ticks; 0 where a side holds no whole lot."""
    refill(state, market)
    return _best_of(state, market, BID), _best_of(state, market, ASK)


@inlined
def _best_of(state: State, market: int, side: int) -> int:
    for place in range(state.profile.shape[2]):
        if state.profile[market, side, place, Depth.LOTS] >= 1.0:
            return profile_price(state, market, side, state.profile[market, side, place, Depth.DISTANCE])
    return 0


@inlined
def profile_price(state: State, market: int, side: int, distance: float) -> int:
    """Price of a level in ticks, >= 1: anchor * (1 -+ distance) rounded away from the anchor to an allowed price."""
    anchor = state.profile_state[market, ProfileState.ANCHOR]
    exact = anchor * (1.0 - distance) if side == BID else anchor * (1.0 + distance)
    unit = 1.0
    while exact >= 100_000.0 * unit:
        unit *= 10.0
    unit = min(unit, state.profile_state[market, ProfileState.TICKS_PER_USD])
    steps = math.floor(exact / unit) if side == BID else math.ceil(exact / unit)
    return max(1, int(steps * unit))


@inlined
def refill(state: State, market: int) -> None:
    """Bring the levels up to the block's time (eq. 1)."""
    row = state.profile_state[market]
    now = float(state.clock[ClockColumn.TIME_MS])
    elapsed = now - row[ProfileState.UPDATED_MS]
    if elapsed <= 0.0:
        return
    row[ProfileState.UPDATED_MS] = now
    bid_share, ask_share = (
        math.exp(row[ProfileState.LOG_WITHDRAWAL_BID]),
        math.exp(row[ProfileState.LOG_WITHDRAWAL_ASK]),
    )
    levels, rate, keep = state.profile[market], -1.0, 1.0
    has_bid, has_ask = True, True
    for place in range(levels.shape[1]):  # side by side: levels that are as far away come back as fast
        has_bid = has_bid and levels[BID, place, Depth.TARGET] != 0.0
        has_ask = has_ask and levels[ASK, place, Depth.TARGET] != 0.0
        if has_bid:
            rate, keep = _refill_level(levels[BID, place], bid_share, elapsed, rate, keep)
        if has_ask:
            rate, keep = _refill_level(levels[ASK, place], ask_share, elapsed, rate, keep)
        if not (has_bid or has_ask):
            break


@inlined
def _refill_level(level: Float64Array, share: float, elapsed: float, rate: float, keep: float) -> tuple[float, float]:
    """Bring one level up to date. Returns the last rate, and what it keeps in `elapsed`."""
    target = level[Depth.TARGET] * share
    if level[Depth.LOTS] != target:
        if level[Depth.RATE] != rate:
            rate = level[Depth.RATE]
            keep = math.exp(-rate * elapsed)
        level[Depth.LOTS] = target + (min(level[Depth.LOTS], target) - target) * keep
    return rate, keep


@inlined
def take_profile(
    state: State,
    market: int,
    pool: int,
    sign: int,
    lots: int,
    limit: int,
    method: int,
    liquidated_pool: int,
    transaction: int,
    order_id: int,
) -> int:
    """Execute at once what the profile gives, up to `lots` and not past `limit` ticks (0: none). sign +1 buys.

    One fill a price, against the maker account. Returns the lots filled.
    """
    refill(state, market)
    side = ASK if sign > 0 else BID
    left, price, waiting = lots, 0, 0
    for place in range(state.profile.shape[2]):
        level = state.profile[market, side, place]
        if left == 0 or level[Depth.TARGET] == 0.0:
            break
        quantity = int(min(level[Depth.LOTS], float(left)))
        if quantity <= 0:
            continue
        here = profile_price(state, market, side, level[Depth.DISTANCE])
        if limit and (here - limit) * sign > 0:
            break
        if here != price and waiting:
            trade_with_maker(state, market, pool, sign, waiting, price, method, liquidated_pool, transaction, order_id)
            waiting = 0
        price = here
        waiting += quantity
        left -= quantity
        level[Depth.LOTS] -= quantity
        state.profile_state[market, ProfileState.CONSUMED_BID + side] += quantity
    if waiting:
        trade_with_maker(state, market, pool, sign, waiting, price, method, liquidated_pool, transaction, order_id)
    return lots - left
