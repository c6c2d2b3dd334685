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
def seen_best(state: State, market: int) -> tuple[int, int]:
    """The same without touching the levels: what a sample sees must not depend on how often samples are taken."""
    row = state.profile_state[market]
    elapsed = max(0.0, float(state.clock[ClockColumn.TIME_MS]) - row[ProfileState.UPDATED_MS])
    return _seen_side(state, market, BID, elapsed), _seen_side(state, market, ASK, elapsed)


@inlined
def _seen_side(state: State, market: int, side: int, elapsed: float) -> int:
    share = math.exp(state.profile_state[market, ProfileState.LOG_WITHDRAWAL_BID + side])
    for place in range(state.profile.shape[2]):
        level = state.profile[market, side, place]
        if level[Depth.TARGET] == 0.0:
            break
        target, lots = level[Depth.TARGET] * share, level[Depth.LOTS]
        if lots < target:
            lots = target + (lots - target) * math.exp(-level[Depth.RATE] * elapsed)
        if min(lots, target) >= 1.0:
            return profile_price(state, market, side, level[Depth.DISTANCE])
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
    for side in (BID, ASK):
        share = math.exp(row[ProfileState.LOG_WITHDRAWAL_BID + side])
        rate, keep = -1.0, 1.0
        for place in range(state.profile.shape[2]):
            level = state.profile[market, side, place]
            if level[Depth.TARGET] == 0.0:
                break
            target = level[Depth.TARGET] * share
            if level[Depth.LOTS] == target:
                continue
            if level[Depth.RATE] != rate:
                rate = level[Depth.RATE]
                keep = math.exp(-rate * elapsed)
            level[Depth.LOTS] = target + (min(level[Depth.LOTS], target) - target) * keep


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
