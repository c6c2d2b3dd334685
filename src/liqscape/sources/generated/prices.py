"""Price paths: two common factors, noise of each coin's own, clustered volatility, jumps, forced events.

    r_i = beta_i * m + alt_i * a + noise_i * exp(v_i) * z_i + jump_i + pressure_i - reversion * (x_i - x_i(0))   (1)
    m   = MARKET_NOISE * exp(v_m) * z_m + forced market move                                                  (2)
    v'  = PERSISTENCE * v + VOLATILITY_NOISE * z_v + FEEDBACK * max(0, |z| - 2)                                (3)

x = log price, r = its change over one step, z = Student t with 5 degrees of freedom scaled to unit variance
(docs/generated-market.md). Pressure is the impact of the last step's liquidations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from liqscape.sources.generated.coins import CoinSet
from liqscape.units import Float64Array, Int64Array

MARKET_NOISE = 0.00042
"""Of BTC over a minute before volatility moves: with it and the events of a week about 3 % a day."""
ALT_NOISE = 0.00026
PERSISTENCE = 0.992
VOLATILITY_NOISE = 0.055
FEEDBACK = 0.10
VOLATILITY_RANGE = (-1.0, 1.7)
REVERSION = 1.0 / (20 * 1440)
"""Of log price to its start, a minute: keeps a demo that runs for months plausible."""
JUMP_RATE = 1.0 / 2500
"""Jumps a minute and coin."""
JUMP_SIZE = 0.010
PREMIUM_PERSISTENCE = 0.98
PREMIUM_NOISE = 0.00006
MOMENTUM_DECAY = 1.0 / 240
DEGREES = 5
SIGNIFICANT_FIGURES = 5  # HL.DOC.TICK_AND_LOT


@dataclass(frozen=True)
class PriceState:
    """All that the next step's prices depend on, besides the draws.

    log_price  (M,)
    volatility (M + 2,) log of the multiplier of noise: coins, then the market and the alt factor.
    premium    (M,) mark over oracle, minus one.
    momentum   (M,) exponentially weighted sum of log returns, about four hours.
    pressure   (M,) log move that the last liquidations add to the next step.
    """

    log_price: Float64Array
    volatility: Float64Array
    premium: Float64Array
    momentum: Float64Array
    pressure: Float64Array

    @classmethod
    def start(cls, coins: CoinSet) -> PriceState:
        count = coins.count
        empty = np.zeros(count)
        return cls(np.log(coins.column("price")), np.zeros(count + 2), empty, empty, empty)

    def under(self, pressure: Float64Array) -> PriceState:
        """This state with liquidations pressing on the next step."""
        return replace(self, pressure=pressure)


@dataclass(frozen=True)
class PriceModel:
    """The fixed part: columns of the coins."""

    coins: CoinSet
    anchor: Float64Array
    beta: Float64Array
    alt_beta: Float64Array
    noise: Float64Array

    @classmethod
    def build(cls, coins: CoinSet) -> PriceModel:
        return cls(
            coins,
            np.log(coins.column("price")),
            coins.column("beta"),
            coins.column("alt_beta"),
            np.concatenate((coins.column("noise"), [MARKET_NOISE, ALT_NOISE])),
        )

    def advance(
        self, state: PriceState, minutes: float, forced: tuple[float, float], rng: np.random.Generator
    ) -> PriceState:
        """The state `minutes` later (eq. 1 to 3)."""
        count = self.coins.count
        shock = rng.standard_t(DEGREES, count + 2) * (1.0 - 2.0 / DEGREES) ** 0.5
        moved = self.noise * minutes**0.5 * np.exp(state.volatility) * shock
        market, alt = moved[count] + forced[0], moved[count + 1] + forced[1]
        jump = np.where(rng.random(count) < JUMP_RATE * minutes, JUMP_SIZE * rng.standard_normal(count), 0.0)
        change = self.beta * market + self.alt_beta * alt + moved[:count] + jump + state.pressure
        change -= REVERSION * minutes * (state.log_price - self.anchor)
        persistence = PERSISTENCE**minutes
        volatility = (
            persistence * state.volatility
            + VOLATILITY_NOISE * minutes**0.5 * rng.standard_normal(count + 2)
            + FEEDBACK * np.maximum(0.0, np.abs(shock) - 2.0)
        )
        # A forced move is news: it raises everyone's volatility while it lasts.
        volatility += 25.0 * abs(forced[0])
        keep = (1.0 - MOMENTUM_DECAY) ** minutes
        premium = PREMIUM_PERSISTENCE**minutes * state.premium + PREMIUM_NOISE * rng.standard_normal(count)
        return PriceState(
            state.log_price + change,
            np.clip(volatility, *VOLATILITY_RANGE),
            premium,
            keep * state.momentum + change,
            np.zeros(count),
        )

    def marks(self, log_price: Float64Array) -> Float64Array:
        """(M,) marks as the venue prints prices: 5 significant figures, at most 6 - size_decimals decimals."""
        return round_prices(np.exp(log_price), self.coins.price_decimals)

    def bridge(
        self, before: PriceState, after: PriceState, minutes: float, parts: int, rng: np.random.Generator
    ) -> Float64Array:
        """(parts + 1, M) log prices of a Brownian bridge between two steps; both ends are exact.

        What the factors did inside the step is not kept, so each coin is bridged alone at its total variance.
        """
        count = self.coins.count
        variance = (np.exp(2.0 * after.volatility) * self.noise**2 * minutes).astype(np.float64)
        total = self.beta**2 * variance[count] + self.alt_beta**2 * variance[count + 1] + variance[:count]
        common = rng.standard_normal((parts, 1))
        own = rng.standard_normal((parts, count))
        walk = np.cumsum(np.sqrt(total / parts) * (0.8 * common + 0.6 * own), axis=0)
        share = np.arange(1, parts + 1)[:, None] / parts
        inner = before.log_price + share * (after.log_price - before.log_price) + walk - share * walk[-1]
        inner[-1] = after.log_price
        return np.concatenate((before.log_price[None, :], inner))


def round_prices(price: Float64Array, most_decimals: Int64Array) -> Float64Array:
    """Prices at 5 significant figures and at most the given decimals; whole numbers are always allowed."""
    figures = SIGNIFICANT_FIGURES - 1 - np.floor(np.log10(price)).astype(np.int64)
    scale = 10.0 ** np.clip(figures, 0, most_decimals)
    rounded: Float64Array = np.rint(price * scale) / scale
    return np.where(rounded > 0.0, rounded, 1.0 / scale)
