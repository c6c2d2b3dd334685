"""Order books of a server: of the coin asked about as they are, of others where they are usable."""

from __future__ import annotations

import numpy as np

from liqscape.cascade import BookSource, RealBook
from liqscape.feed.info_client import InfoClient
from liqscape.service.market_inputs.api_accounts import Progress
from liqscape.units import Float64Array
from liqscape.wire.answer import parse_answer
from liqscape.wire.info.l2_book import L2Book, L2BookRequest

MAX_BOOKS = 40


async def read_books(client: InfoClient, coins: list[str], focus: str, progress: Progress) -> dict[str, BookSource]:
    """Books of the first MAX_BOOKS coins; None where there is none that can be used."""
    wanted = coins[:MAX_BOOKS]
    contents = await client.ask_all([L2BookRequest(coin) for coin in wanted])
    progress("order books", len(wanted), len(wanted))
    return {
        coin: _book(content, f"{client.url}/info l2Book {coin}", must_be=coin == focus)
        for coin, content in zip(wanted, contents, strict=True)
    }


def _book(content: bytes, source: str, *, must_be: bool) -> BookSource:
    """A usable book; None where it is not, unless it is the coin asked about: then the run says what is wrong."""
    # A union with None is no class for the checker, so the null is looked for first.
    if content.strip() == b"null":
        return None
    answer = parse_answer(content, L2Book, source)
    sides = [
        np.array([(level.px, level.sz) for level in levels if level.sz > 0.0], np.float64).reshape(-1, 2)
        for levels in answer.levels
    ]
    bids, asks = sides
    if not must_be and not _is_usable(bids, asks):
        return None
    return RealBook(bids, asks)


def _is_usable(bids: Float64Array, asks: Float64Array) -> bool:
    """Both sides there, best first, not crossed."""
    if not len(bids) or not len(asks) or bids[0, 0] >= asks[0, 0]:
        return False
    return bool((np.diff(bids[:, 0]) < 0.0).all() and (np.diff(asks[:, 0]) > 0.0).all())
