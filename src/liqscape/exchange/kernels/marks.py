"""Mark prices (docs/exchange.md, eq. 4 and 5).

    mark = median( oracle + EMA150s(mid - oracle),  median(bid, ask, last),  weighted median of outside mids )   (4)
    EMA: numerator <- numerator * exp(-t / tau) + sample * t,  denominator likewise with 1                        (5)

If exactly two of the three exist, EMA30s(median(bid, ask, last)) joins them (HL.DOC.MARK). Half a tick
rounds up.
"""

from __future__ import annotations

import math

import numpy as np

from liqscape.exchange.columns import EXCURSION_UNIT, VENUES, Average, Clock, Market
from liqscape.exchange.kernels.holdings import value_holdings
from liqscape.exchange.kernels.taking import best_prices
from liqscape.exchange.rules import MarkSource, RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Float64Array

ROUNDING_ROOM = 1.0 + 1e-9
"""Excursions are never counted too small."""
SLOW_SUM, FAST_SUM = int(Average.SLOW_SUM), int(Average.FAST_SUM)


@compiled
def update_marks(state: State) -> None:
    """Take over the oracles and move all marks at once."""
    now = state.clock[Clock.TIME_MS]
    elapsed = float(now - state.clock[Clock.LAST_MARK_MS])
    state.clock[Clock.LAST_MARK_MS] = now
    values = np.empty(4)
    largest = 0.0
    for market in range(state.market.shape[0]):
        row = state.market[market]
        row[Market.PREVIOUS_ORACLE] = row[Market.ORACLE]
        if row[Market.NEXT_ORACLE] > 0:
            row[Market.ORACLE] = row[Market.NEXT_ORACLE]
        row[Market.PREVIOUS_MARK] = row[Market.MARK]
        if row[Market.IS_DELISTED]:
            continue
        if state.rules[RuleAt.MARK_SOURCE] == MarkSource.GIVEN:
            if row[Market.NEXT_MARK] > 0:
                row[Market.MARK] = row[Market.NEXT_MARK]
        else:
            row[Market.MARK] = _median_mark(state, market, elapsed, values)
        if row[Market.PREVIOUS_MARK] == 0:
            row[Market.PREVIOUS_MARK] = row[Market.MARK]
        is_held = row[Market.OPEN_LOTS] or state.clock[Clock.HOLDING_COUNT]
        if is_held and row[Market.MARK] != row[Market.PREVIOUS_MARK]:
            largest = max(largest, abs(math.log(row[Market.MARK] / row[Market.PREVIOUS_MARK])))
    if state.clock[Clock.HOLDING_COUNT]:
        value_holdings(state)
    state.clock[Clock.EXCURSION] += math.ceil(largest * EXCURSION_UNIT * ROUNDING_ROOM) if largest > 0.0 else 0


@inlined
def _median_mark(state: State, market: int, elapsed: float, values: Float64Array) -> int:
    row, average = state.market[market], state.average[market]
    oracle = float(row[Market.ORACLE])
    bid, ask = best_prices(state, market)
    last = row[Market.LAST]
    has_book = bid > 0 and ask > 0
    if has_book:
        _sample(average, SLOW_SUM, (bid + ask) * 0.5 - oracle, elapsed, state.rules[RuleAt.SLOW_AVERAGE_MS])
    has_local = has_book and last > 0
    local = float(max(min(bid, ask), min(max(bid, ask), last))) if has_local else 0.0
    if has_local:
        _sample(average, FAST_SUM, local, elapsed, state.rules[RuleAt.FAST_AVERAGE_MS])
    count = 0
    if row[Market.ORACLE] > 0:
        basis = average[Average.SLOW_SUM] / average[Average.SLOW_WEIGHT] if average[Average.SLOW_WEIGHT] > 0 else 0.0
        values[count] = oracle + basis
        count += 1
    if has_local:
        values[count] = local
        count += 1
    outside = weighted_median(state, market)
    if outside > 0.0:
        values[count] = outside
        count += 1
    if count == 2 and average[Average.FAST_WEIGHT] > 0:
        values[count] = average[Average.FAST_SUM] / average[Average.FAST_WEIGHT]
        count += 1
    if count == 0:
        return row[Market.MARK]
    for at in range(1, count):
        for place in range(at, 0, -1):
            if values[place] < values[place - 1]:
                values[place], values[place - 1] = values[place - 1], values[place]
    middle = (values[(count - 1) // 2] + values[count // 2]) * 0.5
    return max(1, math.floor(middle + 0.5))


@inlined
def _sample(average: Float64Array, at: int, value: float, elapsed: float, tau: int) -> None:
    keep = math.exp(-elapsed / tau)
    average[at] = average[at] * keep + value * elapsed
    average[at + 1] = average[at + 1] * keep + elapsed


@inlined
def weighted_median(state: State, market: int) -> float:
    """Weighted median of the outside perpetual mids, ticks; the mean of the two middle ones at a tie; 0 if none."""
    total = 0
    for venue in range(VENUES):
        if state.venue[market, venue] > 0:
            total += state.rules[RuleAt.VENUE_WEIGHTS + venue]
    if total == 0:
        return 0.0
    low, high = 0.0, 0.0
    for venue in range(VENUES):
        price = state.venue[market, venue]
        if price <= 0:
            continue
        below, here = 0, 0
        for other in range(VENUES):
            if 0 < state.venue[market, other] < price:
                below += state.rules[RuleAt.VENUE_WEIGHTS + other]
            elif state.venue[market, other] == price:
                here += state.rules[RuleAt.VENUE_WEIGHTS + other]
        if 2 * below < total <= 2 * (below + here):
            low = float(price)
        if 2 * below <= total < 2 * (below + here):
            high = float(price)
    return (low + high) * 0.5
