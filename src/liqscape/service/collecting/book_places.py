"""Which coins' best prices and books are followed: those with most to be liquidated near the mark, as far as there is
room among the subscriptions the exchange allows.

Contexts, mids, two places for each account whose state is followed, and prints come first; what they leave is for best
prices, then for books.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple

import numpy as np

from liqscape.feed.socket.limits import MAX_SUBSCRIPTIONS, MAX_USERS
from liqscape.heatmap.grid import band_middle
from liqscape.heatmap.moment import Moment
from liqscape.model.markets import Markets
from liqscape.service.collecting.subscriptions import ALWAYS
from liqscape.units import Float64Array
from liqscape.wire.book_depth import figures_to_reach
from liqscape.wire.ws.bbo import BboSubscription
from liqscape.wire.ws.l2_book import L2BookSubscription

BookSubscription = BboSubscription | L2BookSubscription

NEAR = 0.05
"""Levels within so much of the mark count."""
KEPT_FACTOR = 2.0
"""A coin keeps its place until another has so many times as much near its mark: each change is a gap of its depth."""


class BookWishes(NamedTuple):
    """How many coins of each at most."""

    best_prices: int
    books: int


def near_usd(moment: Moment) -> Float64Array:
    """(M,) USD at the mark of what would be liquidated within NEAR of it, both sides together; 0 without a mark."""
    bands, mark = moment.frame.bands, np.nan_to_num(moment.frame.snapshot.mark)
    of_row = mark[bands.market_index]
    is_near = np.abs(band_middle(bands.band) - of_row) <= NEAR * of_row
    usd = np.bincount(bands.market_index, weights=bands.size * of_row * is_near, minlength=len(mark))
    return usd.astype(np.float64)


def room_for_books(print_count: int) -> int:
    """Subscriptions that are left beside so many prints."""
    return max(0, MAX_SUBSCRIPTIONS - 2 * MAX_USERS - len(ALWAYS) - print_count)


def choose_books(
    markets: Markets,
    mid: Float64Array,
    near: Float64Array,
    worth: Float64Array,
    *,
    followed: Set[BookSubscription],
    wishes: BookWishes,
    room: int,
) -> list[BookSubscription]:
    """Best prices and books of the coins that are quoted, most near the mark first, then most open interest.

    mid (M,) NaN: nobody quotes, or it is not known: nothing to follow. near, worth (M,) USD. followed: what is now.
    """
    quoted = [row for row in np.flatnonzero(mid > 0.0).tolist() if not markets.rows[row].is_delisted]
    best_count = min(wishes.best_prices, room)
    best = {each.coin for each in followed if isinstance(each, BboSubscription)}
    books = {each.coin for each in followed if isinstance(each, L2BookSubscription)}
    first = _ranked(markets, quoted, near, worth, best)[:best_count]
    chosen: list[BookSubscription] = [BboSubscription(markets.coins[row]) for row in first]
    most = _ranked(markets, quoted, near, worth, books)[: min(wishes.books, room - len(chosen))]
    return [*chosen, *(L2BookSubscription(markets.coins[row], figures_to_reach(float(mid[row]))) for row in most)]


def _ranked(
    markets: Markets, rows: Sequence[int], near: Float64Array, worth: Float64Array, kept: Set[str]
) -> list[int]:
    def rank(row: int) -> tuple[float, float]:
        factor = KEPT_FACTOR if markets.coins[row] in kept else 1.0
        return -factor * float(near[row]), -factor * float(np.nan_to_num(worth[row]))

    return sorted(rows, key=rank)
