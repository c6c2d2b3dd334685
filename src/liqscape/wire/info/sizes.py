"""How large an answer of the info API may be before it is not read any further.

Four answers may be read at once, and each is held about twice while it is joined and checked: what a server can make
this program hold is eight times the largest bound of what is asked all the time. Evidence: bytes of recorded answers
(a position 400 to 450, a market with its contexts 540, a dex of perpDexs with its caps 3,500), times the most rows
there can be, doubled.
"""

from __future__ import annotations

KB, MB = 1_000, 1_000_000
MAX_BYTES = {
    "exchangeStatus": 64 * KB,  # a time and a few words
    "userAbstraction": 64 * KB,
    "userRole": 64 * KB,
    "orderStatus": 64 * KB,
    "l2Book": 256 * KB,  # 40 levels: 3.4 kB recorded
    "clearinghouseState": 1 * MB,  # 34 positions: 13.5 kB recorded; 1,000 would be 450 kB
    "spotClearinghouseState": 1 * MB,  # a balance 100 bytes, 500 tokens
    "perpDexs": 2 * MB,  # 31 kB recorded, of nine dexs
    "batchClearinghouseStates": 16 * MB,  # 50 accounts of up to 340 positions; the usual one is below 0.5 MB
    "candleSnapshot": 2 * MB,  # 5,000 candles of 150 bytes
    "vaultDetails": 8 * MB,  # followers and paths of value
}
USUAL_BYTES = 8 * MB
"""Listings with contexts (1,000 markets: 0.6 MB), lists of 2,000 fills (0.8 MB), and every type not named."""
MAX_LISTING_BYTES = 96 * MB
"""The leaderboard, once in hours and alone: 30 to 35 MB in 2026, growing with its accounts."""


def max_bytes(kind: str | None) -> int:
    """Bound for a type of request; None: a listing that is no info request."""
    return MAX_LISTING_BYTES if kind is None else MAX_BYTES.get(kind, USUAL_BYTES)
