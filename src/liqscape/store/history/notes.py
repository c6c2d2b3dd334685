"""What was written down in a frame's minute (model/minute_notes.py) as tables of the history, and back."""

from __future__ import annotations

import numpy as np

from liqscape.insight.funding_rows import without_funding
from liqscape.model.minute_notes import Columns, MinuteNotes
from liqscape.store.history.schema import (
    ACCOUNT_MINUTES,
    COIN_MINUTES,
    DEPTHS,
    DTYPES,
    LIQUIDATION_EVENTS,
    MARK_PATH,
    MINUTE_POINTS,
    Batch,
    Table,
    empty_table,
    pick_rows,
    row_count,
    rows_between,
    unknown_values,
)
from liqscape.units import AnyArray, Int64Array


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


class MinuteRows:
    """Tables of notes of a run of frames, in order of time; of a name that is missing there are none."""

    def __init__(self, tables: Batch) -> None:
        self._tables = {name: tables.get(name) or empty_table(name) for name in (COIN_MINUTES, MARK_PATH)}
        self._tables |= {name: tables.get(name) or empty_table(name) for name in (ACCOUNT_MINUTES, LIQUIDATION_EVENTS)}

    def between(self, after_ms: int, last_ms: int) -> MinuteNotes | None:
        """Notes of all minutes after a time up to another, as of one; None where nobody wrote any.

        Coins have a row in every minute in which anybody watched: so without one nothing is known of the others.
        """
        own = {name: rows_between(table, after_ms + 1, last_ms) for name, table in self._tables.items()}
        coins = own[COIN_MINUTES]
        if not row_count(coins):
            return None
        is_one = coins["time_ms"][0] == coins["time_ms"][-1]
        path = own[MARK_PATH] if is_one else pick_rows(own[MARK_PATH], _by_market(own[MARK_PATH]))
        return MinuteNotes(
            coins=_without_time(coins if is_one else _joined_coins(coins)),
            path=_without_time(path),
            accounts=_without_time(own[ACCOUNT_MINUTES]),
            liquidations=_without_time(own[LIQUIDATION_EVENTS]),
        )

    def is_whole(self, first_ms: int, last_ms: int) -> bool:
        """Whether all the time between two frames was watched."""
        coins = rows_between(self._tables[COIN_MINUTES], first_ms + 1, last_ms)
        times, rows = np.unique(coins["time_ms"], return_index=True)
        since_ms = coins["since_ms"][rows]
        return bool(len(times)) and bool(times[-1] == last_ms) and bool((since_ms <= [first_ms, *times[:-1]]).all())


def _by_market(rows: Table) -> Int64Array:
    return np.argsort(rows["market_index"], kind="stable")


def _joined_coins(rows: Table) -> Table:
    """One row a coin of those of several minutes."""
    rows = pick_rows(rows, _by_market(rows))
    market = rows["market_index"]
    starts = np.flatnonzero(np.diff(market, prepend=-1))
    stops = np.append(starts[1:], len(market))
    spans = list(zip(starts.tolist(), stops.tolist(), strict=True))
    chosen = {name: np.array([_last_known(rows[name], *span) for span in spans]) for name in DEPTHS}
    made = pick_rows(rows, stops - 1) | {"since_ms": rows["since_ms"][starts]}
    for price in ("mark", "mid"):
        for point in MINUTE_POINTS:
            name = f"{price}_{point}"
            at = np.array([_place(point, rows[name], *span) for span in spans], np.int64)
            made |= {name: rows[name][at], f"{name}_ms": rows[f"{name}_ms"][at]}
    return made | {name: rows[name][at] for name, at in chosen.items()}


def _last_known(values: AnyArray, start: int, stop: int) -> int:
    known = np.flatnonzero(~np.isnan(values[start:stop]))
    return start + int(known[-1]) if len(known) else stop - 1


def _place(point: str, values: AnyArray, start: int, stop: int) -> int:
    """Row of the first, lowest, highest or last known price; of equal ones the first."""
    known = start + np.flatnonzero(~np.isnan(values[start:stop]))
    if not len(known):
        return start
    if point in ("first", "last"):
        return int(known[0] if point == "first" else known[-1])
    return int(known[np.argmin(values[known]) if point == "low" else np.argmax(values[known])])


def _without_time(rows: Table) -> Columns:
    return {name: values for name, values in rows.items() if name != "time_ms"}


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
