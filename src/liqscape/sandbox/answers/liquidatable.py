"""liquidatable: pools of users below maintenance now."""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import NO_ROW, AccountColumn, ClockColumn, PoolColumn, Role
from liqscape.sandbox.answers.contexts import markets_of
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import usd
from liqscape.wire.info.liquidatable import IsolatedIndex, LiquidatablePool, LiquidatableRequest, PositionIndex

CROSS = "cross"


@answers(LiquidatableRequest)
def answer(question: Question[LiquidatableRequest]) -> list[LiquidatablePool]:
    exchange = question.sandbox.exchange
    value, maintenance = exchange.pool_margin()
    pools = exchange.state.pool[: len(value)]
    multiplier = int(exchange.state.clock[ClockColumn.MULTIPLIER])
    role = exchange.state.account[pools[:, PoolColumn.ACCOUNT], AccountColumn.ROLE]
    is_below = (pools[:, PoolColumn.COUNT] > 0) & (value.astype(np.float64) < maintenance / multiplier)
    found = []
    for row in np.flatnonzero(is_below & np.isin(role, (Role.USER, Role.VAULT))).tolist():
        if int(value[row]) * multiplier >= int(maintenance[row]):
            continue
        market = int(pools[row, PoolColumn.ISOLATED_MARKET])
        index: PositionIndex | str = CROSS
        if market != NO_ROW:
            own = markets_of(exchange, exchange.markets.rows[market].dex)
            index = PositionIndex(IsolatedIndex(own.index(market)))
        held = (usd(int(value[row])), usd(int(maintenance[row]) // multiplier))
        found.append(LiquidatablePool(exchange.addresses[int(pools[row, PoolColumn.ACCOUNT])], index, held))
    return found
