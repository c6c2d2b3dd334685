"""How finely a column was printed: half a unit of the last digit, found from the numbers themselves.

A column printed to D decimals shows no value with more than D; one printed to S significant digits none with more
than S. Single values tell nothing (12.5 may be 12.5000000000), so the finest values of the column decide: all but the
finest 1 %, lest a stray value speak for all.
"""

from __future__ import annotations

import math

import numpy as np

from liqscape.units import Float64Array, Int64Array

MAX_DECIMALS = 12
SHARPNESS = 0.01
"""A value times 10^d is a whole number if it is this close to one; beyond that float64 itself is the limit."""


def resolution(values: Float64Array) -> Float64Array:
    """(N,) half a unit of the last printed digit of each value; 0 for NaN and for zero."""
    known = np.isfinite(values) & (values != 0.0)
    result = np.zeros(len(values))
    if not known.any():
        return result
    present = np.abs(values[known])
    digits = decimals(present)
    exponent = np.floor(np.log10(present)).astype(np.int64)
    most_significant = _nearly_all(digits + exponent + 1)
    by_decimals = 0.5 * 10.0 ** -float(_nearly_all(digits))
    by_significant = 0.5 * 10.0 ** (exponent + 1.0 - most_significant)
    result[known] = np.maximum(by_decimals, by_significant)
    return result


def _nearly_all(counts: Int64Array) -> int:
    return int(np.sort(counts)[math.ceil(0.99 * (len(counts) - 1))])


def decimals(values: Float64Array) -> Int64Array:
    """(N,) decimals needed to print each value, at most MAX_DECIMALS."""
    result = np.full(len(values), MAX_DECIMALS, np.int64)
    is_open = np.ones(len(values), np.bool_)
    for count in range(MAX_DECIMALS):
        rows = np.flatnonzero(is_open)
        if not len(rows):
            break
        scaled = values[rows] * 10.0**count
        slack = np.maximum(np.abs(scaled) * 4e-16, 1e-12)
        is_whole = (np.abs(scaled - np.round(scaled)) <= np.minimum(slack, SHARPNESS)) | (slack > SHARPNESS)
        result[rows[is_whole]] = count
        is_open[rows[is_whole]] = False
    return result
