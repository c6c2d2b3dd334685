"""What stood in a coin's order book near its mid, minute by minute, out of the notes of stored frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.store.history.parquet_edge import of_coin
from liqscape.store.history.runs import PartRun, Run
from liqscape.store.history.schema import COIN_MINUTES, DEPTHS, Table, empty_table, pick_rows
from liqscape.store.history.unsealed import HeadRun
from liqscape.units import Float64Array, Int64Array

COLUMNS = ["time_ms", "mid_last", *DEPTHS]


@dataclass(frozen=True, kw_only=True)
class DepthPath:
    """Minutes in order of time.

    time_ms (T,) of the frame that closed the minute. mid (T,) USD, the last of the minute. bid_usd, ask_usd (T, 3) USD
    within model.depth.WITHIN of the mid in the last book of the minute. NaN is not known. damaged: files whose minutes
    are missing for it, each with what is wrong.
    """

    time_ms: Int64Array
    mid: Float64Array
    bid_usd: Float64Array
    ask_usd: Float64Array
    damaged: tuple[str, ...] = ()


def depth_of_runs(runs: Sequence[Run], coin: str, start_ms: int, end_ms: int) -> DepthPath:
    """Minutes closed in [start, end). Notes that are damaged, or that nobody wrote, leave minutes out."""
    found, damaged = [], []
    for run in runs:
        market_index = run.definition.markets.find(coin)
        if market_index is None:
            continue
        try:
            rows = _rows(run, coin, market_index)
        except CorruptSegment as error:
            damaged.append(str(error))
            continue
        times = rows["time_ms"]
        found.append(pick_rows(rows, (times >= start_ms) & (times < end_ms)))
    columns = {name: np.concatenate([rows[name] for rows in found]) if found else np.empty(0) for name in COLUMNS}
    bids, asks = (np.stack([columns[name] for name in DEPTHS if name.startswith(side)], 1) for side in ("bid", "ask"))
    return DepthPath(
        time_ms=columns["time_ms"].astype(np.int64),
        mid=columns["mid_last"],
        bid_usd=bids,
        ask_usd=asks,
        damaged=tuple(damaged),
    )


def _rows(run: Run, coin: str, market_index: int) -> Table:
    """COLUMNS of a coin in all minutes of a run. Raises CorruptSegment."""
    if isinstance(run, PartRun):
        if not run.part.has(f"{COIN_MINUTES}.parquet"):
            return empty_table(COIN_MINUTES)
        return run.part.read(COIN_MINUTES, COLUMNS, of_coin(coin))
    assert isinstance(run, HeadRun)
    rows = run.depths()
    return pick_rows(rows, rows["market_index"] == market_index)
