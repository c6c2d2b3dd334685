"""What traders do of their own will: open, add, reduce, close, flip, move margin, bring new money.

Every block a few accounts act, each on one of its slots; how many follows the market's volatility. An empty slot may
open; a held one draws an action. Accounts that lost everything bring new money when they open again, so the
population lives on.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from liqscape.exchange.columns import IMMEDIATE, REDUCE_ONLY, AccountColumn, Action, MarketColumn, RequestColumn
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import UUSD
from liqscape.sandbox.world.coins import CoinSet
from liqscape.sandbox.world.holdings import Pools, held_lots, look_at
from liqscape.sandbox.world.payments import pay
from liqscape.sandbox.world.population import Population, TraderKind
from liqscape.sandbox.world.rounding import allowed_ticks
from liqscape.units import BoolArray, Float64Array, Int64Array

ACTIONS_PER_ADDRESS = 0.0065
"""Actions a minute and usual address in a calm market: nine a day."""
LARGEST_SHARE = 0.25
"""Of addresses, at most so many act in one block, however coarse."""
OPEN_CHANCE = 0.6
CLOSE, REDUCE, ADD, FLIP, MARGIN = 0.15, 0.22, 0.32, 0.35, 0.46
"""Cumulative chances of what a held slot does; beyond the last one nothing."""
EAGER_CLOSE = 0.25
"""More chance to close once the position won or lost over half its margin."""
LONG_BIAS = 0.53
TREND_PULL, CROWD_PULL, LEAN_PULL = 0.32, 0.25, 0.30
"""How far momentum, pay for the less crowded side, and an account's own inclination move the chance of a long."""
USUAL_MOMENTUM = 0.02
SMALLEST_NOTIONAL = 12.0
"""USD; the exchange's smallest order is 10 (HL.DOC.MIN_ORDER)."""
MARGIN_USE = 0.94
SLIPPAGE = 0.01
"""Limit of a market order, from the mark."""
RESTING_SHARE, RESTING_AWAY = 0.5, 0.006
"""Of mean reverters' openings, as orders that wait up to so far from the mark; take-profits of all wait further."""
TARGET_SHARE, TARGET_AWAY = 0.15, 0.03
RESTING_GRID = 0.001
"""Orders wait at prices so far apart in log."""
GAMBLER_PATIENCE = 2.0
"""Gamblers open in a hurry and act so many times less often while they hold."""
BROKE, RETURN_CHANCE = 0.2, 0.018
"""Who has less than that part of his money left opens so much less often: most come back hours after a liquidation."""
QUIET_PACE, LARGEST_PACE = 0.4, 6.0
TREND = {TraderKind.TREND_FOLLOWER: 1.0, TraderKind.MEAN_REVERTER: -1.0, TraderKind.VAULT: 0.5}


@dataclass(frozen=True)
class Mood:
    """What traders see.

    momentum (M,) of prices in about four hours, log.
    crowding (M,) net position of all traders over open interest, -1 .. 1.
    pace     how busy the market is, 1 = calm.
    """

    momentum: Float64Array
    crowding: Float64Array
    pace: float


def pace_of(volatility: float) -> float:
    """How busy accounts are, from the market's log volatility: crowds come with it."""
    return min(QUIET_PACE + (1.0 - QUIET_PACE) * float(np.exp(1.6 * volatility)), LARGEST_PACE)


@dataclass(frozen=True, kw_only=True)
class _Acts:
    """n slots about to act, one an account, with what is known of them; USD."""

    slot: Int64Array
    account: Int64Array
    market: Int64Array
    pool: Int64Array
    kind: Int64Array
    is_isolated: BoolArray
    mark: Float64Array  # ticks
    lots: Int64Array
    old: Float64Array  # signed notional
    entry: Float64Array
    value: Float64Array  # of the cross pool, as free and notional
    free: Float64Array
    notional: Float64Array
    capital: Float64Array
    weight: Float64Array
    leverage: Float64Array
    largest: Float64Array

    def only(self, keep: BoolArray) -> _Acts:
        return _Acts(**{field.name: getattr(self, field.name)[keep] for field in fields(self)})


class Traders:
    """The traders of a population on an exchange; `act` gives the requests of one block."""

    def __init__(self, population: Population, coins: CoinSet, exchange: Exchange) -> None:
        self._population = population
        self._coins = coins
        self._exchange = exchange
        state = exchange.state
        cross = state.account[population.slot_account, AccountColumn.CROSS_POOL]
        self.slot_pool = cross.copy()
        for slot in np.flatnonzero(population.slot_isolated).tolist():
            account, market = int(population.slot_account[slot]), int(population.slot_market[slot])
            self.slot_pool[slot] = exchange.isolated_pool(account, market)
        self._trend = np.array([TREND.get(kind, 0.0) for kind in TraderKind])
        self._decimals = coins.size_decimals

    def act(self, mood: Mood, minutes: float, elapsed_ms: int, rng: np.random.Generator) -> Int64Array:
        """(n, RequestColumn.WIDTH) orders of the block; deposits, withdrawals and settings are made at once."""
        acts = self._choose(mood, minutes, elapsed_ms, rng)
        if acts is None:
            return np.zeros((0, RequestColumn.WIDTH), np.int64)
        draw = rng.random((6, len(acts.slot)))
        is_held = acts.old != 0.0
        # A crowd opens; those who hold are not in more of a hurry than on a calm day.
        patience = np.where(acts.kind == TraderKind.GAMBLER, GAMBLER_PATIENCE, 1.0)
        is_stirred = is_held & (draw[5] * mood.pace * patience < 1.0)
        action = draw[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = np.abs(np.abs(acts.old) / acts.entry - 1.0) * acts.leverage
        close_chance = np.where(gain > 0.5, CLOSE + EAGER_CLOSE, CLOSE)
        is_closing = is_stirred & (action < close_chance)
        is_reducing = is_stirred & ~is_closing & (action < REDUCE)
        is_adding = is_stirred & ~is_closing & ~is_reducing & (action < ADD)
        is_flipping = is_stirred & ~is_closing & (action >= ADD) & (action < FLIP)
        is_closing |= is_flipping & acts.is_isolated
        is_flipping &= ~acts.is_isolated
        is_moving = is_stirred & ~is_closing & (action >= FLIP) & (action < MARGIN)
        is_broke = (acts.value < BROKE * acts.capital) & (acts.notional == 0.0)
        is_opening = ~is_held & (action < np.where(is_broke, RETURN_CHANCE, 1.0) * OPEN_CHANCE)

        brought = self._bring_money(acts, is_opening, draw[2])
        self._choose_leverage(acts, is_opening, draw[4])
        wish = _wish(acts, acts.free + brought, acts.value + brought, is_opening, is_adding, draw[3])
        side = self._side(acts, mood, draw[0])
        target = np.where(is_opening, side * wish, acts.old)
        target = np.where(is_adding, acts.old + np.sign(acts.old) * wish, target)
        target = np.where(is_reducing, acts.old * (0.3 + 0.4 * draw[3]), target)
        target = np.where(is_flipping, -acts.old * (0.4 + 0.5 * draw[3]), target)
        target = np.where(is_closing, 0.0, target)
        self._move_margin(acts, is_moving, draw[2])
        wanted = np.where(target == acts.old, acts.lots, np.rint(target * UUSD / acts.mark).astype(np.int64))
        wanted = np.where(is_closing, 0, wanted)
        change = wanted - acts.lots
        is_ordering = (np.abs(change) * acts.mark / UUSD >= SMALLEST_NOTIONAL) | (is_closing & (change != 0))
        is_resting = is_opening & (acts.kind == TraderKind.MEAN_REVERTER) & (draw[2] < RESTING_SHARE)
        orders = self._orders(acts, change, is_ordering, is_resting, is_closing | is_reducing, draw[4])
        targets = self._targets(acts, is_held & ~is_ordering & (draw[0] < TARGET_SHARE), draw[3])
        return np.concatenate((orders, targets))

    def _choose(self, mood: Mood, minutes: float, elapsed_ms: int, rng: np.random.Generator) -> _Acts | None:
        """Who acts now, on which slot."""
        population, state = self._population, self._exchange.state
        count = len(population.addresses)
        mean = min(ACTIONS_PER_ADDRESS * minutes * mood.pace * population.activity[-1] / 1.38, LARGEST_SHARE * count)
        draws = rng.random(int(rng.poisson(mean)))
        if not len(draws) or population.activity[-1] <= 0.0:
            return None
        chosen = np.unique(np.searchsorted(population.activity, draws * population.activity[-1], side="right"))
        chosen = chosen[population.joins_ms[chosen] <= elapsed_ms]
        if not len(chosen):
            return None
        first = population.first_slot[chosen]
        slot = first + (rng.random(len(chosen)) * (population.first_slot[chosen + 1] - first)).astype(np.int64)
        market = population.slot_market[slot]
        pool = self.slot_pool[slot]
        lots, entry = held_lots(state, pool, market)
        cross: Pools = look_at(state, state.account[chosen, AccountColumn.CROSS_POOL])
        mark = state.market[market, MarketColumn.MARK].astype(np.float64)
        leverage = np.minimum(population.leverage[chosen], state.market[market, MarketColumn.MAX_LEVERAGE])
        setting = np.abs(state.setting[chosen, market]).astype(np.float64)
        acts = _Acts(
            slot=slot,
            account=chosen,
            market=market,
            pool=pool,
            kind=population.kind[chosen],
            is_isolated=population.slot_isolated[slot],
            mark=mark,
            lots=lots,
            old=lots * mark / UUSD,
            entry=entry,
            value=cross.value,
            free=cross.free,
            notional=cross.notional,
            capital=population.capital[chosen],
            weight=population.slot_weight[slot],
            leverage=np.where((lots != 0) & (setting > 0), setting, leverage),
            largest=self._coins.largest_notional[market],
        )
        # Who is under water waits for the exchange.
        return acts.only((acts.value > 0.0) | (acts.notional == 0.0))

    def _bring_money(self, acts: _Acts, is_opening: BoolArray, draw: Float64Array) -> Float64Array:
        """(n,) USD paid in by the poor, or out by the rich, before they open; done at once."""
        fresh = acts.capital * (0.6 + 0.8 * draw)
        is_poor = is_opening & (acts.value < 0.4 * acts.capital)
        is_rich = is_opening & (acts.notional == 0.0) & (acts.value > 2.5 * acts.capital)
        flow = np.where(is_poor | is_rich, fresh - acts.value, 0.0)
        for at in np.flatnonzero(flow).tolist():
            flow[at] = pay(self._exchange, int(acts.account[at]), float(flow[at]))
        return flow

    def _choose_leverage(self, acts: _Acts, is_opening: BoolArray, draw: Float64Array) -> None:
        """Set the leverage of openings: what the account likes, pockets sometimes less or more."""
        likes = np.where(
            acts.is_isolated & (acts.kind != TraderKind.GAMBLER) & (draw < 0.4),
            acts.leverage * (0.5 + 2.5 * draw),
            acts.leverage,
        )
        state = self._exchange.state
        likes = np.clip(np.floor(likes), 1, state.market[acts.market, MarketColumn.MAX_LEVERAGE]).astype(np.int64)
        present = np.abs(state.setting[acts.account, acts.market])
        for at in np.flatnonzero(is_opening & (likes != present)).tolist():
            self._exchange.set_leverage(
                int(acts.account[at]), int(acts.market[at]), int(likes[at]), is_isolated=bool(acts.is_isolated[at])
            )
        acts.leverage[is_opening] = likes[is_opening]

    def _move_margin(self, acts: _Acts, is_moving: BoolArray, draw: Float64Array) -> None:
        """Add margin to an isolated position from the cross pool; money in and out of a cross pool."""
        for at in np.flatnonzero(is_moving).tolist():
            account = int(acts.account[at])
            if acts.is_isolated[at]:
                free = self._exchange.withdrawable(account)
                moved = min(free, round(float(acts.capital[at] * 0.1 * draw[at]) * UUSD))
                if moved > 0:
                    self._exchange.move_margin(account, int(acts.market[at]), moved)
            else:
                share = float(draw[at]) * 0.5 if draw[at] < 0.6 else -0.4 * (float(draw[at]) - 0.6)
                pay(self._exchange, account, share * float(acts.capital[at]))

    def _side(self, acts: _Acts, mood: Mood, draw: Float64Array) -> Float64Array:
        seen = np.tanh(mood.momentum[acts.market] / USUAL_MOMENTUM)
        chance = LONG_BIAS + TREND_PULL * self._trend[acts.kind] * seen
        chance = chance - CROWD_PULL * np.tanh(2.0 * mood.crowding[acts.market])
        chance = chance + LEAN_PULL * self._population.lean[acts.account]
        fixed = self._population.slot_side[acts.slot].astype(np.float64)
        return np.where(fixed != 0.0, fixed, np.where(draw < chance, 1.0, -1.0))

    def _orders(
        self,
        acts: _Acts,
        change: Int64Array,
        is_ordering: BoolArray,
        is_resting: BoolArray,
        is_smaller: BoolArray,
        draw: Float64Array,
    ) -> Int64Array:
        """Cancel what waits in the market, then the new order: at once, or waiting nearer to a better price."""
        side = np.sign(change).astype(np.float64)
        away = np.where(is_resting, -RESTING_AWAY * draw, SLIPPAGE)
        limit = acts.mark * (1.0 + side * away)
        limit = np.where(is_resting, _round_figures(limit), limit)
        flags = np.where(is_resting, 0, IMMEDIATE) | np.where(is_smaller, REDUCE_ONLY, 0)
        rows = np.zeros((2, len(change), RequestColumn.WIDTH), np.int64)
        rows[0, :, RequestColumn.ACTION] = Action.CANCEL_MARKET
        rows[1, :, RequestColumn.ACTION] = Action.PLACE
        rows[:, :, RequestColumn.ACCOUNT] = acts.account
        rows[:, :, RequestColumn.MARKET] = acts.market
        rows[1, :, RequestColumn.SIDE] = np.sign(change)
        rows[1, :, RequestColumn.PRICE] = allowed_ticks(limit, self._decimals[acts.market], -side)
        rows[1, :, RequestColumn.LOTS] = np.abs(change)
        rows[1, :, RequestColumn.FLAGS] = flags
        return rows[:, is_ordering].reshape(-1, RequestColumn.WIDTH)

    def _targets(self, acts: _Acts, is_setting: BoolArray, draw: Float64Array) -> Int64Array:
        """Reduce-only orders that wait for a profit; old ones of the market are cancelled first."""
        side = -np.sign(acts.lots).astype(np.float64)
        price = _round_figures(acts.mark * (1.0 - side * TARGET_AWAY * (0.2 + draw)))
        rows = np.zeros((2, len(side), RequestColumn.WIDTH), np.int64)
        rows[0, :, RequestColumn.ACTION] = Action.CANCEL_MARKET
        rows[1, :, RequestColumn.ACTION] = Action.PLACE
        rows[:, :, RequestColumn.ACCOUNT] = acts.account
        rows[:, :, RequestColumn.MARKET] = acts.market
        rows[1, :, RequestColumn.SIDE] = side
        rows[1, :, RequestColumn.PRICE] = allowed_ticks(
            price, self._decimals[acts.market], np.where(side == 0, 1, side)
        )
        rows[1, :, RequestColumn.LOTS] = np.abs(acts.lots)
        rows[1, :, RequestColumn.FLAGS] = REDUCE_ONLY
        return rows[:, is_setting].reshape(-1, RequestColumn.WIDTH)


def _round_figures(price: Float64Array) -> Float64Array:
    """Prices people think of: orders that wait gather on a grid, and a book side keeps room for every one of them."""
    rounded: Float64Array = np.exp(np.rint(np.log(price) / RESTING_GRID) * RESTING_GRID)
    return rounded


def _wish(
    acts: _Acts,
    free: Float64Array,
    value: Float64Array,
    is_opening: BoolArray,
    is_adding: BoolArray,
    draw: Float64Array,
) -> Float64Array:
    """(n,) USD notional that openers and adders want and may have."""
    # Most go all in at the leverage they like, so levels gather at its distance.
    shared = 0.97 * value * acts.leverage * acts.weight * (1.0 - 0.3 * draw**3)
    pocket = acts.capital * acts.leverage * acts.weight * (0.3 + 0.7 * draw)
    opened = np.where(acts.is_isolated, pocket, shared)
    wish = np.where(is_opening, opened, np.where(is_adding, np.abs(acts.old) * (0.2 + 0.6 * draw), 0.0))
    wish = np.minimum(wish, MARGIN_USE * free * acts.leverage)
    return np.clip(wish, 0.0, np.maximum(acts.largest - np.abs(acts.old), 0.0))
