"""Adds events to the files of their days; the same event again replaces the stored one or is passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from liqscape.errors import CorruptSegment, StoreError
from liqscape.model.liquidations import Liquidation
from liqscape.store.damage import set_aside
from liqscape.store.durable import clean_temporary
from liqscape.store.liquidations.schema import (
    SCHEMA,
    check_day,
    damage_of_day,
    day_of,
    list_days,
    read_day,
    store_row,
    write_day,
)

RANK = {"inferred": 0, "refuted": 1, "confirmed": 2, "exact": 3}
"""What replaces what: a row gives way to one of equal or better evidence, unless that is only a part of it."""

Row = dict[str, object]


class LiquidationWriter:
    """One writer a folder. Two rows are the same event where address and coin agree and they share a trade, or where
    one of them has no trade ids and both began in the same millisecond.

    A damaged file of a day is set aside (store/damage.py) and the day begun anew: what comes in is stored all the same.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            clean_temporary(folder)
        except OSError as error:
            raise StoreError(f"{folder}: {error.strerror or error}", path=str(folder)) from error
        for day in list_days(folder):
            try:
                check_day(folder, day)
            except CorruptSegment as error:
                self._set_aside(day, error)

    def keep(self, events: Sequence[Liquidation], coins: Sequence[str]) -> None:
        """Add events; `coins` names the markets they index. Durable on return, each day whole or not at all.

        After an error it may be called again with the same events.
        """
        by_day: dict[str, list[Row]] = {}
        for event in events:
            by_day.setdefault(day_of(event.first_ms), []).append(store_row(event, coins[event.market_index]))
        for day, new in sorted(by_day.items()):
            try:
                stored = read_day(self._folder, day)
            except CorruptSegment as error:
                self._set_aside(day, error)
                stored = read_day(self._folder, day)
            merged = _merge(stored, new)
            if merged is not None:
                write_day(self._folder, day, merged)

    def _set_aside(self, day: str, error: CorruptSegment) -> None:
        set_aside(self._folder.parent, damage_of_day(self._folder, day, error))


def _merge(stored: pl.DataFrame, new: list[Row]) -> pl.DataFrame | None:
    """Rows of the day with the new ones; None where nothing changes."""
    addresses = {str(row["address"]) for row in new}
    near = stored.with_row_index("row").filter(pl.col("address").is_in(addresses)).to_dicts()
    held: dict[tuple[object, object], list[Row]] = {}
    for row in near:
        held.setdefault((row["address"], row["coin"]), []).append(row)
    gone: set[object] = set()
    added: list[Row] = []
    for row in new:
        others = held.setdefault((row["address"], row["coin"]), [])
        same = [other for other in others if _is_same(row, other)]
        if any(_is_better(other, row) or _is_equal(row, other) for other in same):
            continue
        for other in same:
            others.remove(other)
            if "row" in other:
                gone.add(other["row"])
            else:
                added.remove(other)
        others.append(row)
        added.append(row)
    if not added:
        return None
    kept = stored.with_row_index("row").filter(~pl.col("row").is_in(gone)).drop("row") if gone else stored
    return pl.concat([kept, pl.DataFrame(added, schema=SCHEMA)]).sort(
        "first_ms", "address", "coin", maintain_order=True
    )


def _is_same(row: Row, other: Row) -> bool:
    ours, theirs = _trades(row), _trades(other)
    if ours and theirs:
        return not ours.isdisjoint(theirs)
    return row["first_ms"] == other["first_ms"]


def _is_better(row: Row, other: Row) -> bool:
    """Whether an event is better evidence, or as good and the other a part of it: seen by who began in the middle."""
    if row["evidence"] != other["evidence"]:
        return RANK[str(row["evidence"])] > RANK[str(other["evidence"])]
    ours, theirs = _trades(row), _trades(other)
    return bool(theirs) and theirs < ours


def _is_equal(row: Row, other: Row) -> bool:
    return all(str(row[name]) == str(other[name]) for name in SCHEMA)  # as text NaN equals itself


def _trades(row: Mapping[str, object]) -> set[int]:
    ids = row["trade_ids"]
    assert isinstance(ids, list)
    return {trade for trade in ids if trade >= 0}
