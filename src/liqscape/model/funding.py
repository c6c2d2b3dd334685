"""What longs paid shorts for one full hour, a coin: the few figures that say what everybody paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.model.events import FundingDue, FundingPaid
from liqscape.units import HOUR_MS, Float64Array


@dataclass(frozen=True)
class HourlyFunding:
    """One payment of everybody.

    hour_ms  the full hour it is for.
    due      (M,) USD a coin that longs pay and shorts get: oracle * rate. NaN where it is not known.
    """

    hour_ms: int
    due: Float64Array


def noted_funding(before: HourlyFunding | None, event: FundingDue | FundingPaid, markets: int) -> HourlyFunding:
    """The newest funding known after an event; the first word on an hour and coin holds.

    Of payments that were made the largest of each coin tells what a coin paid: amounts are rounded.
    """
    hour_ms = event.time_ms // HOUR_MS * HOUR_MS
    if before is not None and before.hour_ms > hour_ms:
        return before
    due = np.full(markets, np.nan)
    if isinstance(event, FundingDue):
        due[: len(event.rate)] = (event.rate * event.oracle)[:markets]
    else:
        paid = event.payments
        size = np.abs(paid.size)
        rows = np.flatnonzero(size > 0.0)
        rows = rows[np.argsort(size[rows], kind="stable")]
        due[paid.market_index[rows]] = -paid.amount[rows] / paid.size[rows]  # of equal indices the last one stays
    if before is not None and before.hour_ms == hour_ms:
        known = min(len(before.due), markets)
        due[:known] = np.where(np.isnan(before.due[:known]), due[:known], before.due[:known])
    return HourlyFunding(hour_ms, due)
