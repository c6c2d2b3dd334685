"""What longs paid shorts for one full hour."""

from __future__ import annotations

from dataclasses import dataclass

from liqscape.units import Float64Array


@dataclass(frozen=True)
class HourlyFunding:
    """One payment of everybody.

    hour_ms  the full hour it is for.
    due      (M,) USD a coin that longs pay and shorts get: oracle * rate. NaN where it is not known.
    """

    hour_ms: int
    due: Float64Array
