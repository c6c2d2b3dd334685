"""Collateral that moves: coins of portfolio-margin accounts, worth the mark of their perpetual (docs/margin.md).

A holding is one more exposure of its pool, of which (1 - loan to value) / 2 is maintenance. The raw USD of a pool
(model/accounts.py) holds it at its present value after that haircut, so a pool is right at the present marks without
these columns; with them it stays right when marks move.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.errors import ModelError
from liqscape.units import Float64Array, Int64Array


@dataclass(frozen=True)
class Collateral:
    """H holdings. Raises ModelError for columns of other lengths, a size not above 0, a loan to value outside 0..1.

    pool          (H,) row of the pool among those of an Accounts.
    market_index  (H,) market whose mark the coin is worth.
    size          (H,) coins, > 0.
    loan_to_value (H,) share of its value that may be borrowed on it.
    """

    pool: Int64Array
    market_index: Int64Array
    size: Float64Array
    loan_to_value: Float64Array

    def __post_init__(self) -> None:
        if len({column.shape for column in (self.pool, self.market_index, self.size, self.loan_to_value)}) != 1:
            raise ModelError(f"columns of collateral differ in length; {len(self.size)} sizes")
        if not (np.isfinite(self.size).all() and (self.size > 0.0).all()):
            raise ModelError("a size of collateral is not above 0")
        if not ((self.loan_to_value >= 0.0) & (self.loan_to_value < 1.0)).all():
            raise ModelError("a loan to value of collateral is outside 0..1")

    @classmethod
    def none(cls) -> Collateral:
        """No holding."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0))

    def __len__(self) -> int:
        return len(self.size)

    @property
    def maintenance_rate(self) -> Float64Array:
        """(H,) share of the value that is maintenance."""
        rate: Float64Array = (1.0 - self.loan_to_value) / 2.0
        return rate

    def after_haircut(self, mark: Float64Array) -> Float64Array:
        """(H,) USD: value less maintenance at marks (M,); NaN where a mark is not known."""
        worth: Float64Array = self.size * mark[self.market_index] * (1.0 - self.maintenance_rate)
        return worth
