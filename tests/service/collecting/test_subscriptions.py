"""Which prints are followed where the exchange allows fewer subscriptions than it has markets, and who is in doubt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from liqscape.feed.socket.limits import MAX_SUBSCRIPTIONS, MAX_USERS
from liqscape.model.markets import Market, Markets
from liqscape.service.collecting.subscriptions import (
    ALWAYS,
    CONTEXTS,
    MAX_PRINTS,
    MIDS,
    FeedSubscription,
    wanted_subscriptions,
)
from liqscape.wire.ws.trades import TradesSubscription

MARKETS = Markets.build(
    Market(coin=coin, size_decimals=1, max_leverage=10, table_row=0, dex=dex)
    for coin, dex in [("A", ""), ("B", ""), ("x:C", "x"), ("D", "")]
)
DELISTED = Markets.build(
    [*MARKETS.rows, Market(coin="E", size_decimals=1, max_leverage=10, table_row=0, is_delisted=True)]
)
DEXS = ("", "x")
WORTH = np.array([1.0, np.nan, 9.0, 4.0])


def coins(subscriptions: Sequence[FeedSubscription]) -> list[str]:
    return [each.coin for each in subscriptions if isinstance(each, TradesSubscription)]


def test_all_markets_that_are_traded_have_their_prints_in_the_order_of_the_listing() -> None:
    wanted, left_out = wanted_subscriptions(DELISTED, DEXS, np.append(WORTH, 99.0))
    assert wanted[0] == CONTEXTS
    assert coins(wanted) == ["A", "B", "x:C", "D"]
    assert left_out == []
    assert coins(wanted_subscriptions(MARKETS, ("",), WORTH)[0]) == ["A", "B", "D"]


def test_where_room_is_short_markets_with_most_open_interest_get_it() -> None:
    wanted, left_out = wanted_subscriptions(MARKETS, DEXS, WORTH, room=2)
    assert coins(wanted) == ["x:C", "D"]
    assert set(coins(left_out)) == {"A", "B"}


def test_a_market_keeps_its_place_until_another_is_worth_twice_as_much() -> None:
    for worth, kept in ((7.9, "D"), (8.1, "A")):
        moved = np.array([worth, 0.0, 9.0, 4.0])
        assert coins(wanted_subscriptions(MARKETS, DEXS, moved, {"D"}, room=2)[0])[1] == kept


def test_prints_contexts_and_accounts_fit_into_what_one_address_may_subscribe_to() -> None:
    assert MAX_PRINTS + len(ALWAYS) + 2 * MAX_USERS == MAX_SUBSCRIPTIONS


def test_with_an_own_node_no_prints_are_subscribed_to() -> None:
    assert wanted_subscriptions(MARKETS, DEXS, WORTH, with_trades=False) == ([CONTEXTS, MIDS], [])
