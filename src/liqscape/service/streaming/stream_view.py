"""What a reader of the stream wants to see of one coin, how often, and in which bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from liqscape.errors import QuestionError
from liqscape.heatmap.grid import band_of_price, merge_band
from liqscape.model.markets import Markets
from liqscape.service.questions import check_level, check_prices, check_side

Encoding = Literal["text", "deflate"]

SHARED_BANDS = 64
"""Prices are widened to multiples of so many bands, so that readers who look at about the same share their messages."""
MAX_EVERY_MS = 60_000


@dataclass(frozen=True, kw_only=True)
class StreamView:
    """What a reader looks at; readers of equal views get the same bytes.

    level       of the price grid, sides summed over margin sources; None: every row of the base grid, each frame.
    first_band, end_band: bands in [first, end) at that level; None: all of the coin.
    side        1 or -1; None: both.
    every_ms    messages are at least this far apart; what came between is in the next.
    encoding    text: JSON. deflate: the same, compressed (zlib, RFC 1950), in a binary message.
    """

    coin: str
    level: int | None = None
    first_band: int | None = None
    end_band: int | None = None
    side: int | None = None
    every_ms: int = 0
    encoding: Encoding = "text"

    @property
    def key(self) -> str:
        """A connection has one view of a coin at most."""
        return key_of_frames(self.coin)

    def is_listed(self, markets: Markets) -> bool:
        """Whether the coin is."""
        return markets.find(self.coin) is not None

    def of_coin(self, coin: str) -> StreamView:
        """The same of another coin, at all its prices."""
        return replace(self, coin=coin, first_band=None, end_band=None)


def key_of_frames(coin: str) -> str:
    """Of the one view of a coin that a connection may have."""
    return f"frames of {coin}"


def stream_view(
    coin: str,
    *,
    level: int | None = None,
    price_low: float | None = None,
    price_high: float | None = None,
    side: int | None = None,
    every_ms: int = 0,
    encoding: Encoding = "text",
) -> StreamView:
    """The view of a question; prices are widened to whole steps of SHARED_BANDS bands. Raises QuestionError."""
    checked_every_ms(every_ms)
    if level is None:
        if (price_low, price_high, side) != (None, None, None) or every_ms:
            raise QuestionError("price_low, price_high, side and every_ms need a level of the price grid")
        return StreamView(coin=coin, encoding=encoding)
    check_level(level)
    check_side(side)
    check_prices(("price_low", price_low), ("price_high", price_high))
    if price_low is not None and price_high is not None and not price_low < price_high:
        raise QuestionError(f"price_low {price_low} is not below price_high {price_high}")
    first = None if price_low is None else _band(price_low, level) // SHARED_BANDS * SHARED_BANDS
    end = None if price_high is None else -(-(_band(price_high, level) + 1) // SHARED_BANDS) * SHARED_BANDS
    return StreamView(
        coin=coin, level=level, first_band=first, end_band=end, side=side, every_ms=every_ms, encoding=encoding
    )


def checked_every_ms(every_ms: int) -> int:
    """The same. Raises QuestionError for one out of bounds."""
    if not 0 <= every_ms <= MAX_EVERY_MS:
        raise QuestionError(f"every_ms {every_ms} is outside 0..{MAX_EVERY_MS}")
    return every_ms


def _band(price: float, level: int) -> int:
    return int(merge_band(band_of_price(np.array([price])), level)[0])
