"""Sums of bands are sums of whole numbers (docs/heatmap.md, eq. 8): exact, and so the same in any order.

Of a position with so many coins whose level is a price, a band's sums take

    lots = coins * 10^size_decimals                       a whole number: the exchange knows no other sizes
    steps = round( coins * price * USD_STEPS )            its level notional, to the nearest 2^-17 USD
    fifths = 5 * lots, or lots beyond 100,000 USD         its first order, in fifths of a lot

and 1. As floats these are exact below 2^53: rows of 1.8e15 lots and of 137 billion USD. Beyond that, and where a size
is no whole number of lots (made-up markets), a sum is rounded as usual and depends on the order in the last digit.
"""

from __future__ import annotations

from liqscape.risk.ladder import PARTIAL_SHARE, PARTIAL_THRESHOLD_USD

USD_STEPS = 65_536.0
"""2^16 steps of level notional in a USD."""
FIFTHS = float(round(1.0 / PARTIAL_SHARE))
PARTIAL_THRESHOLD_STEPS = PARTIAL_THRESHOLD_USD * USD_STEPS
TO_WHOLE = 1.5 * 2.0**52
"""A number that is added to it and taken away again is a whole one, the nearest, below 2^51."""
WHOLE_WITHIN = 2.0**-44
"""Relative: 0.3 coins of one decimal are 3.0000000000000004 lots."""
MAX_LOTS = 2.0**53 / FIFTHS
"""Of a market whose sums are sure to be exact."""
