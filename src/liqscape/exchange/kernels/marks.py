"""Mark prices (docs/exchange.md, eq. 4 and 5).

    mark = median( oracle + EMA150s(mid - oracle),  median(bid, ask, last),  weighted median of outside mids )   (4)
    EMA: numerator <- numerator * exp(-t / tau) + sample * t,  denominator likewise with 1                        (5)

If exactly two of the three exist, EMA30s(median(bid, ask, last)) joins them (HL.DOC.MARK). Half a tick
rounds up.
"""

from __future__ import annotations

import math

import numpy as np

from liqscape.exchange.columns import EXCURSION_UNIT, VENUES, AverageColumn, ClockColumn, MarketColumn
from liqscape.exchange.kernels.holdings import value_holdings
from liqscape.exchange.kernels.taking import best_prices
from liqscape.exchange.rules import MarkSource, RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Float64Array

ROUNDING_ROOM = 1.0 + 1e-9
"""Excursions are never counted too small."""
SLOW_SUM, FAST_SUM = int(AverageColumn.SLOW_SUM), int(AverageColumn.FAST_SUM)


@compiled
def update_marks(state: State) -> None:
    """Take over the oracles and move all marks at once."""
    now = state.clock[ClockColumn.TIME_MS]
    elapsed = float(now - state.clock[ClockColumn.LAST_MARK_MS])
    state.clock[ClockColumn.LAST_MARK_MS] = now
    values = np.empty(4)
    largest = 0.0
    for market in range(state.market.shape[0]):
        row = state.market[market]
        row[MarketColumn.PREVIOUS_ORACLE] = row[MarketColumn.ORACLE]
        if row[MarketColumn.NEXT_ORACLE] > 0:
            row[MarketColumn.ORACLE] = row[MarketColumn.NEXT_ORACLE]
        row[MarketColumn.PREVIOUS_MARK] = row[MarketColumn.MARK]
        if row[MarketColumn.IS_DELISTED]:
            continue
        if state.rules[RuleAt.MARK_SOURCE] == MarkSource.GIVEN:
            if row[MarketColumn.NEXT_MARK] > 0:
                row[MarketColumn.MARK] = row[MarketColumn.NEXT_MARK]
        else:
            row[MarketColumn.MARK] = _median_mark(state, market, elapsed, values)
        if row[MarketColumn.PREVIOUS_MARK] == 0:
            row[MarketColumn.PREVIOUS_MARK] = row[MarketColumn.MARK]
        is_held = row[MarketColumn.OPEN_LOTS] or state.clock[ClockColumn.HOLDING_COUNT]
        if is_held and row[MarketColumn.MARK] != row[MarketColumn.PREVIOUS_MARK]:
            largest = max(largest, abs(math.log(row[MarketColumn.MARK] / row[MarketColumn.PREVIOUS_MARK])))
    if state.clock[ClockColumn.HOLDING_COUNT]:
        value_holdings(state)
    state.clock[ClockColumn.EXCURSION] += math.ceil(largest * EXCURSION_UNIT * ROUNDING_ROOM) if largest > 0.0 else 0


@inlined
def _median_mark(state: State, market: int, elapsed: float, values: Float64Array) -> int:
    row, average = state.market[market], state.average[market]
    oracle = float(row[MarketColumn.ORACLE])
    bid, ask = best_prices(state, market)
    last = row[MarketColumn.LAST]
    has_book = bid > 0 and ask > 0
    if has_book:
        _sample(average, SLOW_SUM, (bid + ask) * 0.5 - oracle, elapsed, state.rules[RuleAt.SLOW_AVERAGE_MS])
    has_local = has_book and last > 0
    local = float(max(min(bid, ask), min(max(bid, ask), last))) if has_local else 0.0
    if has_local:
        _sample(average, FAST_SUM, local, elapsed, state.rules[RuleAt.FAST_AVERAGE_MS])
    count = 0
    if row[MarketColumn.ORACLE] > 0:
        basis = (
            average[AverageColumn.SLOW_SUM] / average[AverageColumn.SLOW_WEIGHT]
            if average[AverageColumn.SLOW_WEIGHT] > 0
            else 0.0
        )
        values[count] = oracle + basis
        count += 1
    if has_local:
        values[count] = local
        count += 1
    outside = weighted_median(state, market)
    if outside > 0.0:
        values[count] = outside
        count += 1
    if count == 2 and average[AverageColumn.FAST_WEIGHT] > 0:
        values[count] = average[AverageColumn.FAST_SUM] / average[AverageColumn.FAST_WEIGHT]
        count += 1
    if count == 0:
        return row[MarketColumn.MARK]
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
