"""Prices of outside venues: the shock's path, and in COUPLED the answer to forced flow (docs/cascade.md, "Outside").

    log outside = log start + target * shape(t / duration) + permanent + sum of transients                   (8)
    I(Q) = factor * sigma_D * sign(Q) * sqrt(|Q| / V_D),   Q net forced flow so far, USD                     (9)

Each change of I leaves the share theta for good; the rest decays as (1 + t / tau)^-1/2, written as a sum of
exponentials (Gauss-Hermite nodes y_k, weights w_k): (1 + x)^-1/2 = sum w_k / sqrt(pi) * exp(-y_k^2 x).       (10)
"""

from __future__ import annotations

import math
from typing import NamedTuple

from liqscape.exchange.columns import NO_ROW, VENUES, FillColumn, MarketColumn, Method
from liqscape.exchange.depth_columns import ProfileState
from liqscape.exchange.kernels.profile import step_profile
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import inlined
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


@inlined
def path_share(shape: int, duration: int, elapsed: int) -> float:
    """Share of the way covered after `elapsed` ms."""
    if shape == STEP or elapsed >= duration:
        return 1.0
    along = elapsed / duration
    return along if shape == RAMP else along * along * (3.0 - 2.0 * along)


@inlined
def move_outside(state: State, outside: Outside, elapsed: int, block_ms: int, is_coupled: bool) -> None:
    """Outside mids, oracles and given marks of a block `elapsed` ms after the start; profiles follow by one block."""
    share = path_share(outside.shape[0], outside.shape[1], elapsed)
    is_new = share != outside.share[0]
    outside.share[0] = share
    has_profile = state.profile_state.shape[1] == ProfileState.WIDTH
    for market in range(state.market.shape[0]):
        if outside.middle_start[market] <= 0.0:
            continue
        is_answering = is_coupled and outside.impact[market, 1] != 0.0
        if (is_new and outside.target[market] != 0.0) or is_answering:
            move = outside.target[market] * share
            if is_answering:
                move += outside.impact[market, 2]
                for part in range(outside.keep.shape[0]):
                    outside.transient[market, part] *= outside.keep[part]
                    move += outside.transient[market, part]
            _set_prices(state, outside, market, math.exp(move))
        if has_profile:
            step_profile(state.profile_state[market], outside.middle[market], float(block_ms), outside.profile_keep)
            # ordinary trades go on around the anchor; without them the last price would stay behind for ever
            anchor = state.profile_state[market, ProfileState.ANCHOR]
            state.market[market, MarketColumn.LAST] = max(1, math.floor(anchor + 0.5))


@inlined
def _set_prices(state: State, outside: Outside, market: int, factor: float) -> None:
    row = state.market[market]
    middle = outside.middle_start[market] * factor
    outside.middle[market] = middle
    row[MarketColumn.NEXT_ORACLE] = max(1, math.floor(outside.oracle_start[market] * factor + 0.5))
    row[MarketColumn.NEXT_MARK] = max(1, math.floor(outside.mark_start[market] * factor + 0.5))
    for venue in range(VENUES):
        state.venue[market, venue] = max(1, math.floor(middle + 0.5))


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


@inlined
def _signed_root(value: float) -> float:
    return math.sqrt(value) if value >= 0.0 else -math.sqrt(-value)
