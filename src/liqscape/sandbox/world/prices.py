"""Outside prices: two common factors, noise of each coin's own, clustered volatility, jumps, bursts.

    r_i = beta_i m + alt_i a + noise_i sqrt(t) exp(v_i) z_i + jump_i + burst_i + pressure_i
          - REVERSION t (x_i - x_i(0))                                                            (1)
    m   = MARKET_NOISE sqrt(t) exp(v_m) z_m + burst_m                                             (2)
    v'  = PERSISTENCE^t v + VOLATILITY_NOISE sqrt(t) z_v + FEEDBACK t max(0, |z| - 2) + NEWS |burst|  (3)
    burst = AT_ONCE * new move + (1 - exp(-t / BURST_MINUTES)) * what is left of the moves        (4)

x = log price, r = its change over t minutes, z = Student t with 5 degrees of freedom scaled to unit variance. A burst
is a large move that takes minutes, as news do; most go against what the crowd did for hours, so that they sweep its
levels. Pressure is what the last block's liquidations did to the price. Factor M is the market, M + 1 the alts.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from liqscape.exchange.columns import VENUES
from liqscape.sandbox.world.coins import CoinSet
from liqscape.units import AnyArray, BoolArray, Float64Array

MARKET_NOISE = 0.00032
"""Of BTC over a minute before volatility moves: with it and the bursts about 3 % a day."""
ALT_NOISE = 0.00026
USUAL_NOISE = 0.0005
"""Of an alt."""
COIN_NOISE = 0.8
"""Times the coins' own column: with it alts move 4 to 8 % a day."""
PERSISTENCE = 0.998
VOLATILITY_NOISE = 0.055
FEEDBACK = 0.10
NEWS = 25.0
VOLATILITY_RANGE = (-1.5, 1.8)
REVERSION = 1.0 / (20 * 1440)
"""Of log price to its start, a minute: keeps a world that runs for months plausible."""
JUMP_RATE, JUMP_SIZE = 1.0 / 2500, 0.010
"""Instant jumps a minute and coin."""
BURST_MINUTES, AT_ONCE = 4.0, 0.8
"""A burst begins with a jump of that part of it; the rest takes minutes."""
COIN_BURST_RATE, COIN_BURST_SIZE, LARGEST_COIN_BURST = 1.0 / 7_200, 0.030, 0.20
"""Bursts a minute and coin: two days apart, so one in an hour among 44 coins."""
MARKET_BURST_RATE, MARKET_BURST_SIZE, LARGEST_MARKET_BURST = 1.0 / 900, 0.018, 0.09
BURST_SPREAD = 0.9
"""Standard deviation of the logarithm of a burst's size."""
AGAINST_CROWD = 0.65
PREMIUM_PERSISTENCE, PREMIUM_NOISE, LARGEST_PREMIUM = 0.98, 0.00006, 0.002
VENUE_NOISE = 0.00006
"""Standard deviation of an outside venue's mid around the common price."""
MOMENTUM_DECAY = 1.0 / 240
DEGREES = 5
LARGEST_STEP = 0.25
"""Log move of one step, at most: keeps a coarse step inside what prices can do."""


@dataclass(frozen=True, kw_only=True)
class PriceState:
    """All that the next step's prices depend on, besides the draws.

    log_price  (M,) of the outside perpetual price.
    volatility (M + 2,) log of the multiplier of noise: coins, then the two factors.
    burst      (M + 1,) log move still to come: coins, then the market factor.
    premium    (M,) perpetual over spot (the oracle), minus one.
    momentum   (M,) exponentially weighted sum of log returns, about four hours.
    """

    log_price: Float64Array
    volatility: Float64Array
    burst: Float64Array
    premium: Float64Array
    momentum: Float64Array

    @classmethod
    def start(cls, coins: CoinSet) -> PriceState:
        """Every coin at its usual price, calm."""
        count = coins.count
        return cls(
            log_price=np.log(coins.column("price")),
            volatility=np.zeros(count + 2),
            burst=np.zeros(count + 1),
            premium=np.zeros(count),
            momentum=np.zeros(count),
        )

    def arrays(self) -> dict[str, AnyArray]:
        """Every column by its name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, kw_only=True)
class PriceModel:
    """The fixed part: columns of the coins.

    restless (M,) how large a coin's own jumps and bursts are: 1 for a usual alt, little for BTC.
    """

    coins: CoinSet
    anchor: Float64Array
    beta: Float64Array
    alt_beta: Float64Array
    noise: Float64Array
    restless: Float64Array

    @classmethod
    def build(cls, coins: CoinSet) -> PriceModel:
        """Of a set of coins."""
        return cls(
            coins=coins,
            anchor=np.log(coins.column("price")),
            beta=coins.column("beta"),
            alt_beta=coins.column("alt_beta"),
            noise=np.concatenate((COIN_NOISE * coins.column("noise"), [MARKET_NOISE, ALT_NOISE])),
            restless=np.clip(coins.column("noise") / USUAL_NOISE, 0.1, 1.5),
        )

    def advance(
        self, state: PriceState, minutes: float, pressure: Float64Array, rng: np.random.Generator
    ) -> PriceState:
        """The state `minutes` later (eq. 1 to 4); pressure (M,) is a log move."""
        count = self.coins.count
        shock = rng.standard_t(DEGREES, count + 2) * (1.0 - 2.0 / DEGREES) ** 0.5
        uniform, normal = rng.random((3, count + 1)), rng.standard_normal((4, count + 2))
        new = _new_bursts(state, minutes, self.restless, uniform, normal[0])
        waiting = state.burst + new
        burst = AT_ONCE * new + (1.0 - np.exp(-minutes / BURST_MINUTES)) * (waiting - AT_ONCE * new)
        moved = self.noise * minutes**0.5 * np.exp(state.volatility) * shock
        market = moved[count] + burst[count]
        jump = np.where(uniform[0, :count] < JUMP_RATE * minutes, JUMP_SIZE * self.restless * normal[3, :count], 0.0)
        change = self.beta * market + self.alt_beta * moved[count + 1] + moved[:count] + jump + burst[:count] + pressure
        change -= REVERSION * minutes * (state.log_price - self.anchor)
        change = np.clip(change, -LARGEST_STEP, LARGEST_STEP)
        news = NEWS * np.abs(burst)
        volatility = PERSISTENCE**minutes * state.volatility + VOLATILITY_NOISE * minutes**0.5 * normal[1]
        volatility += FEEDBACK * min(minutes, 1.0) * np.maximum(0.0, np.abs(shock) - 2.0)
        volatility[:count] += 0.3 * news[:count] + 0.3 * news[count]
        volatility[count:] += news[count]
        premium = PREMIUM_PERSISTENCE**minutes * state.premium
        premium += PREMIUM_NOISE * min(minutes, 30.0) ** 0.5 * normal[2, :count]
        return PriceState(
            log_price=state.log_price + change,
            volatility=np.clip(volatility, *VOLATILITY_RANGE),
            burst=waiting - burst,
            premium=np.clip(premium, -LARGEST_PREMIUM, LARGEST_PREMIUM),
            momentum=(1.0 - MOMENTUM_DECAY) ** minutes * state.momentum + change,
        )

    def venues(self, state: PriceState, rng: np.random.Generator) -> Float64Array:
        """(M, VENUES) mids of the outside perpetual venues."""
        noise = VENUE_NOISE * rng.standard_normal((self.coins.count, VENUES))
        mids: Float64Array = np.exp(state.log_price[:, None] + noise)
        return mids

    def oracle(self, state: PriceState) -> Float64Array:
        """(M,) spot price."""
        prices: Float64Array = np.exp(state.log_price) / (1.0 + state.premium)
        return prices


def _new_bursts(
    state: PriceState, minutes: float, restless: Float64Array, uniform: Float64Array, normal: Float64Array
) -> Float64Array:
    """(M + 1,) log moves that begin now."""
    count = len(state.log_price)
    rate = np.full(count + 1, COIN_BURST_RATE)
    size, largest = np.append(COIN_BURST_SIZE * restless, 0.0), np.full(count + 1, LARGEST_COIN_BURST)
    rate[count], size[count], largest[count] = MARKET_BURST_RATE, MARKET_BURST_SIZE, LARGEST_MARKET_BURST
    starts: BoolArray = uniform[1] < rate * min(minutes, 60.0)
    if not starts.any():
        return np.zeros(count + 1)
    crowd = np.sign(np.append(state.momentum, state.momentum.mean()))
    side = np.where(uniform[2] < AGAINST_CROWD, -crowd, crowd)
    side = np.where(side == 0.0, 1.0, side)
    length = np.minimum(size * np.exp(BURST_SPREAD * normal[: count + 1]), largest)
    return np.where(starts, side * length, 0.0)
