"""What was tracked, held against states of the venue: differences as rows, and running figures by coin."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.ledger.columns import ComparedColumn, ComparedValueColumn
from liqscape.units import AnyArray, BoolArray, Float64Array, Int32Array, Int64Array

MAX_DIFFERENCES = 5_000
"""Rows kept until they are taken; older ones are dropped and counted. A live map takes none."""
SIZE_SLACK = 1e-9
"""Relative; sizes are decimals, so what is not equal differs by much more."""
CASH_SLACK_USD = 0.01
"""Fees are assumed and the venue counts in micro-USD; a cent is no difference."""


@dataclass(frozen=True, kw_only=True)
class Differences:
    """D positions whose tracked size or cash was not what the state said, in order of discovery.

    address          (D,)
    market_index     (D,)
    tracked_size, true_size         (D,) signed coins, 0 where not held.
    tracked_raw_usd, true_raw_usd   (D,) of the pool behind it, USD; NaN where there was none.
    age_ms           (D,) from the state before to this one.
    is_unsure        (D,) was known to be in doubt.
    dropped_count    rows lost because nobody took them.
    """

    address: tuple[str, ...]
    market_index: Int32Array
    tracked_size: Float64Array
    true_size: Float64Array
    tracked_raw_usd: Float64Array
    true_raw_usd: Float64Array
    age_ms: Int64Array
    is_unsure: BoolArray
    dropped_count: int

    def __len__(self) -> int:
        return len(self.market_index)


@dataclass(frozen=True)
class ReconcileFigures:
    """Since the start, by coin (M,). Every position of an address read again counts, changed or not.

    count           positions compared.
    exact_count     of them with the very size the state said.
    size_difference sum of |tracked - true|, coins.
    true_size       sum of |true|, coins.
    """

    count: Int64Array
    exact_count: Int64Array
    size_difference: Float64Array
    true_size: Float64Array

    @property
    def exact_share(self) -> Float64Array:
        """(M,) NaN where nothing was compared."""
        with np.errstate(invalid="ignore"):
            return self.exact_count / self.count

    @property
    def difference_share(self) -> Float64Array:
        """(M,) sum of differences over sum of sizes; NaN where nothing was compared."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.size_difference / self.true_size


class Reconciler:
    """Takes the comparison tables of the kernels."""

    def __init__(self) -> None:
        self._rows: deque[tuple[Int64Array, Float64Array]] = deque()
        self._waiting = 0
        self._dropped = 0
        self._figures = ReconcileFigures(*(np.zeros(0, kind) for kind in (np.int64, np.int64, float, float)))

    def add(self, compared: Int64Array, value: Float64Array, market_count: int) -> None:
        """Rows of one observation, of markets below `market_count`."""
        tracked, true = value[:, ComparedValueColumn.TRACKED_SIZE], value[:, ComparedValueColumn.TRUE_SIZE]
        off = np.abs(tracked - true)
        is_exact = off <= SIZE_SLACK * np.abs(true)
        market = compared[:, ComparedColumn.MARKET]
        more = (
            np.bincount(market, minlength=market_count),
            np.bincount(market, is_exact, market_count).astype(np.int64),
            np.bincount(market, np.where(is_exact, 0.0, off), market_count),
            np.bincount(market, np.abs(true), market_count),
        )
        held = self._figures
        columns = (held.count, held.exact_count, held.size_difference, held.true_size)
        self._figures = ReconcileFigures(*(_sum(one, two) for one, two in zip(columns, more, strict=True)))
        cash_off = np.abs(value[:, ComparedValueColumn.TRACKED_RAW_USD] - value[:, ComparedValueColumn.TRUE_RAW_USD])
        rows = np.flatnonzero(~is_exact | (cash_off > CASH_SLACK_USD))
        if len(rows):
            self._rows.append((compared[rows], value[rows]))
            self._waiting += len(rows)
        while self._waiting > MAX_DIFFERENCES:
            lost = len(self._rows.popleft()[0])
            self._waiting -= lost
            self._dropped += lost

    def take(self, names: Sequence[str]) -> Differences:
        """All differences since they were last taken. names: addresses by account."""
        empty = (np.empty((0, ComparedColumn.WIDTH), np.int64), np.empty((0, ComparedValueColumn.WIDTH)))
        rows = [empty, *self._rows]
        compared, value = np.concatenate([row[0] for row in rows]), np.concatenate([row[1] for row in rows])
        taken = Differences(
            address=tuple(names[account] for account in compared[:, ComparedColumn.ACCOUNT].tolist()),
            market_index=compared[:, ComparedColumn.MARKET].astype(np.int32),
            tracked_size=value[:, ComparedValueColumn.TRACKED_SIZE].copy(),
            true_size=value[:, ComparedValueColumn.TRUE_SIZE].copy(),
            tracked_raw_usd=value[:, ComparedValueColumn.TRACKED_RAW_USD].copy(),
            true_raw_usd=value[:, ComparedValueColumn.TRUE_RAW_USD].copy(),
            age_ms=compared[:, ComparedColumn.AGE_MS].copy(),
            is_unsure=compared[:, ComparedColumn.IS_UNSURE] != 0,
            dropped_count=self._dropped,
        )
        self._rows.clear()
        self._waiting = self._dropped = 0
        return taken

    def figures(self, market_count: int) -> ReconcileFigures:
        """Running figures of all markets."""
        held = self._figures
        columns = (held.count, held.exact_count, held.size_difference, held.true_size)
        return ReconcileFigures(*(_sum(column, np.zeros(market_count, column.dtype)) for column in columns))


def _sum(one: AnyArray, two: AnyArray) -> AnyArray:
    total = np.zeros(max(len(one), len(two)), one.dtype)
    total[: len(one)] += one
    total[: len(two)] += two
    return total
