"""The coefficient of the map's asymmetry: what it is controlled for is learnt before, and it is tested after.

With p(x) and g(x) fitted on the trials before the hold-out (docs/attraction.md, eq. 2 and 3)

    s_i = (A_i - g(x_i)) (Y_i - p(x_i)),    b = sum s_i / sum (A_i - g_i)^2 p_i (1 - p_i)

which is one step of the model's own fit from b = 0. Fitted in one go, short samples bias b: past returns and the map
depend on the outcomes before. Learnt before and tested after, s_i has mean 0 wherever the controls suffice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from liqscape.insight.attraction.clustered import flipped_share, two_way_variance
from liqscape.insight.attraction.logit import fit_linear, fit_logit
from liqscape.insight.attraction.sample import TrialSample
from liqscape.units import Float64Array, Int64Array

LEVEL = 0.05
"""Chance of a false finding that is accepted; for the family of distances together."""
PRIOR_POINTS = 2.0
"""Standard deviation of the effects the Bayes factor holds for likely if there are any: of P(up first), in points."""
POINTS_PER_LOGIT = 25.0
"""dP / d(logit) at P = 1/2, in percent points."""
MAX_EXPONENT, MAX_FACTOR = 100.0, 1e6
MIN_LEARNING = 100
"""Fewer trials before the hold-out teach no controls."""


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Trials (N,) of the hold-out beside what was learnt before it.

    surprise    Y - p(x). centred A - g(x), of whatever column is tested. information (A - g)^2 p (1 - p).
    spread      standard deviation of the column tested.
    """

    place: Int64Array
    day: Int64Array
    coin: Int64Array
    expected: Float64Array
    surprise: Float64Array
    centred: Float64Array
    spread: float

    @cached_property
    def information(self) -> float:
        """Of the coefficient, in the hold-out."""
        return float((self.centred**2 * self.expected * (1.0 - self.expected)).sum())

    @cached_property
    def coefficient(self) -> float:
        """The estimate of b (eq. 3)."""
        return float(self.centred @ self.surprise) / self.information

    @cached_property
    def standard_error(self) -> float:
        """Of the coefficient, of what it leaves unexplained: the same for b and for -b. NaN: one day."""
        weight = self.expected * (1.0 - self.expected)
        left = self.surprise - self.coefficient * self.centred * weight
        variance = two_way_variance(self.centred * left, self.day, self.coin)
        return math.sqrt(variance) / self.information if variance > 0.0 and self.information > 0.0 else math.nan

    @property
    def points_per_coefficient(self) -> float:
        """Percent points of P(up first) that one standard deviation of the column makes, for a coefficient of 1."""
        return POINTS_PER_LOGIT * self.spread

    @cached_property
    def day_count(self) -> int:
        """Days of the hold-out that have a trial."""
        return len(np.unique(self.day))


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A coefficient.

    p          one-sided, of one not above 0, by signs of days (eq. 5); p_two_way the same by V (eq. 4) and Student's t.
    low, high  ends of the 95 % interval, by V.
    """

    coefficient: float
    standard_error: float
    p: float
    p_two_way: float
    low: float
    high: float


def hold_out(
    sample: TrialSample, tested: Float64Array | None = None, beside: Sequence[Float64Array] = ()
) -> HeldOut | None:
    """Learn what is controlled for, and center what is tested by it; None where it cannot be learnt.

    tested  (N,) column, by default A. beside: further columns (N,) to control for.
    """
    value = sample.asymmetry if tested is None else tested
    design = np.column_stack([*beside, sample.controls])
    learns, place = sample.learns, np.flatnonzero(sample.is_held_out)
    if learns.sum() < MIN_LEARNING or not len(place):
        return None
    coin = sample.coin[learns]
    of_outcome = fit_logit(design[learns], sample.outcome[learns], coin, sample.coins)
    of_value = fit_linear(design[learns], value[learns], coin, sample.coins)
    if of_outcome is None or of_value is None:
        return None
    coin = sample.coin[place]
    expected = 1.0 / (1.0 + np.exp(-np.clip(of_outcome.of_rows(design[place], coin), -30.0, 30.0)))
    return HeldOut(
        place=place,
        day=sample.day[place],
        coin=coin,
        expected=expected,
        surprise=sample.outcome[place] - expected,
        centred=value[place] - of_value.of_rows(design[place], coin),
        spread=float(np.std(value[place])),
    )


def estimate(held: HeldOut, seed: int = 0) -> Estimate | None:
    """The coefficient of what was held out; None where its error is not known."""
    error = held.standard_error
    degrees = held.day_count - 1
    if not error > 0.0 or degrees < 1:
        return None
    value = held.coefficient
    width = student_quantile(0.975, degrees) * error
    return Estimate(
        coefficient=value,
        standard_error=error,
        p=flipped_share(held.centred * held.surprise, held.day, f"{seed}/signs"),
        p_two_way=student_above(value / error, degrees),
        low=value - width,
        high=value + width,
    )


def holm(p: Sequence[float | None]) -> list[float | None]:
    """Holm's adjusted p: (m - k) p_(k), never falling, at most 1; None stays None and counts as asked all the same.

    Source: Holm (1979), A simple sequentially rejective multiple test procedure.
    """
    adjusted: list[float | None] = [None] * len(p)
    highest = 0.0
    for rank, (value, place) in enumerate(sorted((value, place) for place, value in enumerate(p) if value is not None)):
        highest = max(highest, min(1.0, (len(p) - rank) * value))
        adjusted[place] = highest
    return adjusted


def bayes_factor(found: Estimate, spread: float) -> float:
    """How much likelier the estimate is with an effect than without, for effects Normal(0, PRIOR_POINTS).

    At the most MAX_FACTOR: beyond it the number says nothing more.
    """
    error = found.standard_error
    prior = PRIOR_POINTS / (POINTS_PER_LOGIT * spread)
    both = error**2 + prior**2
    exponent = 0.5 * (found.coefficient / error) ** 2 * prior**2 / both
    return min(math.sqrt(error**2 / both) * math.exp(min(exponent, MAX_EXPONENT)), MAX_FACTOR)


def student_above(value: float, degrees: int) -> float:
    """P(T > value) of Student's t."""
    from scipy.special import stdtr

    return float(stdtr(degrees, -value))


def student_quantile(share: float, degrees: int) -> float:
    """Quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, share))
