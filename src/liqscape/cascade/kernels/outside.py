"""Prices of outside venues: the shock's path, and in COUPLED the answer to forced flow (docs/cascade.md, "Outside").

    log outside = log start + target * shape(t / duration) + permanent + sum of transients                   (8)
    I(Q) = factor * sigma_D * sign(Q) * sqrt(|Q| / V_D),   Q net forced flow so far, USD                     (9)

Each change of I leaves the share theta for good; the rest decays as (1 + t / tau)^-1/2, written as a sum of
exponentials (Gauss-Hermite nodes y_k, weights w_k): (1 + x)^-1/2 = sum w_k / sqrt(pi) * exp(-y_k^2 x).       (10)
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from liqscape.exchange.columns import ASK, BID, NO_ROW, VENUES, FillColumn, MarketColumn, Method
from liqscape.exchange.depth_columns import ProfileState
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import inlined, merged, pass_by_reference
from liqscape.units import Float64Array, Int64Array

RAMP, STEP, SMOOTH = 0, 1, 2


class Outside(NamedTuple):
    """M markets, K exponentials. Prices in ticks, float64, 0 where a market has no price."""

    oracle_start: Float64Array
    """(M,)"""
    mark_start: Float64Array
    """(M,)"""
    middle_start: Float64Array
    """(M,) outside mid at the start."""
    target: Float64Array
    """(M,) log return of the shock."""
    shape: Int64Array
    """(2,) [Shape, duration ms]"""
    impact: Float64Array
    """(M, 3) [factor * sigma_D / sqrt(V_D per micro-USD), net forced flow so far in micro-USD, permanent part]"""
    transient: Float64Array
    """(M, K)"""
    weight: Float64Array
    """(K,) share of each exponential, sum 1."""
    keep: Float64Array
    """(K,) what an exponential keeps a block."""
    theta: Float64Array
    """(2,) [share that stays, forced flow of all venues over that here]"""
    middle: Float64Array
    """(M,) outside mid now."""
    share: Float64Array
    """(1,) share of the shock's way covered at the last block."""
    profile_keep: Float64Array
    """(3,) of profile.step_profile."""


pass_by_reference(Outside)


@merged
def path_share(shape: int, duration: int, elapsed: int) -> float:
    """Share of the way covered after `elapsed` ms."""
    if shape == STEP or elapsed >= duration:
        return 1.0
    along = elapsed / duration
    return along if shape == RAMP else along * along * (3.0 - 2.0 * along)


@inlined
def move_outside(state: State, outside: Outside, first: int, last: int, block_ms: int, is_coupled: bool) -> None:
    """Outside mids, oracles and given marks of blocks `first` to `last`, between which nothing but time happens.

    As one block after the other, market by market: nobody looks at a market before `last`, so its prices are written
    once, and its own figures stay at hand while its blocks go by.
    """
    shares = np.empty(last - first + 1)
    changed, last_change = outside.share[0], -1
    for at in range(len(shares)):
        shares[at] = path_share(outside.shape[0], outside.shape[1], (first + at) * block_ms)
        if shares[at] != changed:
            changed, last_change = shares[at], at
    outside.share[0] = changed
    has_profile = state.profile_state.shape[1] == ProfileState.WIDTH
    room = np.empty((3, len(shares)))
    for market in range(state.market.shape[0]):
        if outside.middle_start[market] <= 0.0:
            continue
        changes = last_change if outside.target[market] != 0.0 else -1
        if not has_profile:
            if changes >= 0:
                _set_prices(state, outside, market, math.exp(outside.target[market] * changed))
            continue
        is_answering = is_coupled and outside.impact[market, 1] != 0.0
        _follow(state, outside, market, shares, changes, room, is_answering, float(block_ms))


@merged
def _follow(
    state: State,
    outside: Outside,
    market: int,
    shares: Float64Array,
    last_change: int,
    room: Float64Array,
    is_answering: bool,
    block_ms: float,
) -> None:
    """One market over the blocks of `shares`: its outside mid (eq. 8), and anchor and withdrawal of its profile behind
    it (eq. 2 and 3 of exchange.kernels.profile), before any order.

    Figure by figure for all blocks, not block by block: from a transient to W a block is one chain of operations, and
    the processor sees little further than one block, so it mostly waited for the end of it. Where a first block changes
    nothing, none does.

    last_change  the last of these blocks in which the shock moves the market; -1 none.
    room         (3, K) for each block: its mid, how far the anchor stood from it, logarithm of the anchor.
    """
    transient, keep, start = outside.transient, outside.keep, outside.middle_start[market]
    target, permanent = outside.target[market], outside.impact[market, 2]
    factor, middle = 1.0, outside.middle[market]
    row, kept = state.profile_state, outside.profile_keep
    lag, window, recovery = kept[0], kept[1], kept[2]
    anchor, average = row[market, ProfileState.ANCHOR], row[market, ProfileState.AVERAGE_LOG]
    bid, ask = row[market, ProfileState.LOG_WITHDRAWAL_BID], row[market, ProfileState.LOG_WITHDRAWAL_ASK]
    moving = row[market, ProfileState.IS_MOVING] != 0.0
    normal, least = row[market, ProfileState.NORMAL_MOVE], row[market, ProfileState.MIN_LOG_WITHDRAWAL]
    eta = row[market, ProfileState.MOVE_WITHDRAWAL]
    bid_eaten, ask_eaten = _eaten(row, market, BID), _eaten(row, market, ASK)
    has_change = is_answering or last_change >= 0
    may_stand = not (has_change or moving) and middle + (anchor - middle) * lag == anchor
    first, end = 0, 1 if may_stand else len(shares)
    while first < end:
        was = average, bid, ask, moving
        for at in range(first, end):
            if is_answering or at <= last_change:
                move = target * shares[at]
                if is_answering:
                    move += permanent
                    for part in range(len(keep)):
                        transient[market, part] *= keep[part]
                        move += transient[market, part]
                factor = math.exp(move)
                middle = start * factor
            room[0, at] = middle
        # A market without a price has an anchor of 0, and stands: in Python its logarithm would be an error.
        here = math.log(anchor) if anchor > 0.0 else -math.inf
        for at in range(first, end):
            before = anchor
            room[1, at] = anchor - room[0, at]
            anchor = room[0, at] + room[1, at] * lag
            if anchor != before:
                here = math.log(anchor)
            room[2, at] = here
        for at in range(first, end):
            excess = -1.0
            if room[1, at] != 0.0 or moving:  # an anchor that its mid has met stays where it is
                average = room[2, at] + (average - room[2, at]) * window
                away = abs(room[2, at] - average)
                moving = away > 1e-9
                excess = away / normal - 1.0
            fall = eta * max(0.0, excess) * block_ms
            bid = _withdrawn(bid * recovery - fall - bid_eaten, least)
            ask = _withdrawn(ask * recovery - fall - ask_eaten, least)
            bid_eaten = ask_eaten = 0.0
        if may_stand and end == 1 and was == (average, bid, ask, moving):
            break
        first, end = end, len(shares)
    row[market, ProfileState.ANCHOR], row[market, ProfileState.AVERAGE_LOG] = anchor, average
    row[market, ProfileState.LOG_WITHDRAWAL_BID], row[market, ProfileState.LOG_WITHDRAWAL_ASK] = bid, ask
    row[market, ProfileState.IS_MOVING] = 1.0 if moving else 0.0
    if has_change:
        _set_prices(state, outside, market, factor)
    # ordinary trades go on around the anchor; without them the last price would stay behind for ever
    state.market[market, MarketColumn.LAST] = max(1, math.floor(anchor + 0.5))


@merged
def _eaten(row: Float64Array, market: int, side: int) -> float:
    """How far log W falls by what was taken from a side since the last block."""
    consumed, depth = row[market, ProfileState.CONSUMED_BID + side], row[market, ProfileState.DEPTH_BID + side]
    row[market, ProfileState.CONSUMED_BID + side] = 0.0
    if consumed > 0.0 and depth > 0.0:
        return row[market, ProfileState.CONSUMPTION_WITHDRAWAL] * consumed / depth
    return 0.0


@merged
def _withdrawn(value: float, least: float) -> float:
    """log W in its bounds."""
    value = min(0.0, max(value, least))
    return value if value < -1e-9 else 0.0


@merged
def _set_prices(state: State, outside: Outside, market: int, factor: float) -> None:
    middle = outside.middle_start[market] * factor
    outside.middle[market] = middle
    state.market[market, MarketColumn.NEXT_ORACLE] = max(1, math.floor(outside.oracle_start[market] * factor + 0.5))
    state.market[market, MarketColumn.NEXT_MARK] = max(1, math.floor(outside.mark_start[market] * factor + 0.5))
    price = max(1, math.floor(middle + 0.5))
    for venue in range(VENUES):
        state.venue[market, venue] = price


@inlined
def answer_flow(outside: Outside, fill: Int64Array, first: int, last: int) -> None:
    """Forced orders filled in rows first..last - 1 move outside prices (eq. 9)."""
    for row in range(first, last):
        if fill[row, FillColumn.METHOD] != Method.MARKET or fill[row, FillColumn.LIQUIDATED] == NO_ROW:
            continue
        market = fill[row, FillColumn.MARKET]
        notional = float(fill[row, FillColumn.LOTS]) * float(fill[row, FillColumn.PRICE]) * outside.theta[1]
        before = outside.impact[market, 1]
        after = before + notional if fill[row, FillColumn.IS_BUY_TAKER] else before - notional
        outside.impact[market, 1] = after
        change = outside.impact[market, 0] * (_signed_root(after) - _signed_root(before))
        outside.impact[market, 2] += outside.theta[0] * change
        for part in range(outside.weight.shape[0]):
            outside.transient[market, part] += (1.0 - outside.theta[0]) * outside.weight[part] * change


@merged
def _signed_root(value: float) -> float:
    return math.sqrt(value) if value >= 0.0 else -math.sqrt(-value)
