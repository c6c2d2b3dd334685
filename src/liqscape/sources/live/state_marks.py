"""Accounts whose state values a coin at another mark than the exchange reports: one of its figures is wrong.

A size with a wrong digit can agree with every sum of its state, for they are made of values, not of sizes. Its value
over its size is then no mark of the coin. Such a state is taken, since marks may have moved between the two, and in
doubt: the account is read again.
"""

from __future__ import annotations

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.units import BoolArray, Float64Array

OFF_MARK = 0.05
"""|ln(value / size / mark)|. Positions of one coin read within minutes of each other differ by 0.0133 at most, in 43
recorded snapshots of a falling market; here states and marks are seconds apart."""
MIN_USD = 1.0
"""The value of less says little of its mark: figures are printed rounded."""


def off_their_marks(accounts: Accounts, mark: Float64Array, is_sure: BoolArray) -> list[str]:
    """Addresses with a position valued at another mark than its coin has.

    mark     (M,) USD, NaN not known.
    is_sure  (M,) markets whose mark is of the last minute, and not in doubt.
    """
    rows = accounts.market_index
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.abs(np.log(accounts.observed_mark / mark[rows])) > OFF_MARK
        off &= np.abs(accounts.size) * accounts.observed_mark >= MIN_USD
    off &= is_sure[rows]
    if not off.any():
        return []
    owners = accounts.address_row[accounts.pool_of_position()[off]]
    return [accounts.addresses[row] for row in np.unique(owners).tolist()]
