"""Who was liquidated in a minute, out of what was written down in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.insight.minute import Minute
from liqscape.model.minute_notes import MinuteKind
from liqscape.units import Side

FORCED_KINDS = (MinuteKind.LIQUIDATED_BOOK, MinuteKind.LIQUIDATED_BACKSTOP, MinuteKind.DELEVERAGED)
"""Of who was liquidated; winners who were cut are not."""


class MinuteFlow(NamedTuple):
    """usd of one coin and side at the frame's mark, and how many accounts they were."""

    usd: float
    account_count: int


NOTHING = MinuteFlow(0.0, 0)


class ForcedFlows:
    """Those of all coins in one minute; made once a minute."""

    def __init__(self, now: Minute) -> None:
        rows = None if now.notes is None else now.notes.accounts
        self.is_known = rows is not None and not now.is_gap
        """False: nobody wrote down who was liquidated in this minute, or it is the first after a hole."""
        self._flows: dict[tuple[int, int], MinuteFlow] = {}
        if rows is None or not len(rows["kind"]):
            return
        forced = np.flatnonzero(np.isin(rows["kind"], FORCED_KINDS) & (rows["size"] != 0.0))
        if not len(forced):
            return
        market, size = rows["market_index"][forced].astype(np.int64), rows["size"][forced]
        account = rows["address_row"][forced]
        usd = np.abs(size) * now.snapshot.mark[market]
        code = 2 * market + (size > 0.0)
        for each in np.unique(code).tolist():
            here = code == each
            side = Side.SHORT if each % 2 else Side.LONG
            self._flows[each // 2, side] = MinuteFlow(float(usd[here].sum()), len(np.unique(account[here])))

    def of(self, market_index: int, side: Side) -> MinuteFlow:
        """What was liquidated of a coin and side; nothing where `is_known` is False."""
        return self._flows.get((market_index, side), NOTHING)
