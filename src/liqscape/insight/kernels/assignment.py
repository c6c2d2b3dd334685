"""Maximum weight assignment: which cluster of before is which of now (docs/clusters.md, "Identity").

Shortest augmenting paths with potentials (Jonker and Volgenant), tested against `scipy.optimize.linear_sum_assignment`.
SciPy's call is as quick, but leaving the kernel for it and coming back is a second kernel call: 10 microseconds, as
long as a whole frame of a small coin.
"""

from __future__ import annotations

import numpy as np

from liqscape.risk.kernels.jit import inlined
from liqscape.units import Float64Array, Int64Array

TIE = 1e-9
"""Share by which the first row and the first column are worth more: decides ties, and nothing else."""


@inlined
def assign_most(weight: Float64Array) -> Int64Array:
    """Column of each row (N,), -1 for none, so that the sum of weights (N, M) is largest; weights of 0 are no tie.

    Equal sums go to the earlier row, then to the earlier column.
    """
    rows, columns = weight.shape
    wide = max(rows, columns)
    cost = np.zeros((rows + 1, wide + 1))
    for row in range(rows):
        for column in range(columns):
            if weight[row, column] > 0.0:
                bonus = TIE * (rows - row) / rows + 0.1 * TIE * (columns - column) / columns / rows
                cost[row + 1, column + 1] = -weight[row, column] * (1.0 + bonus)
    row_price = np.zeros(rows + 1)
    column_price = np.zeros(wide + 1)
    row_of = np.zeros(wide + 1, np.int64)
    way = np.zeros(wide + 1, np.int64)
    for row in range(1, rows + 1):
        row_of[0] = row
        column = 0
        nearest = np.full(wide + 1, np.inf)
        is_used = np.zeros(wide + 1, np.bool_)
        while True:
            is_used[column] = True
            here, step, ahead = row_of[column], np.inf, 0
            for other in range(1, wide + 1):
                if is_used[other]:
                    continue
                reduced = cost[here, other] - row_price[here] - column_price[other]
                if reduced < nearest[other]:
                    nearest[other], way[other] = reduced, column
                if nearest[other] < step:
                    step, ahead = nearest[other], other
            for other in range(wide + 1):
                if is_used[other]:
                    row_price[row_of[other]] += step
                    column_price[other] -= step
                else:
                    nearest[other] -= step
            column = ahead
            if row_of[column] == 0:
                break
        while column != 0:
            row_of[column] = row_of[way[column]]
            column = way[column]
    chosen = np.full(rows, -1, np.int64)
    for column in range(1, columns + 1):
        row = row_of[column] - 1
        if row >= 0 and weight[row, column - 1] > 0.0:
            chosen[row] = column - 1
    return chosen
