"""Hourly funding (docs/exchange.md, eq. 6 and 7; HL.DOC.FUNDING).

premium = (max(impact_bid - oracle, 0) - max(oracle - impact_ask, 0)) / oracle      sampled every 5 s       (6)
rate    = (average + clamp(interest - average, +-clamp)) / 8, within +-cap           an hour                 (7)
payment = lots * oracle * rate, longs pay where the rate is positive
"""

from __future__ import annotations

from liqscape.exchange.columns import (
    ASK,
    BID,
    FUNDING_UNIT,
    NO_ROW,
    AverageColumn,
    BookKind,
    ClockColumn,
    EventKind,
    FlowColumn,
    LevelColumn,
    MarketColumn,
    PoolColumn,
    PositionColumn,
)
from liqscape.exchange.kernels.arithmetic import multiply_divide
from liqscape.exchange.kernels.event_log import log_event, next_transaction
from liqscape.exchange.rules import RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined

HOUR_MS = 3_600_000
FUNDING = int(EventKind.FUNDING)


@compiled
def sample_premiums(state: State) -> None:
    """One premium sample of every market, and the rate that would hold if the hour ended now."""
    for market in range(state.market.shape[0]):
        row, average = state.market[market], state.average[market]
        oracle = row[MarketColumn.ORACLE]
        if oracle <= 0:
            continue
        premium = 0.0
        if row[MarketColumn.BOOK_KIND] == BookKind.ORDERS:
            bid, ask = impact_price(state, market, BID), impact_price(state, market, ASK)
            if bid > 0.0 and ask > 0.0:
                premium = (max(bid - oracle, 0.0) - max(oracle - ask, 0.0)) / oracle
        average[AverageColumn.PREMIUM_SUM] += premium
        average[AverageColumn.PREMIUM_COUNT] += 1.0
        row[MarketColumn.FUNDING_RATE] = _rate(
            state, average[AverageColumn.PREMIUM_SUM] / average[AverageColumn.PREMIUM_COUNT]
        )


@inlined
def _rate(state: State, premium: float) -> int:
    average = int(premium * FUNDING_UNIT)
    clamp = state.rules[RuleAt.PREMIUM_CLAMP]
    eight_hours = average + max(-clamp, min(clamp, state.rules[RuleAt.INTEREST_RATE] - average))
    hourly = abs(eight_hours) // 8
    cap = state.rules[RuleAt.FUNDING_CAP_RATE]
    return min(hourly, cap) if eight_hours >= 0 else -min(hourly, cap)


@inlined
def impact_price(state: State, market: int, side: int) -> float:
    """Average price of MarketColumn.IMPACT_NOTIONAL on a side, ticks; 0 where the side is not deep enough."""
    wanted = float(state.market[market, MarketColumn.IMPACT_NOTIONAL])
    spent, bought = 0.0, 0.0
    count = state.market[market, MarketColumn.BIDS + side]
    for place in range(count - 1, -1, -1):
        price = float(state.level[market, side, place, LevelColumn.PRICE])
        lots = float(state.level[market, side, place, LevelColumn.LOTS])
        if spent + price * lots >= wanted:
            bought += (wanted - spent) / price
            return wanted / bought
        spent += price * lots
        bought += lots
    return 0.0


@compiled
def pay_funding(state: State) -> None:
    """Pay the hour: every position pays or receives on the oracle price; a new hour of samples begins."""
    transaction = next_transaction(state)
    for pool in range(state.clock[ClockColumn.POOL_COUNT]):
        start = state.pool[pool, PoolColumn.START]
        for row in range(start, start + state.pool[pool, PoolColumn.COUNT]):
            market, lots = state.position[row, PositionColumn.MARKET], state.position[row, PositionColumn.LOTS]
            rate = state.market[market, MarketColumn.FUNDING_RATE]
            if rate == 0:
                continue
            size = multiply_divide(abs(lots) * state.market[market, MarketColumn.ORACLE], abs(rate), FUNDING_UNIT)
            payment = size if (lots > 0) == (rate > 0) else -size
            state.pool[pool, PoolColumn.CASH] -= payment
            state.pool[pool, PoolColumn.SAFE_UNTIL] = 0
            state.position[row, PositionColumn.FUNDING] += payment
            state.flow[FlowColumn.FUNDING_ROUNDING] += payment
            isolated = 1 if state.pool[pool, PoolColumn.ISOLATED_MARKET] != NO_ROW else 0
            account = state.pool[pool, PoolColumn.ACCOUNT]
            log_event(state, FUNDING, account, market, lots, payment, rate, 0, transaction, isolated)
    for market in range(state.market.shape[0]):
        state.average[market, AverageColumn.PREMIUM_SUM] = 0.0
        state.average[market, AverageColumn.PREMIUM_COUNT] = 0.0
    state.clock[ClockColumn.FUNDED_HOUR] = state.clock[ClockColumn.TIME_MS] // HOUR_MS
