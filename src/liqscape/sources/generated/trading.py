"""What accounts do of their own will: open, add, reduce, close, flip, move margin.

Every step a few addresses act, each on one of its slots; how many follows the market's volatility. An empty
slot may open; a held one draws an action. Liquidated or empty accounts bring new money when they open again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.sources.generated.holdings import Holdings, Margins
from liqscape.sources.generated.population import LEVERAGES
from liqscape.units import BoolArray, Float64Array, Int64Array, PoolMode

ACTIONS_PER_ADDRESS = 0.0065
"""Actions a minute and address in a calm market: nine a day."""
OPEN_CHANCE = 0.6
CLOSE, REDUCE, ADD, FLIP, MARGIN = 0.15, 0.22, 0.32, 0.35, 0.46
"""Cumulative chances of what a held slot does; beyond the last one nothing."""
EAGER_CLOSE = 0.25
"""More chance to close once the position won or lost over half its margin."""
LONG_BIAS = 0.54
SMALLEST_NOTIONAL = 10.0  # USD, HL.DOC.MIN_ORDER
MARGIN_USE = 0.95
"""Part of free initial margin that one order may take."""
TRANSFER_NOTIONAL_SHARE = 0.1
"""What must stay after taking margin out (HL.DOC.MARGINING)."""


@dataclass(frozen=True)
class Mood:
    """What accounts see: marks, momentum in units of its usual size, and how busy the market is (1 = calm)."""

    marks: Float64Array
    momentum: Float64Array
    pace: float


@dataclass(frozen=True)
class _Acts:
    """n slots about to act, one per address, with what is known of them."""

    slot: Int64Array
    pool: Int64Array
    address: Int64Array
    is_isolated: BoolArray
    old: Float64Array  # signed notional
    value: Float64Array
    maintenance: Float64Array
    notional: Float64Array
    capital: Float64Array
    weight: Float64Array
    leverage: Float64Array
    largest: Float64Array
    mark: Float64Array


def trade_step(
    holdings: Holdings,
    margins: Margins,
    mood: Mood,
    minutes: float,
    elapsed_ms: int,
    is_barred: BoolArray,
    rng: np.random.Generator,
) -> Int64Array:
    """One step of voluntary trading; returns the addresses (sorted) that changed.

    margins are those at mood.marks; pools of barred (N,) addresses may have moved since and stay out.
    """
    population = holdings.population
    mean = ACTIONS_PER_ADDRESS * minutes * mood.pace * len(population.addresses)
    draws = rng.random(int(rng.poisson(mean)))
    chosen: Int64Array = np.unique(np.searchsorted(population.activity, draws * population.activity[-1], side="right"))
    chosen = chosen[(population.joins_ms[chosen] <= elapsed_ms) & ~is_barred[chosen]]
    if not len(chosen):
        return chosen
    uniform = rng.random((7, len(chosen)))
    acts = _look_up(holdings, margins, mood, chosen, uniform[0], uniform[6])

    is_held = acts.old != 0.0
    # A crowd opens; those who hold are not in more of a hurry than on a calm day.
    is_stirred = is_held & (uniform[5] * mood.pace < 1.0)
    action = uniform[1]
    entry = holdings.entry[acts.slot]
    with np.errstate(invalid="ignore"):
        gain = np.abs(acts.mark / entry - 1.0) * acts.leverage
        close_chance = np.where(gain > 0.5, CLOSE + EAGER_CLOSE, CLOSE)
    is_closing = is_stirred & (action < close_chance)
    is_reducing = is_stirred & ~is_closing & (action < REDUCE)
    is_adding = is_stirred & ~is_closing & ~is_reducing & (action < ADD)
    is_flipping = is_stirred & ~is_closing & (action >= ADD) & (action < FLIP)
    is_closing |= is_flipping & acts.is_isolated
    is_flipping &= ~acts.is_isolated
    is_moving = is_stirred & ~is_closing & (action >= FLIP) & (action < MARGIN)
    is_opening = ~is_held & (action < OPEN_CHANCE)

    deposit = _deposit(acts, is_opening, uniform[2])
    value = acts.value + deposit
    wish = _wish(acts, value, is_opening, is_adding, uniform[3])
    side = _side(holdings, mood, acts, uniform[4])
    old_side = np.sign(acts.old)
    target = np.where(is_opening, side * wish, acts.old)
    target = np.where(is_adding, acts.old + old_side * wish, target)
    target = np.where(is_reducing, acts.old * (0.3 + 0.4 * uniform[3]), target)
    target = np.where(is_flipping, -acts.old * (0.4 + 0.5 * uniform[3]), target)
    target = np.where(is_closing, 0.0, target)
    target = np.where(np.abs(target) < SMALLEST_NOTIONAL, 0.0, target)
    is_ordering = target != acts.old

    old_lots = holdings.lots[acts.slot]
    lots = np.where(is_ordering, holdings.whole_lots(target, acts.slot, mood.marks), old_lots)
    change = np.where(is_opening & (lots == 0), 0.0, deposit)
    change += np.where(lots != old_lots, _pocket_flow(acts, target), 0.0)
    change += np.where(is_moving, _margin_move(acts, uniform[2]), 0.0)

    np.add.at(holdings.cash, acts.pool, change)
    holdings.trade(acts.slot, lots, acts.mark)
    is_fresh = is_opening & (lots != 0)
    holdings.setting[acts.slot[is_fresh]] = acts.leverage[is_fresh]
    is_empty_pocket = acts.is_isolated & (lots == 0)
    holdings.cash[acts.pool[is_empty_pocket]] = 0.0
    moved: Int64Array = acts.address[(lots != old_lots) | (change != 0.0)]
    return moved


def _look_up(
    holdings: Holdings, margins: Margins, mood: Mood, chosen: Int64Array, pick: Float64Array, taste: Float64Array
) -> _Acts:
    population, coins = holdings.population, holdings.coins
    first, stop = population.address_slot[chosen], population.address_slot[chosen + 1]
    slot = first + (pick * (stop - first)).astype(np.int64)
    pool = population.slot_pool[slot]
    market = population.slot_market[slot]
    is_isolated = population.pool_mode[pool] == PoolMode.ISOLATED
    # A pocket's leverage varies around the account's liking, over the round figures people choose.
    liked = np.searchsorted(LEVERAGES, population.leverage[chosen])
    shifted = np.clip(liked + (taste * 4.0).astype(np.int64) - 1, 0, len(LEVERAGES) - 1)
    leverage = np.where(is_isolated, LEVERAGES[shifted], population.leverage[chosen])
    held = holdings.setting[slot]
    leverage = np.where((holdings.lots[slot] != 0) & ~np.isnan(held), held, leverage)
    return _Acts(
        slot=slot,
        pool=pool,
        address=chosen,
        is_isolated=is_isolated,
        old=holdings.size[slot] * mood.marks[market],
        value=margins.account_value[pool],
        maintenance=margins.maintenance[pool],
        notional=margins.notional[pool],
        capital=population.capital[chosen],
        weight=population.slot_weight[slot],
        leverage=np.minimum(leverage, coins.max_leverage[market]),
        largest=coins.largest_notional[market],
        mark=mood.marks[market],
    )


def _deposit(acts: _Acts, is_opening: BoolArray, draw: Float64Array) -> Float64Array:
    """(n,) USD brought (or, by winners without positions, taken) before opening in a shared pool."""
    fresh = acts.capital * (0.6 + 0.8 * draw)
    is_poor = acts.value < 0.4 * acts.capital
    is_rich = (acts.notional == 0.0) & (acts.value > 2.5 * acts.capital)
    moves = is_opening & ~acts.is_isolated & (is_poor | is_rich)
    return np.where(moves, np.where(is_poor, np.maximum(fresh - acts.value, 0.0), fresh - acts.value), 0.0)


def _wish(
    acts: _Acts, value: Float64Array, is_opening: BoolArray, is_adding: BoolArray, draw: Float64Array
) -> Float64Array:
    """(n,) USD notional that openers and adders want and may have."""
    # Most go all in at the leverage they like, so levels gather at its distance.
    appetite = acts.weight * (1.0 - 0.3 * draw**3)
    shared = 0.97 * value * acts.leverage * appetite
    pocket = acts.capital * acts.leverage * appetite * (0.3 + 0.7 * draw)
    opened = np.where(acts.is_isolated, pocket, shared)
    wish = np.where(is_opening, opened, np.where(is_adding, np.abs(acts.old) * (0.2 + 0.6 * draw), 0.0))
    # Initial margin at the highest leverage is twice maintenance.
    free = MARGIN_USE * (value - 2.0 * acts.maintenance) * acts.leverage
    wish = np.where(acts.is_isolated, wish, np.minimum(wish, free))
    return np.clip(wish, 0.0, np.maximum(acts.largest - np.abs(acts.old), 0.0))


def _side(holdings: Holdings, mood: Mood, acts: _Acts, draw: Float64Array) -> Float64Array:
    population = holdings.population
    seen = np.tanh(mood.momentum[population.slot_market[acts.slot]])
    chance = LONG_BIAS + 0.3 * population.style[acts.address] * seen
    fixed = population.slot_side[acts.slot]
    return np.where(fixed != 0, fixed, np.where(draw < chance, 1.0, -1.0))


def _pocket_flow(acts: _Acts, target: Float64Array) -> Float64Array:
    """(n,) USD that follows the size of isolated pockets: margin comes in with it and leaves in proportion."""
    held, wanted = np.abs(acts.old), np.abs(target)
    brought = (wanted - held) / acts.leverage
    with np.errstate(divide="ignore", invalid="ignore"):
        released = acts.value * (wanted / held - 1.0)
    return np.where(acts.is_isolated, np.where(wanted >= held, brought, released), 0.0)


def _margin_move(acts: _Acts, draw: Float64Array) -> Float64Array:
    """(n,) USD added to (60 %) or taken from a pool, if what stays is enough."""
    flow = acts.value * np.where(draw < 0.6, draw, -0.4 * (draw - 0.6))
    left = acts.value + flow
    least = np.maximum(2.0 * acts.maintenance, TRANSFER_NOTIONAL_SHARE * acts.notional)
    return np.where((flow > 0.0) | (left > 1.05 * least), flow, 0.0)
