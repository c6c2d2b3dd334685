"""The queue of auto-deleveraging as it stands, without closing anything: what `adl.run_batch` would eat, in its order.

Batches are numbered as in adl.py: 2 * market are losers that are long, so those who may be cut are short, and
2 * market + 1 the other way round.
"""

from __future__ import annotations

import numpy as np

from liqscape.exchange.kernels.adl import adl_score, candidates_of, winner_queue
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled
from liqscape.units import Float64Array, Int64Array


@compiled
def who_may_be_cut(state: State, batches: Int64Array) -> tuple[Int64Array, Int64Array, Int64Array]:
    """(starts (2 M + 1,), pools, their values in micro-USD) of the batches that are not 0, in one pass."""
    return candidates_of(state, batches)


@compiled
def queue_of(
    state: State, market: int, pools: Int64Array, values: Int64Array
) -> tuple[Int64Array, Float64Array, Int64Array]:
    """(pools, scores, profits in micro-USD) of one batch by the rule of the state, who is cut first first."""
    ranked, worth, scores = winner_queue(state, market, pools, values)
    profits = np.empty(len(ranked), np.int64)
    for at in range(len(ranked)):
        _, profits[at] = adl_score(state, ranked[at], market, worth[at])
    return ranked, scores, profits
