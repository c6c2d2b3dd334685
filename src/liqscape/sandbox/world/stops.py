"""Stops and take-profits of traders: set on what is held, moved now and then.

Nobody publishes how many use them or how far away, so every figure here is an assumption. A part of all addresses
(WorldSettings.stops_percent) looks at each of its positions about once an hour: one without triggers gets some, one
that has them sometimes gets them anew from the present mark. Who changes a position by an order cancels what waits in
that market (traders.py) and sets it again on a later look.
"""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import (
    MARKET_TRIGGER,
    REDUCE_ONLY,
    TAKE_PROFIT,
    WHOLE_POSITION,
    Action,
    MarketColumn,
    RequestColumn,
    TriggerColumn,
)
from liqscape.exchange.exchange import Exchange
from liqscape.sandbox.world.coins import CoinSet
from liqscape.sandbox.world.holdings import held_lots
from liqscape.sandbox.world.population import Population
from liqscape.sandbox.world.rounding import allowed_ticks
from liqscape.sandbox.world.streams import Stream, generator
from liqscape.units import Float64Array, Int64Array

LOOKS_A_MINUTE = 1.0 / 60.0
"""Of each position of those who use stops."""
LARGEST_SHARE = 0.5
"""Of their positions, at most so many are looked at in one block, however coarse."""
MOVE_SHARE = 0.25
"""Of looks at a position that has triggers: they are set anew."""
STOP_SHARE, PROFIT_SHARE = 0.85, 0.6
"""Of positions that get triggers: with a stop, with a take-profit (one of the two at least)."""
STOP_AWAY, PROFIT_AWAY, SPREAD = 0.02, 0.04, 0.7
"""Median distance from the mark, and the deviation of its logarithm."""
MIN_AWAY, MAX_AWAY = 0.003, 0.5
MARGIN_SHARE = 0.75
"""A stop is nearer than this part of 1 / leverage, where little margin would be left."""
WHOLE_SHARE = 0.7
"""For the whole position; the others for its present size or half of it."""
MARKET_SHARE, PROFIT_MARKET_SHARE = 0.9, 0.6
"""Market triggers among stops and among take-profits."""
LIMIT_PAST = 0.002
"""Limit of a limit trigger, past its trigger price."""
GRID = 0.001
"""Trigger prices gather on steps of log-price, as people like round numbers."""


class Stops:
    """The trigger orders of a world's traders."""

    def __init__(
        self, seed: int, percent: int, population: Population, coins: CoinSet, exchange: Exchange, pools: Int64Array
    ) -> None:
        """pools (S,) the margin pool of each slot of the population."""
        self._seed = seed
        self._population = population
        self._exchange = exchange
        self._decimals = coins.size_decimals
        self._pools = pools
        drawn = generator(seed, Stream.STOPS).random(len(population.addresses))
        self.slots: Int64Array = np.flatnonzero(drawn[population.slot_account] < percent / 100.0)
        """Slots of those who use stops."""

    def requests(self, number: int, minutes: float) -> Int64Array:
        """(n, RequestColumn.WIDTH) of one block."""
        rng = generator(self._seed, Stream.STOPS, number)
        count = len(self.slots)
        looks = min(int(rng.poisson(count * LOOKS_A_MINUTE * minutes)), int(LARGEST_SHARE * count))
        if not looks:
            return np.zeros((0, RequestColumn.WIDTH), np.int64)
        slot = np.unique(self.slots[rng.integers(0, count, looks)])
        market = self._population.slot_market[slot]
        lots, _ = held_lots(self._exchange.state, self._pools[slot], market)
        slot, market, lots = slot[lots != 0], market[lots != 0], lots[lots != 0]
        account = self._population.slot_account[slot]
        draw = rng.random((8, len(slot)))
        away = np.exp(SPREAD * rng.normal(size=(2, len(slot))))
        rows: list[Int64Array] = []
        for at in range(len(slot)):
            old = self._exchange.waiting_triggers(int(account[at]))
            old = old[old[:, TriggerColumn.MARKET] == market[at]]
            if len(old) and draw[0, at] >= MOVE_SHARE:
                continue
            rows += [self._cancel(each) for each in old]
            rows += self._set(int(account[at]), int(market[at]), int(lots[at]), draw[1:, at], away[:, at])
        return np.array(rows, np.int64).reshape(-1, RequestColumn.WIDTH)

    def _cancel(self, old: Int64Array) -> Int64Array:
        row = np.zeros(RequestColumn.WIDTH, np.int64)
        account, ident = int(old[TriggerColumn.ACCOUNT]), int(old[TriggerColumn.ID])
        row[RequestColumn.ACTION], row[RequestColumn.ACCOUNT] = Action.CANCEL_TRIGGER, account
        row[RequestColumn.ORDER_ID], row[RequestColumn.SLOT] = ident, self._exchange.trigger_slot(account, ident)
        return row

    def _set(self, account: int, market: int, lots: int, draw: Float64Array, away: Float64Array) -> list[Int64Array]:
        """A stop, a take-profit or both for one position."""
        state = self._exchange.state
        setting = abs(int(state.setting[account, market]))
        leverage = setting or min(20, int(state.market[market, MarketColumn.MAX_LEVERAGE]))
        has_stop = draw[0] < STOP_SHARE
        has_profit = draw[1] < PROFIT_SHARE or not has_stop
        is_whole = draw[2] < WHOLE_SHARE
        size = abs(lots) if draw[3] < 0.5 else max(1, abs(lots) // 2)
        kind = WHOLE_POSITION | REDUCE_ONLY if is_whole else REDUCE_ONLY
        found = []
        if has_stop:
            distance = min(max(STOP_AWAY * away[0], MIN_AWAY), MARGIN_SHARE / leverage)
            flags = kind | (MARKET_TRIGGER if draw[4] < MARKET_SHARE else 0)
            found.append(self._row(account, market, lots, -distance, size, flags))
        if has_profit:
            distance = min(max(PROFIT_AWAY * away[1], MIN_AWAY), MAX_AWAY)
            flags = kind | TAKE_PROFIT | (MARKET_TRIGGER if draw[5] < PROFIT_MARKET_SHARE else 0)
            found.append(self._row(account, market, lots, distance, size, flags))
        return found

    def _row(self, account: int, market: int, lots: int, gain: float, size: int, flags: int) -> Int64Array:
        """A trigger where the position has gained so much from the present mark (< 0: lost)."""
        side = -1 if lots > 0 else 1
        mark = float(self._exchange.state.market[market, MarketColumn.MARK])
        price = float(np.exp(np.rint(np.log(mark * (1.0 - side * gain)) / GRID) * GRID))
        decimals = self._decimals[market : market + 1]
        trigger = allowed_ticks(np.array([price]), decimals, np.array([float(side)]))
        limit = allowed_ticks(
            trigger.astype(np.float64) * (1.0 + side * LIMIT_PAST), decimals, np.array([-float(side)])
        )
        row = np.zeros(RequestColumn.WIDTH, np.int64)
        row[RequestColumn.ACTION], row[RequestColumn.ACCOUNT], row[RequestColumn.MARKET] = (
            Action.PLACE_TRIGGER,
            account,
            market,
        )
        row[RequestColumn.SIDE], row[RequestColumn.FLAGS], row[RequestColumn.LOTS] = side, flags, size
        row[RequestColumn.TRIGGER_PRICE] = trigger[0]
        row[RequestColumn.PRICE] = 0 if flags & MARKET_TRIGGER else limit[0]
        return row
