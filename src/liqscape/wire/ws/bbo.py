"""Channel `bbo`, subscribed by coin: best bid and ask, whenever they change with a block."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.l2_book import BookLevel


class Bbo(msgspec.Struct, frozen=True):
    """Bid, ask; null where the side is empty."""

    coin: str
    time: int
    bbo: tuple[BookLevel | None, BookLevel | None]
