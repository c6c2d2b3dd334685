"""How large an answer of the info API may be before it is not read any further.

Four answers may be read at once, and each is held about twice while it is joined and checked: what a server can make
this program hold is eight times the largest bound of what is asked all the time. Evidence: bytes of recorded answers
(a position 400 to 450, a market with its contexts 540, a dex of perpDexs with its caps 3,500), times the most rows
there can be, doubled. A bound other than the usual stands in the record of the request.
"""

from __future__ import annotations

KB, MB = 1_000, 1_000_000
FEW_WORDS_BYTES = 64 * KB
"""A time, a role, one order."""
USUAL_BYTES = 8 * MB
"""Listings with contexts (1,000 markets: 0.6 MB), lists of 2,000 fills (0.8 MB), and every type that says no other."""
MAX_LISTING_BYTES = 96 * MB
"""The leaderboard, once in hours and alone: 30 to 35 MB in 2026, growing with its accounts."""
