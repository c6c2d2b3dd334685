"""Price paths of a known law, as hourly candles: random walk, stochastic volatility, jumps."""

from __future__ import annotations

import numpy as np

from liqscape.units import HOUR_MS, Float64Array

STEPS = 60
"""Prices an hour."""
LAWS = ("random walk", "stochastic volatility", "jumps")


def generated_candles(law: str, hours: int, seed: int, first_ms: int = 0, sigma_hour: float = 0.006) -> Float64Array:
    """(hours, 5) time_ms, open, high, low, close of a path without drift."""
    draw = np.random.default_rng([seed, LAWS.index(law)])
    sigma = np.full(hours, sigma_hour)
    if law == "stochastic volatility":
        # Log volatility reverts with a half-life of 35 hours, as coins' does within days.
        log_sigma, kept = np.zeros(hours), 0.98
        noise = draw.normal(0.0, 0.12, hours)
        for hour in range(1, hours):
            log_sigma[hour] = kept * log_sigma[hour - 1] + noise[hour]
        sigma = sigma_hour * np.exp(log_sigma)
    steps = draw.normal(0.0, 1.0, (hours, STEPS)) * (sigma / np.sqrt(STEPS))[:, None]
    if law == "jumps":
        jumps = draw.random((hours, STEPS)) < 1.0 / (STEPS * 48.0)
        steps += np.where(jumps, draw.normal(0.0, 4.0 * sigma_hour, steps.shape), 0.0)
    logs = np.log(100.0) + np.cumsum(steps.ravel()).reshape(hours, STEPS)
    prices = np.exp(logs)
    opened = np.concatenate(([100.0], prices[:-1, -1]))
    high = np.maximum(prices.max(axis=1), opened)
    low = np.minimum(prices.min(axis=1), opened)
    time_ms = first_ms + np.arange(hours, dtype=np.float64) * HOUR_MS
    return np.column_stack((time_ms, opened, high, low, prices[:, -1]))


def sandbox_candles(hours: int, seed: int, first_ms: int = 0) -> dict[str, Float64Array]:
    """(hours, 5) of each coin of the sandbox: its law of outside prices, a minute a step, without its traders."""
    from liqscape.sandbox.world.coins import CoinSet
    from liqscape.sandbox.world.prices import PriceModel, PriceState

    coins = CoinSet(44)
    model, state = PriceModel.build(coins), PriceState.start(coins)
    draw, still = np.random.default_rng(seed), np.zeros(coins.count)
    logs = np.empty((hours * STEPS, coins.count))
    for minute in range(len(logs)):
        state = model.advance(state, 1.0, still, draw)
        logs[minute] = state.log_price
    prices = np.exp(logs).reshape(hours, STEPS, coins.count)
    close = prices[:, -1]
    opened = np.concatenate((prices[:1, 0], close[:-1]))
    high, low = np.maximum(prices.max(axis=1), opened), np.minimum(prices.min(axis=1), opened)
    time_ms = first_ms + np.arange(hours, dtype=np.float64) * HOUR_MS
    return {
        name: np.column_stack((time_ms, opened[:, row], high[:, row], low[:, row], close[:, row]))
        for row, name in enumerate(coins.markets.coins)
    }
