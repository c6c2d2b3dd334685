"""Whose books and best prices are followed: most near the mark first, with hysteresis, in the room that is left."""

from __future__ import annotations

import numpy as np
from populations import TABLES, make_accounts, make_markets, make_snapshot
from stored_moments import moment_of

from liqscape.feed.socket.limits import MAX_SUBSCRIPTIONS, MAX_USERS
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.grid import band_middle
from liqscape.model.markets import Market, Markets
from liqscape.service.collecting.book_places import (
    NEAR,
    BookSubscription,
    BookWishes,
    choose_books,
    near_usd,
    room_for_books,
)
from liqscape.service.collecting.subscriptions import ALWAYS
from liqscape.wire.ws.bbo import BboSubscription
from liqscape.wire.ws.l2_book import L2BookSubscription

COINS = ("A", "B", "C", "D", "GONE")
MARKETS = Markets.build(
    Market(coin=coin, size_decimals=1, max_leverage=10, table_row=0, is_delisted=coin == "GONE") for coin in COINS
)
MID = np.array([70_000.0, 1.5, np.nan, 0.04, 5.0])
WISHES = BookWishes(9, 9)
NEAR_USD = np.array([5.0, 9.0, 99.0, 0.0, 99.0])
WORTH = np.array([np.nan, 2.0, 3.0, 4.0, 5.0])


def chosen(
    near: np.ndarray = NEAR_USD,  # type: ignore[type-arg]
    followed: set[BookSubscription] | None = None,
    wishes: BookWishes = WISHES,
    room: int = 100,
) -> list[BookSubscription]:
    return choose_books(MARKETS, MID, near, WORTH, followed=followed or set(), wishes=wishes, room=room)


def coins(found: list[BookSubscription], kind: type[BookSubscription]) -> list[str]:
    return [each.coin for each in found if isinstance(each, kind)]


def test_coins_with_most_near_the_mark_come_first_and_nobody_follows_what_is_not_quoted() -> None:
    for kind in (BboSubscription, L2BookSubscription):
        assert coins(chosen(), kind) == ["B", "A", "D"]


def test_books_are_joined_to_as_many_figures_as_reach_one_percent() -> None:
    figures = {each.coin: each.nSigFigs for each in chosen() if isinstance(each, L2BookSubscription)}
    assert figures == {"A": 3, "B": 4, "D": 3}


def test_best_prices_take_their_places_before_books_and_both_keep_to_the_room() -> None:
    found = chosen(wishes=BookWishes(2, 9), room=3)
    assert coins(found, BboSubscription) == ["B", "A"]
    assert coins(found, L2BookSubscription) == ["B"]
    assert chosen(room=0) == []
    assert chosen(wishes=BookWishes(0, 0)) == []


def test_a_coin_keeps_its_place_until_another_has_twice_as_much_near_its_mark() -> None:
    wishes = BookWishes(0, 1)
    followed: set[BookSubscription] = {L2BookSubscription("A", 3)}
    for near, kept in ((9.9, "A"), (10.1, "B")):
        found = chosen(np.array([5.0, near, 0.0, 0.0, 0.0]), followed, wishes)
        assert coins(found, L2BookSubscription) == [kept]


def test_contexts_mids_prints_and_accounts_come_first() -> None:
    assert room_for_books(500) == MAX_SUBSCRIPTIONS - len(ALWAYS) - 2 * MAX_USERS - 500
    assert room_for_books(5_000) == 0


def test_near_the_mark_counts_what_the_bands_of_both_sides_hold_within_five_percent() -> None:
    snapshot = make_snapshot(3, make_markets(4))
    accounts = make_accounts(3, snapshot, 60)
    frame = build_frame(accounts, snapshot, TABLES, Provenance("test", "test", True, ""))
    expected = np.zeros(len(snapshot.mark))
    for row, band, size in zip(frame.bands.market_index, frame.bands.band, frame.bands.size, strict=True):
        mark = snapshot.mark[row]
        if abs(float(band_middle(np.array([band]))[0]) / mark - 1.0) <= NEAR:
            expected[row] += size * mark
    assert np.count_nonzero(expected) >= 2
    np.testing.assert_allclose(near_usd(moment_of(frame, accounts, TABLES)), expected, rtol=1e-12)
