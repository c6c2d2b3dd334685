"""Each block of the sandbox, told over its channels: mids, best prices and depth are those of the engine at once."""

from __future__ import annotations

import numpy as np
from live_records import Speaker
from small_sandbox import BTC, ETH, FIRST_PRICES, SmallSandbox, eventful_sandbox

from liqscape.exchange.columns import POST_ONLY
from liqscape.feed.records import RecordKind
from liqscape.model.events import BestPricesObserved, DepthObserved, Event, MidsObserved
from liqscape.sandbox.answers import ws_snapshot, ws_updates
from liqscape.sandbox.answers.l2_book import build_book
from liqscape.sandbox.books import book_events
from liqscape.sources.live.assembler import Assembler
from liqscape.wire.book_depth import figures_to_reach, measure_depth
from liqscape.wire.ws.bbo import BboSubscription
from liqscape.wire.ws.fast_asset_ctxs import FastAssetCtxsSubscription
from liqscape.wire.ws.l2_book import L2BookSubscription

FIGURES = figures_to_reach(FIRST_PRICES[BTC])
FOLLOWED = (FastAssetCtxsSubscription(), BboSubscription("BTC"), L2BookSubscription("BTC", FIGURES))


def test_after_every_block_what_is_known_is_what_stands_in_the_books() -> None:
    world = eventful_sandbox()
    speaker, assembler = Speaker(world), Assembler(("",))
    for record in speaker.listing():
        assembler.feed(record)
    mid, best, depth = np.empty(0), np.empty(0), np.empty(0)
    depth_count = 0

    def hear(events: list[Event]) -> None:
        nonlocal mid, best, depth, depth_count
        for event in events:
            if isinstance(event, MidsObserved):
                mid = event.mid
            elif isinstance(event, BestPricesObserved):
                best = np.array([event.bid[0], event.ask[0]])
            elif isinstance(event, DepthObserved):
                depth = np.array([event.bid_usd[0], event.ask_usd[0]])
                depth_count += 1
                book = build_book(world.exchange, BTC, FIGURES)
                told = measure_depth(book, mid[BTC])
                np.testing.assert_array_equal(depth, [told.bid_usd, told.ask_usd])

    for subscription in FOLLOWED:
        for data in ws_snapshot(subscription, world.state):
            hear(assembler.feed(speaker.message(subscription.channel(), data)))
    for number in range(12):
        _stir(world, number)
        for subscription in FOLLOWED:
            for data in ws_updates(subscription, world.state, world.outputs[-1]):
                hear(assembler.feed(speaker.message(subscription.channel(), data)))
        truth, prices, _ = book_events(world.exchange, world.exchange.time_ms)
        assert isinstance(truth, MidsObserved)
        assert isinstance(prices, BestPricesObserved)
        np.testing.assert_allclose(mid, truth.mid, rtol=1e-12)
        np.testing.assert_array_equal(best, [prices.bid[BTC], prices.ask[BTC]])
    assert depth_count >= 6
    assert np.isfinite(depth[:, 1]).all()
    assert assembler.books.unread_count == 0
    lost = assembler.feed(speaker.record(RecordKind.LOST, "1", b'{"reason": "cut", "subscriptions": []}'))
    assert not [event for event in lost if isinstance(event, MidsObserved)]


def _stir(world: SmallSandbox, number: int) -> None:
    """A block, some 250 ms later, that moves the books of two coins."""
    price = FIRST_PRICES[BTC] * (1.0 - 0.0004 * number)
    world.step(
        250,
        world.order(7, BTC, 0.1, round(price), POST_ONLY),
        world.order(7, ETH, -0.1 if number % 2 else 0.1),
    )
