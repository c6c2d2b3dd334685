"""What a sample sees of a book by distance, without touching its levels: it must not depend on how often samples are
taken.

A book stands in exponentials of W and of its refill rates (exchange.kernels.profile, eq. 1), and taking them was most
of a sample: six a market. Sides with the same W share it, and levels with the same rate share theirs.
"""

from __future__ import annotations

import math

from liqscape.exchange.columns import ASK, BID, ClockColumn
from liqscape.exchange.depth_columns import Depth, ProfileState
from liqscape.exchange.kernels.profile import profile_price
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import inlined

NO_RATE = -1.0


@inlined
def seen_book(state: State, market: int) -> tuple[int, int, float, float]:
    """(best bid, best ask, W of bids, W of asks); prices in ticks as of `best_profile`."""
    row = state.profile_state[market]
    elapsed = max(0.0, float(state.clock[ClockColumn.TIME_MS]) - row[ProfileState.UPDATED_MS])
    bid_log, ask_log = row[ProfileState.LOG_WITHDRAWAL_BID], row[ProfileState.LOG_WITHDRAWAL_ASK]
    bid_share = math.exp(bid_log)
    ask_share = bid_share if ask_log == bid_log else math.exp(ask_log)
    bid, rate, keep = _seen_side(state, market, BID, bid_share, elapsed, NO_RATE, 1.0)
    ask, _, _ = _seen_side(state, market, ASK, ask_share, elapsed, rate, keep)
    return bid, ask, bid_share, ask_share


@inlined
def _seen_side(
    state: State, market: int, side: int, share: float, elapsed: float, rate: float, keep: float
) -> tuple[int, float, float]:
    """(best price of a side, 0 where it holds no whole lot; the last rate, and what it keeps in `elapsed`)."""
    for place in range(state.profile.shape[2]):
        level = state.profile[market, side, place]
        if level[Depth.TARGET] == 0.0:
            break
        target, lots = level[Depth.TARGET] * share, level[Depth.LOTS]
        if lots < target:
            if level[Depth.RATE] != rate:
                rate = level[Depth.RATE]
                keep = math.exp(-rate * elapsed)
            lots = target + (lots - target) * keep
        if min(lots, target) >= 1.0:
            return profile_price(state, market, side, level[Depth.DISTANCE]), rate, keep
    return 0, rate, keep
