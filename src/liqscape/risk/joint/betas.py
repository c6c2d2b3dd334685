"""How far each coin goes with BTC: robust betas from candles, shrunk, or the user's (docs/joint.md, eq. 9 to 12).

    r_coin = beta * r_btc + noise          log returns of one step, only steps in which BTC went the asked way   (9)
    Huber weights min(1, c * s / |residual|), c = 1.345, s = 1.4826 * median |residual|, iterated                (10)
    centre = mean over coins of beta, weights 1 / se^2 + spread^2                                                (11)
    shrunk = w * beta + (1 - w) * centre, w = spread^2 / (spread^2 + se^2)                                       (12)

Betas in falls differ from betas in rises, so each direction has its own. A coin without enough steps has the
centre, and says so; with fewer than two coins to take a centre from it is 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from liqscape.errors import ModelError
from liqscape.risk.joint.path import STEEPEST
from liqscape.units import BoolArray, Float64Array, Int64Array, UInt8Array

FACTOR_COIN = "BTC"
FALLBACK_BETA = 1.0
HUBER_LIMIT = 1.345
"""95 % of the efficiency of least squares where errors are normal."""
HUBER_STEPS = 25
FEWEST_RETURNS = 48
"""Steps in the asked direction below which a coin counts as one without candles."""
NARROWEST_SPREAD = 0.15
"""Least standard deviation of true betas about their centre: few coins must not shrink each other to one value."""


class BetaSource(IntEnum):
    """Where a coin's beta is from."""

    FACTOR = 0
    """The coin all others follow: 1 by definition."""
    ESTIMATED = 1
    """Regression on candles, shrunk."""
    DEFAULT = 2
    """No candles: the centre of the coins that have them, or 1."""
    USER = 3
    """Given by the user."""


@dataclass(frozen=True, kw_only=True)
class Betas:
    """Of M coins in the order of the markets.

    down, up       (M,) beta where BTC falls and where it rises.
    source         (M,) BetaSource.
    standard_error (M,) of the estimate before shrinking, where BTC falls; NaN unless ESTIMATED.
    return_count   (M,) steps used, falls and rises; 0 unless ESTIMATED.
    centre_down, centre_up  what coins without candles have.
    """

    down: Float64Array
    up: Float64Array
    source: UInt8Array
    standard_error: Float64Array
    return_count: Int64Array
    centre_down: float
    centre_up: float

    def of(self, direction: int) -> Float64Array:
        """(M,) betas of a direction: -1 BTC falls, 1 it rises."""
        return self.down if direction < 0 else self.up


@dataclass(frozen=True)
class Slope:
    """A robust regression through the origin: slope, its standard error, steps used."""

    slope: float
    standard_error: float
    count: int


def estimate_betas(coins: tuple[str, ...], returns: Mapping[str, tuple[Float64Array, Float64Array]]) -> Betas:
    """Betas of all coins (eq. 9 to 12).

    coins    in the order of the markets.
    returns  by coin: (log returns of BTC, log returns of the coin) over the same steps; coins not in `coins` still
             help to find the centre.
    """
    down, centre_down = _shrunk({coin: _slope_of(*pair, -1) for coin, pair in sorted(returns.items())})
    up, centre_up = _shrunk({coin: _slope_of(*pair, 1) for coin, pair in sorted(returns.items())})
    count = len(coins)
    betas = Betas(
        down=np.full(count, centre_down),
        up=np.full(count, centre_up),
        source=np.full(count, BetaSource.DEFAULT, np.uint8),
        standard_error=np.full(count, np.nan),
        return_count=np.zeros(count, np.int64),
        centre_down=centre_down,
        centre_up=centre_up,
    )
    for row, coin in enumerate(coins):
        if coin == FACTOR_COIN:
            betas.down[row] = betas.up[row] = 1.0
            betas.source[row] = BetaSource.FACTOR
        elif coin in down and coin in up:
            betas.down[row], falls = down[coin]
            betas.up[row], rises = up[coin]
            betas.source[row] = BetaSource.ESTIMATED
            betas.standard_error[row] = falls.standard_error
            betas.return_count[row] = falls.count + rises.count
    return betas


def named_betas(betas: Betas, coins: tuple[str, ...], named: Mapping[str, float], rest: float | None = None) -> Betas:
    """The same with the user's for the coins named, in both directions, and `rest` for all coins not named.

    Raises ModelError for a coin that is not there, a beta beyond what a path takes, or one of BTC other than 1.
    """
    down, up, source = betas.down.copy(), betas.up.copy(), betas.source.copy()
    error, count = betas.standard_error.copy(), betas.return_count.copy()
    row_of = {coin: row for row, coin in enumerate(coins)}
    for coin in named:
        if coin not in row_of:
            raise ModelError(f"beta of {coin!r}: there is no such coin among {len(coins)}", coin=coin)
    for coin, row in row_of.items():
        value = named.get(coin, rest)
        if coin == FACTOR_COIN:
            if coin in named and value != 1.0:
                raise ModelError(f"beta of {FACTOR_COIN}: {value:g}; it is 1, for the others are measured against it")
            continue
        if value is None:
            continue
        if not abs(value) <= STEEPEST / 2.0:
            raise ModelError(f"beta of {coin}: {value:g} is outside -{STEEPEST / 2.0:g}..{STEEPEST / 2.0:g}")
        down[row] = up[row] = value
        source[row], error[row], count[row] = BetaSource.USER, np.nan, 0
    return Betas(
        down=down,
        up=up,
        source=source,
        standard_error=error,
        return_count=count,
        centre_down=betas.centre_down,
        centre_up=betas.centre_up,
    )


def robust_slope(x: Float64Array, y: Float64Array) -> Slope:
    """Huber regression y = slope * x through the origin (eq. 10); NaN slope where x is all zero or empty."""
    square = float(x @ x)
    if not square > 0.0:
        return Slope(float("nan"), float("nan"), len(x))
    slope = float(x @ y) / square
    weight = np.ones(len(x))
    for _ in range(HUBER_STEPS):
        residual = np.abs(y - slope * x)
        limit = HUBER_LIMIT * 1.4826 * float(np.median(residual))
        if not limit > 0.0:
            break
        weight = np.minimum(1.0, limit / np.maximum(residual, limit * 1e-9))
        better = float((weight * x) @ y) / float((weight * x) @ x)
        if abs(better - slope) <= 1e-12 * max(abs(better), 1e-12):
            slope = better
            break
        slope = better
    residual = weight * (y - slope * x)
    freedom = max(len(x) - 1, 1)
    share = float(np.mean(weight == 1.0))
    spread = float(residual @ residual) / freedom / max(share, 0.1) ** 2
    return Slope(slope, float(np.sqrt(spread / square)), len(x))


def _slope_of(factor: Float64Array, coin: Float64Array, direction: int) -> Slope:
    chosen: BoolArray = np.isfinite(factor) & np.isfinite(coin) & (np.sign(factor) == direction)
    return robust_slope(factor[chosen], coin[chosen])


def _shrunk(slopes: Mapping[str, Slope]) -> tuple[dict[str, tuple[float, Slope]], float]:
    """(shrunk beta and estimate by coin, centre) of the coins with enough steps (eq. 11, 12)."""
    usable = {
        coin: slope
        for coin, slope in slopes.items()
        if coin != FACTOR_COIN and slope.count >= FEWEST_RETURNS and np.isfinite(slope.slope)
    }
    if len(usable) < 2:
        centre = FALLBACK_BETA
        spread = 2.0 * NARROWEST_SPREAD
    else:
        value = np.array([slope.slope for slope in usable.values()])
        error = np.array([slope.standard_error for slope in usable.values()])
        scatter = float(np.var(value, ddof=1)) - float(np.mean(error**2))
        spread = max(float(np.sqrt(max(scatter, 0.0))), NARROWEST_SPREAD)
        weight = 1.0 / (error**2 + spread**2)
        centre = float(weight @ value / weight.sum())
    shrunk = {}
    for coin, slope in usable.items():
        trust = spread**2 / (spread**2 + slope.standard_error**2)
        shrunk[coin] = (trust * slope.slope + (1.0 - trust) * centre, slope)
    return shrunk, centre
