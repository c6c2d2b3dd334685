"""Margin tables: maintenance rate and deduction by notional (docs/margin.md, eq. 1 and 2).

    rate_n      = 1 / (2 * max_leverage_n)
    deduction_0 = 0
    deduction_n = deduction_{n-1} + lower_bound_n * (rate_n - rate_{n-1})
    maintenance = notional * rate_n - deduction_n        for lower_bound_n <= notional < lower_bound_{n+1}

so maintenance is continuous in notional, like a tax bracket; the boundary belongs to the higher tier
(HL.DOC.MARGIN_TIERS). The table belongs to the *position*, not to the coin: old positions keep old tables.
Where rates rise with notional, maintenance is convex and equals the maximum over tiers of
`notional * rate_n - deduction_n`; the kernels rely on it, so it is asserted here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np

from liqscape.errors import ModelError
from liqscape.units import Float64Array, Int32Array, Int64Array

MAX_LEVERAGE_LIMIT = 1_000
"""No venue table goes beyond 50; the bound only catches nonsense."""


class MarginTier(NamedTuple):
    """One bracket: from `lower_bound` USD of notional on, at most `max_leverage`."""

    lower_bound: float
    max_leverage: int


@dataclass(frozen=True)
class MarginTable:
    """The tiers of one table, in rising order of lower bound, the first at zero.

    Raises ModelError for no tier, a first bound other than 0, bounds that do not rise, leverage below 1 or
    rising with notional (maintenance would not be convex).
    """

    table_id: int
    tiers: tuple[MarginTier, ...]
    description: str = ""

    def __post_init__(self) -> None:
        name = f"margin table {self.table_id}"
        if not self.tiers:
            raise ModelError(f"{name} has no tier")
        if self.tiers[0].lower_bound != 0:
            raise ModelError(f"{name} starts at {self.tiers[0].lower_bound}, must start at 0")
        for before, tier in zip(self.tiers, self.tiers[1:], strict=False):
            if not tier.lower_bound > before.lower_bound:
                raise ModelError(f"{name}: bound {tier.lower_bound} does not rise above {before.lower_bound}")
            if tier.max_leverage > before.max_leverage:
                raise ModelError(f"{name}: leverage {tier.max_leverage} rises above {before.max_leverage}, not convex")
        for tier in self.tiers:
            if not 1 <= tier.max_leverage <= MAX_LEVERAGE_LIMIT:
                raise ModelError(f"{name}: max leverage {tier.max_leverage} outside 1..{MAX_LEVERAGE_LIMIT}")
            if not np.isfinite(tier.lower_bound):
                raise ModelError(f"{name}: bound {tier.lower_bound} is not finite")

    @property
    def max_leverage(self) -> int:
        """Leverage of the first tier: what a position shows as its maximum."""
        return self.tiers[0].max_leverage

    def deductions(self) -> tuple[Fraction, ...]:
        """Maintenance deduction of each tier, exact."""
        exact = [Fraction(0)]
        for before, tier in zip(self.tiers, self.tiers[1:], strict=False):
            step = Fraction(1, 2 * tier.max_leverage) - Fraction(1, 2 * before.max_leverage)
            exact.append(exact[-1] + Fraction(tier.lower_bound) * step)
        return tuple(exact)


def flat_table(max_leverage: int, table_id: int | None = None) -> MarginTable:
    """The one-tier table of a leverage; ids below 50 mean exactly this on the venue."""
    return MarginTable(
        max_leverage if table_id is None else table_id,
        (MarginTier(0.0, max_leverage),),
        f"flat {max_leverage}x",
    )


@dataclass(frozen=True, kw_only=True)
class MarginTables:
    """Tables as columns, T rows by K tiers; rows are named by position in `tables`.

    Tiers past the last one repeat it, so a maximum over all K columns needs no count.
    """

    tables: tuple[MarginTable, ...]
    rate: Float64Array = field(init=False, repr=False)  # (T, K)
    deduction: Float64Array = field(init=False, repr=False)  # (T, K)
    lower_bound: Float64Array = field(init=False, repr=False)  # (T, K), padding is +inf
    max_leverage: Int64Array = field(init=False, repr=False)  # (T, K)
    tier_count: Int32Array = field(init=False, repr=False)  # (T,)

    def __post_init__(self) -> None:
        ids = [table.table_id for table in self.tables]
        if len(set(ids)) != len(ids):
            raise ModelError(f"margin table ids repeat: {sorted(i for i in set(ids) if ids.count(i) > 1)}")
        width = max((len(table.tiers) for table in self.tables), default=1)
        shape = (len(self.tables), width)
        rate, deduction, leverage = np.empty(shape), np.empty(shape), np.empty(shape, np.int64)
        lower_bound = np.full(shape, np.inf)
        for row, table in enumerate(self.tables):
            exact = table.deductions()
            for column in range(width):
                tier = min(column, len(table.tiers) - 1)
                leverage[row, column] = table.tiers[tier].max_leverage
                rate[row, column] = 1.0 / (2.0 * table.tiers[tier].max_leverage)
                deduction[row, column] = float(exact[tier])
                if column == tier:
                    lower_bound[row, column] = table.tiers[tier].lower_bound
        object.__setattr__(self, "rate", rate)
        object.__setattr__(self, "deduction", deduction)
        object.__setattr__(self, "lower_bound", lower_bound)
        object.__setattr__(self, "max_leverage", leverage)
        counts = np.array([len(table.tiers) for table in self.tables], np.int32)
        object.__setattr__(self, "tier_count", counts)

    @classmethod
    def build(cls, tables: Iterable[MarginTable]) -> MarginTables:
        """Columns of the given tables, in their order."""
        return cls(tables=tuple(tables))

    def __len__(self) -> int:
        return len(self.tables)

    @cached_property
    def _row_by_id(self) -> dict[int, int]:
        return {table.table_id: row for row, table in enumerate(self.tables)}

    def row_of(self, table_id: int) -> int:
        """Row of a table id. Raises ModelError if it is not there."""
        try:
            return self._row_by_id[table_id]
        except KeyError:
            raise ModelError(f"margin table {table_id} is unknown; known: {sorted(self._row_by_id)}") from None
