"""Which accounts are worth being followed without a break: those with most notional near the mark.

    near = notional / (1 + (distance / CLOSE_DISTANCE)^2)        USD, distance of the account's nearest level

Somebody followed keeps his place against newcomers of up to KEPT_FACTOR times his near notional, so that two of like
size do not take turns with every tick of the mark.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from liqscape.feed.reconcile.priority import CLOSE_DISTANCE
from liqscape.ledger import WatchColumns
from liqscape.units import Float64Array

KEPT_FACTOR = 1.5


def choose_followed(
    watch: WatchColumns, count: int, followed: Collection[str], exempt: Collection[str]
) -> tuple[tuple[str, ...], float]:
    """At most `count` addresses, most worth first, and the near notional they have together, USD.

    followed  addresses followed now. exempt: cannot be liquidated in practice, never chosen.
    """
    near = near_usd(watch)
    order = np.argsort(-near, kind="stable")[: count + len(exempt) + len(followed)]
    row_of = {watch.address[row]: row for row in order.tolist()}
    worth = {
        address: float(near[row]) * (KEPT_FACTOR if address in followed else 1.0)
        for address, row in row_of.items()
        if near[row] > 0.0 and address not in exempt
    }
    chosen = sorted(worth, key=lambda address: -worth[address])[:count]
    return tuple(chosen), float(sum(near[row_of[address]] for address in chosen))


def near_usd(watch: WatchColumns) -> Float64Array:
    """(N,) USD; 0 for accounts without a level and for those whose state was never read."""
    distance = np.minimum(np.nan_to_num(watch.nearest_distance, nan=np.inf, posinf=1e9), 1e9)
    near = np.nan_to_num(watch.notional) / (1.0 + (distance / CLOSE_DISTANCE) ** 2)
    return np.where(watch.is_known & np.isfinite(watch.nearest_distance), near, 0.0)
