"""A path of all marks, straight in log price (docs/joint.md, eq. 1).

    mark_m(f) = mark_m * exp(slope_m * f),    0 <= f <= reach

Along betas slope_m is +beta_m or -beta_m and f is the distance BTC has gone, |log(BTC / BTC now)|; for a vector of
moves slope_m = log(1 + move_m) and f the share of it, 0 to 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from liqscape.errors import ModelError
from liqscape.units import Float64Array

REACH = math.log(8.0)
"""How far BTC is followed: to an eighth or to eight times its mark, a little beyond the bands kept on either side."""

STEEPEST = 20.0
"""Largest |slope|; exp(20 * REACH) is still far inside a double."""


@dataclass(frozen=True)
class JointPath:
    """slope (M,) log price by f, NaN where a coin's move is unknown; reach: where the path ends."""

    slope: Float64Array
    reach: float

    def __post_init__(self) -> None:
        if not 0.0 < self.reach <= 100.0:
            raise ModelError(f"reach {self.reach} of a path is outside 0..100")
        steepest = float(np.nanmax(np.abs(self.slope), initial=0.0))
        if not steepest <= STEEPEST:
            raise ModelError(f"slope {steepest:g} of a path is beyond {STEEPEST:g}")

    def marks(self, mark: Float64Array, factor: float) -> Float64Array:
        """(M,) marks at one point of the path."""
        moved: Float64Array = mark * np.exp(self.slope * factor)
        return moved


def along_betas(beta: Float64Array, direction: int, reach: float = REACH) -> JointPath:
    """Each coin follows BTC by its beta (M,), in log price; direction -1: BTC falls, +1: it rises."""
    if direction not in (1, -1):
        raise ModelError(f"direction {direction} is neither 1 (up) nor -1 (down)")
    return JointPath(direction * np.asarray(beta, np.float64), reach)


def along_moves(move: Float64Array) -> JointPath:
    """From the present marks to mark * (1 + move) (M,), in a straight line in log price; f is the share of the way.

    Raises ModelError for a move of -1 or less, or one beyond exp(20).
    """
    if np.any(move <= -1.0):
        worst = float(np.nanmin(move))
        raise ModelError(f"a move of {100.0 * worst:g} % leaves no price")
    return JointPath(np.log1p(np.asarray(move, np.float64)), 1.0)
