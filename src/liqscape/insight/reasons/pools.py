"""What is left of a pool's move when all that was noted of it is taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from liqscape.insight.minute import Minute
from liqscape.insight.reasons.legs import NO_ROW, PairedLegs, is_noted, newly_delisted
from liqscape.insight.records import ChangeReason
from liqscape.units import Int8Array, Int64Array, PoolMode

if TYPE_CHECKING:
    from liqscape.insight.kernels.reasons import LegColumns

SMALL_CASH_USD = 0.01
SMALL_CASH_SHARE = 0.001
"""Of the notional: fees and funding that were assumed may be wrong by so much (a taker pays 4.5 bp a trade), and hardly
an owner moves so little margin. What is larger, while all sizes agree, is the owner's hand: nothing else moves cash."""


def last_reasons(before: Minute, now: Minute, paired: PairedLegs, legs: LegColumns, owner: Int64Array) -> Int8Array:
    """(A0,) reason of the last step, from all that was noted to what is held now. owner (A0,) of each pool."""
    pools = before.accounts.pool_count
    if not is_noted(before, now):
        return np.full(pools, ChangeReason.NOT_REPORTED, np.int8)
    inside = np.flatnonzero(paired.home != NO_ROW)
    home = paired.home[inside]
    mark = now.snapshot.mark[paired.market[inside]]
    noted_usd = np.bincount(home, paired.sums.usd.sum(axis=0)[inside], pools)
    size = np.maximum(np.abs(legs.size), np.abs(legs.size_forced))[inside]
    notional = np.bincount(home, np.nan_to_num(size * mark), pools)
    raw_usd = np.append(now.accounts.raw_usd, np.nan)[paired.pool_now]
    cash = np.abs(raw_usd - before.accounts.raw_usd - noted_usd)
    is_off = ~legs.is_explained[inside]
    is_settled = is_off & newly_delisted(before, now)[paired.market[inside]]

    reason = np.full(pools, ChangeReason.MOVED_BY_MARGIN, np.int8)
    reason[cash <= SMALL_CASH_USD + SMALL_CASH_SHARE * notional] = ChangeReason.CORRECTED
    reason[before.accounts.mode == PoolMode.PORTFOLIO] = ChangeReason.MOVED_BY_MARKS  # of its collateral
    reason[paired.sums.traded[owner]] = ChangeReason.MOVED_BY_TRADES
    reason[paired.sums.forced[owner]] = ChangeReason.MOVED_BY_LIQUIDATION
    reason[paired.sums.has_cash[owner]] = ChangeReason.MOVED_BY_MARGIN
    reason[np.bincount(home, is_off, pools) > 0.0] = ChangeReason.CORRECTED
    reason[np.bincount(home, is_settled, pools) > 0.0] = ChangeReason.RULE_CHANGED
    return reason
