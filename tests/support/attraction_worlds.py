"""Made worlds of paths and maps: coins that move together, whose levels come of entries and go where price has been.

Without a pull a path is symmetric whatever the map shows. With one it drifts towards the fuller side,

    mu = k G sigma_1h an hour,    G = (F_up - F_down) / (F_up + F_down) within REACH

and with momentum by a share of the last hour's return. Volatility clusters, returns have heavy tails, traders follow
the last hour, and entries are few and of very different size, so that maps differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from liqscape.insight.attraction.trials import AttractionInput
from liqscape.insight.kernels.attraction import StandingLevels
from liqscape.units import DAY_MS, HOUR_MS

STEP_MS = 300_000
STEPS_AN_HOUR = HOUR_MS // STEP_MS
BINS = 2_400
WIDTH = 0.001
SIGMA_1H = 0.005
REACH = 10
"""Bins of the pull, two standard deviations of an hour."""
SHOWN = 40
ENTRIES = 0.4
"""A step, of each coin."""
START_MS = 20_000 * DAY_MS
MARK = 100.0


@dataclass(frozen=True, kw_only=True)
class WorldRule:
    """A kind of world. pull: k. momentum: share of the last hour's return that the next hour's drift has.

    chase  how strongly entries follow the last hour: makes the map depend on the way price came.
    """

    coins: int = 8
    days: int = 90
    pull: float = 0.0
    momentum: float = 0.0
    chase: float = 0.5
    together: float = 0.5


@numba.njit(cache=True)
def _live(shock, entry, leverage, drift, log_mark, starts, at_bin, usd, hours):
    """One coin's path; fills the map of every hour. Returns the number of levels written."""
    pull, momentum, chase, sigma_step = drift
    short, long = np.zeros(BINS), np.zeros(BINS)
    x = 0.0
    written = 0
    hour = 0
    middle = BINS // 2
    for step in range(len(shock)):
        bin_now = int(np.floor(x / WIDTH)) + middle
        last = x - log_mark[step - 12] if step >= 12 else 0.0
        if entry[step] > 0.0:
            lean = 0.5 + 0.5 * np.tanh(chase * last / SIGMA_1H)
            is_long = (leverage[step] * 7919.0) % 1.0 < lean
            drop = 0.006 + 0.034 * leverage[step]
            if is_long:
                long[int(np.floor((x - drop) / WIDTH)) + middle] += entry[step]
            else:
                short[int(np.floor((x + drop) / WIDTH)) + middle] += entry[step]
        if step % 12 == 0:
            starts[hour] = written
            for each in range(max(bin_now - SHOWN, 0), min(bin_now + SHOWN, BINS)):
                total = long[each] + short[each]
                if total > 0.0 and each != bin_now:
                    at_bin[written], usd[written] = each, total
                    written += 1
            hours[hour] = x
            hour += 1
        mean = 0.0
        if pull != 0.0:
            above = short[bin_now + 1 : bin_now + 1 + REACH].sum()
            below = long[bin_now - REACH : bin_now].sum()
            if above + below > 0.0:
                mean = pull * (above - below) / (above + below) * SIGMA_1H / 12.0
        if momentum != 0.0:
            mean += momentum * max(min(last, 0.02), -0.02) / 12.0
        log_mark[step] = x
        x += mean + sigma_step * shock[step]
        bin_next = int(np.floor(x / WIDTH)) + middle
        if bin_next < 80 or bin_next >= BINS - 80:
            x = log_mark[step]
            bin_next = bin_now
        for each in range(bin_now, bin_next + 1):
            short[each] = 0.0
        for each in range(bin_next, bin_now + 1):
            long[each] = 0.0
    starts[hour] = written
    return written


def live_world(rule: WorldRule, seed: int) -> list[AttractionInput]:
    """The coins of one world, each with an hourly map; the first day is lived before the first map counts."""
    chance = np.random.default_rng(seed)
    steps = (rule.days + 2) * DAY_MS // STEP_MS
    month = np.arange(steps) * STEP_MS // (30 * DAY_MS) % 2
    calm = np.exp(0.35 * _slow(chance, steps, rule.coins)) * np.where(month == 0, 0.75, 1.3)
    own = _heavy(chance, (rule.coins, steps))
    all_coins = _heavy(chance, (1, steps))
    shock = calm * (np.sqrt(1.0 - rule.together) * own + np.sqrt(rule.together) * all_coins)
    share = chance.random((rule.coins, steps), np.float32)
    entry = np.where(share < ENTRIES, (1.0 - chance.random((rule.coins, steps), np.float32)) ** -0.7, 0.0)
    leverage = (share / ENTRIES).astype(np.float64)
    drift = (rule.pull, rule.momentum, rule.chase, SIGMA_1H / np.sqrt(STEPS_AN_HOUR))
    return [_coin(number, shock[number], entry[number], leverage[number], drift) for number in range(rule.coins)]


def _heavy(chance, shape):
    """Symmetric numbers of variance 1 with heavy tails: one in ten is drawn 3.5 times as wide."""
    wide = np.where(chance.random(shape, np.float32) < 0.1, 2.36, 0.675)
    return wide * chance.standard_normal(shape, np.float32)


def _slow(chance, steps, coins):
    """(coins, steps) log volatility: standard normal nodes six hours apart, joined by lines; half of it common."""
    nodes = steps // 72 + 2
    drawn = np.sqrt(0.5) * (chance.standard_normal((coins, nodes)) + chance.standard_normal(nodes))
    at = np.arange(steps) / 72
    left = at.astype(np.int64)
    return drawn[:, left] * (1.0 - (at - left)) + drawn[:, left + 1] * (at - left)


def _coin(number, shock, entry, leverage, drift):
    steps = len(shock)
    hours = steps // STEPS_AN_HOUR
    log_mark, mark = np.empty(steps), np.empty(hours)
    starts, at_bin, usd = (
        np.zeros(hours + 1, np.int64),
        np.empty(hours * 2 * SHOWN, np.int64),
        np.empty(hours * 2 * SHOWN),
    )
    written = _live(shock, entry, leverage, drift, log_mark, starts, at_bin, usd, mark)
    distance = (at_bin[:written] - BINS // 2 + 0.5) * WIDTH - np.repeat(mark, np.diff(starts))
    path_ms = START_MS + np.arange(steps) * STEP_MS
    shown = slice(24, hours)
    return AttractionInput(
        coin=f"C{number:02d}",
        time_ms=START_MS + np.arange(hours)[shown] * HOUR_MS,
        mark=MARK * np.exp(mark[shown]),
        oracle=MARK * np.exp(mark[shown]),
        funding_rate=np.zeros(hours - 24),
        levels=StandingLevels(
            starts[24:] - starts[24], distance[starts[24] :], usd[starts[24] : written], at_bin[starts[24] : written]
        ),
        path_ms=path_ms,
        path_mark=MARK * np.exp(log_mark),
        watched=np.array([[path_ms[0], path_ms[-1]]]),
    )
