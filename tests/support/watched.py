"""What a ledger knows of a few accounts, as planners see it."""

from __future__ import annotations

import numpy as np

from liqscape.ledger import WatchColumns

NOW = 1_790_000_000_000
Account = tuple[float, float, int]
"""(notional USD, distance of the nearest level, time of the last trade)."""


def watch(*accounts: Account, bits: tuple[int, ...] | None = None, is_known: bool = True) -> WatchColumns:
    count = len(accounts)
    return WatchColumns(
        address=[f"0x{row:040x}" for row in range(count)],
        state_ms=np.full(count, NOW, np.int64),
        last_trade_ms=np.array([traded for *_, traded in accounts], np.int64),
        is_dirty=np.zeros(count, np.bool_),
        is_unsure=np.zeros(count, np.bool_),
        is_known=np.full(count, is_known),
        notional=np.array([usd for usd, *_ in accounts], np.float64),
        nearest_distance=np.array([away for _, away, _ in accounts], np.float64),
        traded_notional=np.zeros(count),
        dex_bits=np.array(bits or (1,) * count, np.int64),
        dexs=("", "xyz"),
    )
