"""What was traded of a coin minute by minute, at least, out of the notes of stored frames.

    size(minute) = max( sum of what accounts bought, sum of what they sold )

by each account's net of the minute (`account_minutes`, docs/data.md): who bought and sold within one minute counts with
the difference alone, so it is a lower bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.model.minute_notes import MinuteKind
from liqscape.store.history.parquet_edge import of_coin
from liqscape.store.history.runs import PartRun, Run
from liqscape.store.history.schema import ACCOUNT_MINUTES, Table, empty_table, pick_rows
from liqscape.store.history.unsealed import TRADED_COLUMNS, HeadRun
from liqscape.units import Float64Array, Int64Array

TRADES = (MinuteKind.TRADE, MinuteKind.LIQUIDATED_BOOK)
"""What met the book; the others change hands beside it."""


@dataclass(frozen=True, kw_only=True)
class TradedPath:
    """Minutes in which something was traded, in order. time_ms (T,) of the frame that closed the minute; size (T,)
    coins, at least."""

    time_ms: Int64Array
    size: Float64Array


def traded_of_runs(runs: Sequence[Run], coin: str, start_ms: int, end_ms: int) -> TradedPath:
    """Minutes closed in [start, end). Those of damaged files are left out."""
    times: list[Int64Array] = [np.empty(0, np.int64)]
    sizes: list[Float64Array] = [np.empty(0)]
    for run in runs:
        market_index = run.definition.markets.find(coin)
        if market_index is None:
            continue
        try:
            rows = _rows(run, coin, market_index)
        except CorruptSegment:
            continue
        is_trade = np.isin(rows["kind"], TRADES) & np.isfinite(rows["size"])
        own = pick_rows(rows, is_trade & (rows["time_ms"] >= start_ms) & (rows["time_ms"] < end_ms))
        minute, place = np.unique(own["time_ms"], return_inverse=True)
        bought, sold = (
            np.bincount(place, weights=np.maximum(sign * own["size"], 0.0), minlength=len(minute)) for sign in (1, -1)
        )
        times.append(minute)
        sizes.append(np.maximum(bought, sold))
    return TradedPath(time_ms=np.concatenate(times), size=np.concatenate(sizes))


def _rows(run: Run, coin: str, market_index: int) -> Table:
    """TRADED_COLUMNS of a coin in all minutes of a run. Raises CorruptSegment."""
    if isinstance(run, PartRun):
        if not run.part.has(f"{ACCOUNT_MINUTES}.parquet"):
            return empty_table(ACCOUNT_MINUTES)
        return run.part.read(ACCOUNT_MINUTES, TRADED_COLUMNS, of_coin(coin))
    assert isinstance(run, HeadRun)
    rows = run.traded()
    return pick_rows(rows, rows["market_index"] == market_index)
