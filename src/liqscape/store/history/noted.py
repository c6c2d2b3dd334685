"""What was written down in the minutes of a span of time, run by run, without the frames (docs/data.md).

For who needs days of marks and account changes at once: a frame a minute is not put together for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.model.markets import Markets
from liqscape.store.history.folder_state import FolderState
from liqscape.store.history.parts import pick_columns
from liqscape.store.history.runs import PartRun, Run
from liqscape.store.history.schema import (
    ACCOUNT_MINUTES,
    COIN_MINUTES,
    MARK_PATH,
    Batch,
    Table,
    empty_table,
    rows_between,
)
from liqscape.store.history.unsealed import HeadRun

COLUMNS = {
    COIN_MINUTES: [
        "time_ms",
        "market_index",
        *(f"mark_{point}{unit}" for point in ("first", "low", "high", "last") for unit in ("", "_ms")),
        "since_ms",
        "known_at_ms",
    ],
    MARK_PATH: ["time_ms", "market_index", "at_ms", "mark"],
    ACCOUNT_MINUTES: [
        "time_ms",
        "address_row",
        "market_index",
        "kind",
        "size",
        "usd",
        "first_ms",
        "last_ms",
        "known_at_ms",
    ],
}


@dataclass(frozen=True, kw_only=True)
class NotedRun:
    """Frames of one UTC day and one definition.

    coins, path  rows of COIN_MINUTES and MARK_PATH, by time, without mids and depth.
    accounts     rows of ACCOUNT_MINUTES with the addresses that their rows name, from keyframe to keyframe.
    funding      rows of FUNDING.
    """

    markets: Markets
    coins: Table
    path: Table
    accounts: tuple[tuple[tuple[str, ...], Table], ...]
    funding: Table


def read_noted(state: FolderState, start_ms: int, end_ms: int) -> Iterator[NotedRun]:
    """Minutes closed in [start, end), in order of time; those whose notes are damaged are passed over."""
    for run in state.runs(start_ms, end_ms):
        first_ms, last_ms = max(start_ms, run.first_ms), min(end_ms - 1, run.last_ms)
        if first_ms > last_ms:
            continue
        try:
            tables = {name: rows_between(table, first_ms, last_ms) for name, table in _tables_of(run).items()}
            yield NotedRun(
                markets=run.definition.markets,
                coins=tables[COIN_MINUTES],
                path=tables[MARK_PATH],
                accounts=tuple(_by_keyframe(run, tables[ACCOUNT_MINUTES], first_ms, last_ms)),
                funding=rows_between(run.funding(), first_ms, last_ms),
            )
        except CorruptSegment:
            continue


def _tables_of(run: Run) -> Batch:
    if isinstance(run, PartRun):
        part = run.part
        return {
            name: part.read(name, columns) if part.has(f"{name}.parquet") else empty_table(name)
            for name, columns in COLUMNS.items()
        }
    assert isinstance(run, HeadRun)
    notes = run.notes()
    return {name: pick_columns(notes[name], columns) for name, columns in COLUMNS.items()}


def _by_keyframe(run: Run, rows: Table, first_ms: int, last_ms: int) -> Iterator[tuple[tuple[str, ...], Table]]:
    frames = run.frames()
    begins = [*frames["time_ms"][frames["is_keyframe"]].tolist(), last_ms + 1]
    for begin, end in pairwise(begins):
        own = rows_between(rows, max(first_ms, begin), min(last_ms, end - 1))
        if len(own["time_ms"]):
            last = frames["time_ms"][np.searchsorted(frames["time_ms"], end) - 1]
            yield run.addresses_at(int(last)), own
