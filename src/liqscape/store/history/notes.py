"""Rows of what was written down in a frame's minute (model/minute_notes.py), as tables of the history."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from liqscape.model.minute_notes import MinuteNotes
from liqscape.store.history.schema import (
    ACCOUNT_MINUTES,
    COIN_MINUTES,
    DTYPES,
    EDGE_CROSSINGS,
    Batch,
    Table,
)


def note_tables(time_ms: int, notes: MinuteNotes | None) -> Batch:
    """The tables of one frame; empty where nothing was given."""
    given = (None, None, None) if notes is None else (notes.coins, notes.crossings, notes.accounts)
    names: Sequence[str] = (COIN_MINUTES, EDGE_CROSSINGS, ACCOUNT_MINUTES)
    return {name: _table(name, time_ms, rows) for name, rows in zip(names, given, strict=True)}


def _table(name: str, time_ms: int, rows: Table | None) -> Table:
    count = 0 if rows is None else len(next(iter(rows.values())))
    table: Table = {}
    for column, dtype in DTYPES[name].items():
        if column == "time_ms":
            table[column] = np.full(count, time_ms, np.int64)
        elif rows is not None and column in rows:
            table[column] = np.asarray(rows[column], dtype)
        else:
            unknown = np.nan if dtype is np.float64 else 0 if dtype is np.uint8 else -1
            table[column] = np.full(count, unknown, dtype)
    return table
