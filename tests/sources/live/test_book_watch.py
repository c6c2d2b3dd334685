"""Mids, best prices and depth as events: what is told, what is lost, and that no frame hangs on them."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from assembled_market import ALICE, BOB, SECOND_NS, Market, contexts
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.feed.records import Record, RecordKind
from liqscape.model.events import (
    BestPricesObserved,
    DepthObserved,
    Event,
    FrameDue,
    MarksUpdated,
    MidsObserved,
    TradesPrinted,
)
from liqscape.sources.live.assembler import Assembler
from liqscape.sources.live.book_watch import BOOK_AGE_NS, LEFT, SILENT_NS
from liqscape.sources.live.mids import CONTEXTS_AGE_NS, FAST_AGE_NS
from liqscape.wire.book_depth import measure_depth
from liqscape.wire.info.l2_book import BookLevel, L2Book
from liqscape.wire.ws.fast_asset_ctxs import FastContext, pack_fast_asset_contexts

BTC, QUIET, OIL = range(3)
OF_BOOKS = (MidsObserved, BestPricesObserved, DepthObserved)


def message(channel: str, data: object) -> bytes:
    return msgspec.json.encode({"channel": channel, "data": data})


def fast(**mids: float | None) -> bytes:
    """A message with mids by coin; x_OIL stands for x:OIL."""
    named = {coin.replace("_", ":"): FastContext(midPx=mid) for coin, mid in mids.items()}
    return message("fastAssetCtxs", pack_fast_asset_contexts(named))


def best(coin: str, bid: str | None, ask: str | None, time_ms: int) -> bytes:
    rows = [None if price is None else {"px": price, "sz": "2", "n": 1} for price in (bid, ask)]
    return message("bbo", {"coin": coin, "time": time_ms, "bbo": rows})


def book(coin: str, time_ms: int, *, bids: int = 20, asks: int = 20) -> bytes:
    """Steps of 0.02 USD about 10, joined."""
    sides = [
        [{"px": str(round(10 - 0.02 * n, 2)), "sz": "3", "n": 1} for n in range(1, bids + 1)],
        [{"px": str(round(10 + 0.02 * n, 2)), "sz": "5", "n": 1} for n in range(1, asks + 1)],
    ]
    return message("l2Book", {"coin": coin, "time": time_ms, "levels": sides, "spread": "0.04"})


class Heard:
    """A market of which BTC, QUIET and x:OIL have a mark of 10, and what it says about books."""

    def __init__(self) -> None:
        self.market = Market()
        self.market.reported(["", contexts("10", "10")], ["x", contexts("10")])

    def message(self, content: bytes, subject: str = "1") -> list[Event]:
        return self.of_books(self.market.feed(RecordKind.MESSAGE, subject, content))

    def tick(self, passed_ns: int = 0) -> list[Event]:
        return self.of_books(self.market.tick(passed_ns // 1_000_000))

    def lost(self, subject: str, *subscriptions: object) -> list[Event]:
        content = msgspec.json.encode({"reason": "cut", "subscriptions": subscriptions})
        return self.of_books(self.market.feed(RecordKind.LOST, subject, content))

    def contexts(self, *mids: float | None) -> list[Event]:
        """Of the first dex."""
        rows = [{"markPx": "10", "oraclePx": "10", "openInterest": "10", "funding": "0", "midPx": mid} for mid in mids]
        return self.of_books(self.market.reported(["", rows]))

    def of_books(self, events: list[Event]) -> list[Event]:
        return [event for event in events if isinstance(event, OF_BOOKS)]

    @property
    def now_ms(self) -> int:
        return self.market.now_ms


@pytest.fixture
def heard() -> Heard:
    return Heard()


def mids(events: list[Event]) -> list[float]:
    """Of the one event, unknown as -1."""
    (event,) = events
    assert isinstance(event, MidsObserved)
    return [-1.0 if math.isnan(mid) else mid for mid in event.mid.tolist()]


def test_mids_of_all_dexs_are_told_and_those_that_are_not_sent_again_are_as_they_were(heard: Heard) -> None:
    assert mids(heard.message(fast(BTC=10.5, x_OIL=9.5))) == [10.5, -1.0, 9.5]
    assert mids(heard.message(fast(BTC=10.25, QUIET=10.0, SPOT=1.0))) == [10.25, 10.0, 9.5]


def test_a_mid_of_null_is_a_book_that_nobody_quotes_not_the_last_price(heard: Heard) -> None:
    heard.message(fast(BTC=10.5))
    assert mids(heard.message(fast(BTC=None))) == [-1.0, -1.0, -1.0]


@pytest.mark.parametrize("mid", [15.1, 6.6, 0.0, -10.0])
def test_a_mid_that_cannot_be_one_of_the_market_is_unknown_and_counted(heard: Heard, mid: float) -> None:
    heard.message(fast(BTC=10.5))
    assert mids(heard.message(fast(BTC=mid)))[BTC] == -1.0
    assert heard.market.assembler.books.mids.refused_count == 1


def test_a_lost_connection_leaves_no_mid_known_until_it_is_told_again(heard: Heard) -> None:
    heard.message(fast(BTC=10.5, QUIET=10.0), "2")
    assert heard.lost("1", {"type": "trades", "coin": "BTC"}, {"type": "allDexsAssetCtxs"}) == []
    assert mids(heard.lost("2", {"type": "fastAssetCtxs"})) == [-1.0, -1.0, -1.0]
    assert mids(heard.message(fast(QUIET=9.9), "2")) == [-1.0, 9.9, -1.0]


def test_mids_that_are_silent_are_unknown_once(heard: Heard) -> None:
    heard.message(fast(BTC=10.5))
    assert heard.tick(FAST_AGE_NS - SECOND_NS) == []
    assert mids(heard.tick(2 * SECOND_NS)) == [-1.0, -1.0, -1.0]
    assert heard.tick(SECOND_NS) == []


def test_a_damaged_message_leaves_unknown_what_changed_in_it_and_contexts_fill_it_up(heard: Heard) -> None:
    heard.message(fast(BTC=10.5, QUIET=10.0))
    assert mids(heard.message(message("fastAssetCtxs", "bm9uc2Vuc2U="))) == [-1.0, -1.0, -1.0]
    assert heard.market.assembler.books.unread_count == 1
    assert mids(heard.contexts(10.25, None)) == [10.25, -1.0, -1.0]


def test_contexts_never_take_the_place_of_a_newer_mid(heard: Heard) -> None:
    heard.message(fast(BTC=10.5))
    assert mids(heard.contexts(10.25, 9.0)) == [10.5, 9.0, -1.0]


def test_without_the_fast_channel_mids_come_from_contexts_and_age_with_them(heard: Heard) -> None:
    assert mids(heard.contexts(10.25, 9.0)) == [10.25, 9.0, -1.0]
    assert mids(heard.contexts(10.5, 9.0)) == [10.5, 9.0, -1.0]
    assert mids(heard.tick(CONTEXTS_AGE_NS + SECOND_NS)) == [-1.0, -1.0, -1.0]


def test_best_prices_are_of_their_own_time_and_an_empty_side_is_unknown(heard: Heard) -> None:
    (event,) = heard.message(best("QUIET", "9.9", None, heard.now_ms - 300))
    assert isinstance(event, BestPricesObserved)
    assert (event.time_ms, event.market_index.tolist()) == (heard.now_ms - 301, [QUIET])
    assert (event.bid.item(), event.bid_size.item()) == (9.9, 2.0)
    assert math.isnan(event.ask.item())
    assert math.isnan(event.ask_size.item())


@pytest.mark.parametrize(("bid", "ask"), [("9.9", "9.9"), ("9.9", "9.8"), ("0", "9.8"), ("9.9", "15.1")])
def test_best_prices_that_cannot_be_are_unknown(heard: Heard, bid: str, ask: str) -> None:
    heard.message(best("QUIET", "9.9", "10.1", heard.now_ms))
    (event,) = heard.message(best("QUIET", bid, ask, heard.now_ms))
    assert isinstance(event, BestPricesObserved)
    assert np.isnan([event.bid, event.ask, event.bid_size, event.ask_size]).all()
    assert heard.market.assembler.books.best_count == 0


def test_depth_of_a_book_is_about_the_mid_that_is_known(heard: Heard) -> None:
    heard.message(fast(BTC=10.01))
    (event,) = heard.message(book("BTC", heard.now_ms))
    levels = [[BookLevel(10 + way * 0.02 * n, size, 1) for n in range(1, 21)] for way, size in ((-1, 3.0), (1, 5.0))]
    told = L2Book(coin="BTC", time=1, levels=(tuple(levels[0]), tuple(levels[1])), spread=0.04)
    expected = measure_depth(told, 10.01)
    assert isinstance(event, DepthObserved)
    assert event.market_index.tolist() == [BTC]
    np.testing.assert_allclose(event.bid_usd, expected.bid_usd[None, :], rtol=1e-9)
    np.testing.assert_allclose(event.ask_usd, expected.ask_usd[None, :], rtol=1e-9)
    assert expected.mid == 10.01


def test_a_book_that_does_not_come_again_is_unknown(heard: Heard) -> None:
    heard.message(book("BTC", heard.now_ms))
    heard.tick(BOOK_AGE_NS - SECOND_NS)
    heard.message(book("QUIET", heard.now_ms))
    (event,) = heard.tick(2 * SECOND_NS)
    assert isinstance(event, DepthObserved)
    assert event.market_index.tolist() == [BTC]
    assert np.isnan([event.bid_usd, event.ask_usd]).all()
    assert heard.market.assembler.books.book_count == 1


def test_a_lost_connection_takes_the_books_and_best_prices_that_came_over_it(heard: Heard) -> None:
    heard.message(book("BTC", heard.now_ms), "8")
    heard.message(best("BTC", "9.9", "10.1", heard.now_ms), "8")
    heard.message(best("QUIET", "9.9", "10.1", heard.now_ms), "9")
    of_btc = {"type": "l2Book", "coin": "BTC", "nSigFigs": 3}, {"type": "bbo", "coin": "BTC"}
    best_prices, depth = heard.lost("8", *of_btc)
    assert isinstance(best_prices, BestPricesObserved)
    assert isinstance(depth, DepthObserved)
    assert (best_prices.market_index.tolist(), depth.market_index.tolist()) == ([BTC], [BTC])
    assert np.isnan([best_prices.bid, best_prices.ask]).all()
    assert np.isnan([depth.bid_usd, depth.ask_usd]).all()
    assert heard.lost("8", *of_btc) == []


def test_a_coin_that_is_followed_no_longer_is_unknown(heard: Heard) -> None:
    heard.message(book("BTC", heard.now_ms), "8")
    heard.message(book("QUIET", heard.now_ms), "8")
    (event,) = heard.lost(LEFT, {"type": "l2Book", "coin": "BTC", "nSigFigs": 3}, {"type": "bbo", "coin": "QUIET"})
    assert isinstance(event, DepthObserved)
    assert event.market_index.tolist() == [BTC]


def test_best_prices_of_a_connection_that_says_nothing_are_unknown(heard: Heard) -> None:
    heard.message(best("BTC", "9.9", "10.1", heard.now_ms), "8")
    heard.tick(SILENT_NS - SECOND_NS)
    heard.message(b'{"channel":"pong"}', "8")
    assert heard.tick(2 * SECOND_NS) == []
    (event,) = heard.tick(SILENT_NS)
    assert isinstance(event, BestPricesObserved)
    assert math.isnan(event.bid.item())


@pytest.mark.parametrize("channel", ["bbo", "l2Book"])
def test_a_damaged_book_leaves_its_own_coin_unknown_where_it_can_be_read_of_which(heard: Heard, channel: str) -> None:
    for coin in ("BTC", "QUIET"):
        heard.message(book(coin, heard.now_ms))
        heard.message(best(coin, "9.9", "10.1", heard.now_ms))
    (event,) = heard.message(message(channel, {"coin": "BTC", "time": "x"}))
    assert isinstance(event, BestPricesObserved | DepthObserved)
    assert event.market_index.tolist() == [BTC]
    rows = [row for each in heard.message(message(channel, {"time": 1})) for row in each.market_index.tolist()]  # type: ignore[union-attr]
    assert rows == [QUIET]


def test_a_book_before_the_listing_is_known_says_nothing() -> None:
    assembler = Assembler(None)
    assert assembler.feed(Record(RecordKind.MESSAGE, "1", book("BTC", 1), SECOND_NS)) == []


WORDS = st.lists(
    st.tuples(
        st.integers(0, 1_500), st.sampled_from(["fast", "best", "book", "bad", "marks", "print", "tick", "lost"])
    ),
    max_size=40,
)


@given(WORDS)
@settings(max_examples=40, deadline=None)
def test_everything_else_is_the_same_to_the_bit_with_these_messages_and_without(words: list[tuple[int, str]]) -> None:
    with_books, without = Market(), Market()
    for number, (passed_ms, word) in enumerate(words):
        said = []
        for market in (with_books, without):
            market.now_ms += passed_ms
            content = _content(word, number, market.now_ms)
            if market is without and word in ("fast", "best", "book", "bad"):
                market.now_ms += 1
                said.append([])
                continue
            kind = {"tick": RecordKind.TICK, "lost": RecordKind.LOST}.get(word, RecordKind.MESSAGE)
            events = market.feed(kind, "1" if kind is not RecordKind.TICK else "", content)
            said.append([_plain(event) for event in events if not isinstance(event, OF_BOOKS)])
        assert said[0] == said[1]


def _content(word: str, number: int, now_ms: int) -> bytes:
    price = 10.0 + number % 5 / 10
    match word:
        case "fast":
            return fast(BTC=price, QUIET=None)
        case "best":
            return best("BTC", str(price), str(price + 0.1), now_ms + 5_000)
        case "book":
            return book("BTC", now_ms)
        case "bad":
            return message("bbo", {"coin": "BTC"})
        case "marks":
            rows = [{"markPx": price, "oraclePx": price, "openInterest": "10", "midPx": price} for _ in range(2)]
            return message("allDexsAssetCtxs", {"ctxs": [["", rows]]})
        case "print":
            row = {"coin": "BTC", "side": "B", "px": "10", "sz": "1", "time": now_ms - 200, "tid": number}
            return message("trades", [row | {"users": [ALICE, BOB]}])
        case "lost":
            return msgspec.json.encode({"reason": "cut", "subscriptions": [{"type": "trades", "coin": "BTC"}]})
        case _:
            return b""


def _plain(event: Event) -> tuple[Any, ...]:
    more: tuple[Any, ...] = ()
    if isinstance(event, FrameDue):
        more = (event.is_stored,)
    elif isinstance(event, MarksUpdated):
        more = (event.snapshot.mark.tobytes(),)
    elif isinstance(event, TradesPrinted):
        more = (event.trades.trade_id.tobytes(),)
    return (type(event).__name__, event.time_ms, event.received_ns, *more)
