"""Where the lots of positions went by what was written down of their owners (docs/score.md, "Fates")."""

from __future__ import annotations

import numpy as np

from liqscape.insight.kernels.score_columns import (
    AFTER,
    BEFORE,
    FORCED,
    INFERRED,
    LEFT,
    MARGIN,
    OTHER,
    OWN,
    ItemColumns,
    MoveColumns,
)
from liqscape.risk.kernels.jit import compiled
from liqscape.units import Float64Array, Int64Array

TRADE, FIRST_CASH, LAST_CASH, FIRST_FORCED, LAST_FORCED, WINNER = 0, 1, 3, 5, 7, 8
"""model.minute_notes.MinuteKind: a trade; deposit to transfer; liquidated or deleveraged; deleveraged as a winner."""


@compiled
def walk_moves(
    items: ItemColumns, moves: MoveColumns, market: int, scale: float, gone: Int64Array, cash: Float64Array
) -> None:
    """Fill gone (N, 5) in lots and cash (N, 3) in USD of N positions, from the start of each to its end.

    market, scale  number of the coin in the moves, and lots a coin.

    Of a position that grows meanwhile the lots of the start are the last to go: they fall only once the position is
    smaller than what is left of them (insight/sweeps/members.py). Cut as a winner is not liquidated: it left.
    """
    for item in range(len(items.key)):
        held = remaining = items.lots[item]
        row = np.searchsorted(moves.key, items.key[item])
        while row < len(moves.key) and moves.key[row] == items.key[item]:
            this, row = row, row + 1
            if not items.start_ms[item] < moves.time_ms[this] <= items.end_ms[item]:
                continue
            kind, is_own = moves.kind[this], moves.market[this] == market
            if FIRST_CASH <= kind <= LAST_CASH:
                cash[item, MARGIN] += moves.usd[this]
                continue
            cash[item, OWN if is_own else OTHER] += moves.usd[this]
            is_forced = FIRST_FORCED <= kind <= LAST_FORCED
            if not is_own or not (is_forced or kind in (TRADE, WINNER)):
                continue
            held += items.side[item] * np.int64(np.rint(moves.size[this] * scale))
            lost = remaining - max(0, min(remaining, held))
            if lost <= 0:
                continue
            remaining -= lost
            if not is_forced:
                gone[item, AFTER if moves.last_ms[this] >= items.reached_ms[item] else BEFORE] += lost
                continue
            gone[item, FORCED] += lost
            if moves.is_inferred[this]:
                gone[item, INFERRED] += lost
        gone[item, LEFT] = remaining
