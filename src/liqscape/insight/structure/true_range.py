"""Average true range (docs/structure.md, eq. 1): how far price goes in an hour, its jumps between bars counted.

TR_i  = max(high_i, close_i-1) - min(low_i, close_i-1)
ATR_n = mean of the first n TR;   after it  ATR_i = ((n - 1) ATR_i-1 + TR_i) / n          (Wilder 1978, n = 14)
"""

from __future__ import annotations

import numpy as np

from liqscape.insight.structure.bars import PriceBars
from liqscape.units import Float64Array

ATR_BARS = 14


def average_true_range(bars: PriceBars, count: int = ATR_BARS) -> Float64Array:
    """(N,) USD, as of the end of each bar; NaN until `count` true ranges follow one another.

    A bar behind a hole has no true range, for its jump is not of one bar: the average begins anew there.
    """
    found = np.full(len(bars), np.nan)
    if not len(bars):
        return found
    before = np.concatenate((bars.close[:1], bars.close[:-1]))
    ranges = np.maximum(bars.high, before) - np.minimum(bars.low, before)
    total, seen, average = 0.0, 0, np.nan
    for row, (size, is_cut) in enumerate(zip(ranges.tolist(), bars.is_after_hole.tolist(), strict=True)):
        if is_cut:
            total, seen, average = 0.0, 0, np.nan
            continue
        seen += 1
        if seen < count:
            total += size
            continue
        average = (total + size) / count if seen == count else ((count - 1) * average + size) / count
        found[row] = average
    return found
