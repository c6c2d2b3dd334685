"""Finds stored events by coin, address, side, method, evidence, time and notional, newest first, with their sums."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from liqscape.errors import CorruptSegment
from liqscape.store.damage import DamagedFile, standing_entries
from liqscape.store.liquidations.schema import (
    SCHEMA,
    StoredLiquidation,
    damage_of_day,
    day_of,
    list_days,
    read_day,
)
from liqscape.units import Float64Array


@dataclass(frozen=True, kw_only=True)
class LiquidationFilter:
    """None asks for all. Times bound first_ms, from_ms inclusive, to_ms exclusive; min_notional USD."""

    coin: str | None = None
    address: str | None = None
    side: int | None = None
    method: str | None = None
    evidence: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    min_notional: float = 0.0


@dataclass(frozen=True, kw_only=True)
class LiquidationSums:
    """Of all events that fit, also those beyond the limit. Refuted ones are counted apart and in no other figure."""

    count: int
    address_count: int
    long_notional: float
    short_notional: float
    refuted_count: int


@dataclass(frozen=True)
class FoundLiquidations:
    """Newest first. damaged: files of days asked about that cannot be read; what they held is missing.

    has_more  events follow the last one listed.
    """

    rows: list[StoredLiquidation]
    sums: LiquidationSums
    damaged: tuple[DamagedFile, ...] = ()
    has_more: bool = False


@dataclass(frozen=True)
class LiquidatedByStep:
    """notional (2, count) USD of longs and shorts whose first fill is in each step; damaged as of FoundLiquidations."""

    notional: Float64Array
    damaged: tuple[DamagedFile, ...] = ()


class After(NamedTuple):
    """The event that a page ended with: what follows it in the order is asked for."""

    first_ms: int
    address: str
    coin: str
    side: int


ORDER = {"first_ms": True, "address": False, "coin": False, "side": False}
"""Newest first; True: descending."""


class LiquidationReader:
    """Reads beside a running writer: a day's file is the old or the new one, never half."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, wanted: LiquidationFilter, limit: int, after: After | None = None) -> FoundLiquidations:
        """At most `limit` events (after one, where given) and the sums of all that fit, but for days whose file is
        damaged.

        Raises StoreError where one cannot be read, SchemaMismatch for another version.
        """
        parts, damaged = self._read(wanted)
        found = pl.concat(parts)
        left = found if after is None else found.filter(_follows(after))
        newest = left.sort(list(ORDER), descending=list(ORDER.values())).head(limit)
        rows = [_record(row) for row in newest.iter_rows(named=True)]
        return FoundLiquidations(rows, _sums(found), tuple(damaged), has_more=left.height > len(rows))

    def sum_by_step(self, coin: str, start_ms: int, step_ms: int, count: int) -> LiquidatedByStep:
        """USD liquidated of a coin in each of `count` steps; refuted events count nothing. Raises as `find`."""
        parts, damaged = self._read(LiquidationFilter(coin=coin, from_ms=start_ms, to_ms=start_ms + step_ms * count))
        real = pl.concat(parts).filter(pl.col("evidence") != "refuted")
        step = (real["first_ms"].to_numpy() - start_ms) // step_ms
        is_short = real["side"].to_numpy() < 0
        sums = np.zeros(2 * count)
        np.add.at(sums, step + count * is_short, real["notional"].to_numpy())
        return LiquidatedByStep(sums.reshape(2, count), tuple(damaged))

    def _read(self, wanted: LiquidationFilter) -> tuple[list[pl.DataFrame], list[DamagedFile]]:
        """Events that fit, by day, and the files of days asked about that cannot be read."""
        days = [
            day
            for day in list_days(self._folder)
            if (wanted.from_ms is None or day >= day_of(wanted.from_ms))
            and (wanted.to_ms is None or day <= day_of(wanted.to_ms))
        ]
        condition = _condition(wanted)
        parts, damaged = [pl.DataFrame(schema=SCHEMA)], self._set_aside(wanted)
        for day in days:
            try:
                parts.append(read_day(self._folder, day).filter(condition))
            except CorruptSegment as error:
                damaged.append(damage_of_day(self._folder, day, error))
        return parts, damaged

    def _set_aside(self, wanted: LiquidationFilter) -> list[DamagedFile]:
        """Files of the days asked about that were set aside and still lie there."""
        return [
            entry
            for entry in standing_entries(self._folder.parent)
            if entry.file.startswith(f"{self._folder.name}/")
            and (wanted.from_ms is None or entry.last_ms is None or entry.last_ms >= wanted.from_ms)
            and (wanted.to_ms is None or entry.first_ms is None or entry.first_ms < wanted.to_ms)
        ]


def _condition(wanted: LiquidationFilter) -> pl.Expr:
    condition = pl.col("notional") >= wanted.min_notional
    for name in ("coin", "address", "side", "method", "evidence"):
        value = getattr(wanted, name)
        if value is not None:
            condition &= pl.col(name) == value
    if wanted.from_ms is not None:
        condition &= pl.col("first_ms") >= wanted.from_ms
    if wanted.to_ms is not None:
        condition &= pl.col("first_ms") < wanted.to_ms
    return condition


def _follows(after: After) -> pl.Expr:
    """What stands behind an event in the order, column by column."""
    follows = pl.lit(value=False)
    for name, is_falling in reversed(ORDER.items()):
        value = getattr(after, name)
        is_behind = pl.col(name) < value if is_falling else pl.col(name) > value
        follows = is_behind | ((pl.col(name) == value) & follows)
    return follows


def _record(row: dict[str, object]) -> StoredLiquidation:
    trades = row["trade_ids"]
    assert isinstance(trades, list)
    return StoredLiquidation(**{**row, "trade_ids": tuple(trades)})  # type: ignore[arg-type]


def _sums(found: pl.DataFrame) -> LiquidationSums:
    real = found.filter(pl.col("evidence") != "refuted")
    return LiquidationSums(
        count=real.height,
        address_count=real["address"].n_unique(),
        long_notional=float(real.filter(pl.col("side") > 0)["notional"].sum()),
        short_notional=float(real.filter(pl.col("side") < 0)["notional"].sum()),
        refuted_count=found.height - real.height,
    )
