"""What could be found, before anything is (docs/attraction.md, "Power").

    minimum detectable = 2.8 SE(b),    needed = 1/4 (2.8 / effect)^2 independent trials        (2.8 = 1.96 + 0.84)

SE(b) is made of what A leaves unexplained and of how the trials came together, not of which way b points. Trials are
worth as many independent ones as would detect the same effect: fewer, for coins move together and most of A is told
by the way price came.
"""

from __future__ import annotations

import math

from liqscape.insight.attraction.family import HeldOut
from liqscape.insight.attraction.records import AttractionPower
from liqscape.insight.attraction.sample import TrialSample

DEVIATIONS = 2.8
"""Standard errors of an effect that a two-sided test at 5 % finds in 80 of 100 cases."""
EFFECT_POINTS = 2.0
"""The smallest effect that is asked for: 52 % against 50 %."""


def needed_count(points: float) -> int:
    """Independent trials that find an effect of so many percent points in 80 of 100 cases: 2 points need 4,900."""
    return math.ceil(round(0.25 * (DEVIATIONS * 100.0 / points) ** 2, 6))


def worth(points: float) -> int:
    """Independent trials that detect an effect of so many percent points, rounded down: 4,900 for 2 points."""
    return math.floor(round(0.25 * (DEVIATIONS * 100.0 / points) ** 2, 6))


def minimum_detectable(held: HeldOut) -> float | None:
    """Percent points of P(up first), for one standard deviation of A; None where the error is not known."""
    points = DEVIATIONS * held.standard_error * held.points_per_coefficient
    return points if math.isfinite(points) else None


def power_of(sample: TrialSample, held: HeldOut | None) -> AttractionPower:
    """Power at one distance; held None: nothing could be learnt from the trials there are."""
    points = None if held is None else minimum_detectable(held)
    count = int(sample.is_held_out.sum())
    effective = None if points is None else worth(points)
    needed = needed_count(EFFECT_POINTS)
    if points is None:
        learns = int(sample.learns.sum())
        text = f"{count:,} trials in the hold-out and {learns:,} before it are too few to find anything"
    else:
        text = (
            f"{count:,} trials in the hold-out, worth {effective:,} independent ones, find {points:.1f} points "
            f"({50.0 + points:.1f} % against 50 %) in 80 of 100 cases"
        )
    return AttractionPower(
        distance_sigma=sample.distance,
        trial_count=len(sample.row),
        holdout_count=count,
        effective_count=effective,
        needed_count=needed,
        minimum_detectable_points=points,
        text=text,
    )
