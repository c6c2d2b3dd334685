"""Rows of what was written down in a frame's minute (model/minute_notes.py), as tables of the history."""

from __future__ import annotations

import numpy as np

from liqscape.insight.funding_rows import without_funding
from liqscape.model.minute_notes import MinuteNotes
from liqscape.store.history.schema import (
    ACCOUNT_MINUTES,
    COIN_MINUTES,
    DTYPES,
    LIQUIDATION_EVENTS,
    MARK_PATH,
    Batch,
    Table,
    unknown_values,
)


def note_tables(time_ms: int, notes: MinuteNotes | None) -> Batch:
    """The tables of one frame; empty where nothing was given."""
    notes = MinuteNotes() if notes is None else notes
    given = {
        COIN_MINUTES: notes.coins,
        MARK_PATH: notes.path,
        ACCOUNT_MINUTES: None if notes.accounts is None else without_funding(notes.accounts),
        LIQUIDATION_EVENTS: notes.liquidations,
    }
    return {name: _table(name, time_ms, rows) for name, rows in given.items()}


def _table(name: str, time_ms: int, rows: Table | None) -> Table:
    count = 0 if rows is None else len(next(iter(rows.values())))
    table: Table = {}
    for column, dtype in DTYPES[name].items():
        if column == "time_ms":
            table[column] = np.full(count, time_ms, np.int64)
        elif rows is not None and column in rows:
            table[column] = np.asarray(rows[column], dtype)
        else:
            table[column] = unknown_values(dtype, count)
    return table
