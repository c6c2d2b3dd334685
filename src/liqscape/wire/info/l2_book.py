"""`{"type": "l2Book", "coin", "nSigFigs", "mantissa"}`: an order book, 20 price levels a side.

`nSigFigs` 2 to 5 rounds prices (bids down, asks up) to that many significant figures and joins them; with 5, `mantissa`
2 or 5 makes the steps that much wider. Null asks for every price. Bids come first, best first.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest
from liqscape.wire.info.sizes import KB
from liqscape.wire.info.weights import LIGHT_WEIGHT

LEVELS = 20
"""Levels a side."""
FAST_LEVELS = 5
"""With `fast`."""


class BookLevel(msgspec.Struct, frozen=True):
    """USD, coins, number of orders."""

    px: float
    sz: float
    n: int


class L2Book(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One book. `spread` comes with joined prices only, `fast` where it was asked for."""

    coin: str
    levels: tuple[tuple[BookLevel, ...], tuple[BookLevel, ...]]
    time: int
    spread: float | None = None
    fast: bool | None = None


L2BookAnswer = L2Book | None
"""Null for a coin that is not listed."""


class L2BookRequest(InfoRequest[L2BookAnswer], frozen=True, tag="l2Book"):
    """Order book of one coin."""

    coin: str
    nSigFigs: int | None = None
    mantissa: int | None = None
    fast: bool | None = None

    weight: ClassVar = LIGHT_WEIGHT
    max_bytes: ClassVar = 256 * KB  # 40 levels: 3.4 kB recorded
    example: ClassVar = Example(
        '{"type": "l2Book", "coin": "BTC"}',
        '{"coin": "BTC", "time": 1770000000000, "levels": [[{"px": "99999.0", "sz": "0.5", "n": 2}], '
        '[{"px": "100001.0", "sz": "0.3", "n": 1}]]}',
    )
