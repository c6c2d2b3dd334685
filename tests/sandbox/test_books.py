"""What the sandbox's books say as events is what stands in them, to the last order."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from small_sandbox import BTC, LONELY, SmallSandbox, eventful_sandbox

from liqscape.exchange.scale import price_scale
from liqscape.model.events import BestPricesObserved, DepthObserved, MidsObserved
from liqscape.sandbox.answers.contexts import mid_price
from liqscape.sandbox.books import book_events, mids

SPANS = [Fraction(5, 1000), Fraction(1, 100), Fraction(2, 100)]


def exact_depth(world: SmallSandbox, row: int, side: int) -> list[Fraction]:
    """USD within each span of the mid, level by level."""
    market = world.markets.rows[row]
    prices, lots = price_scale(market.size_decimals), 10**market.size_decimals
    books = world.exchange.depth(row, 1_000)
    mid = Fraction(int(books[0][0][0]) + int(books[1][0][0]), 2)
    return [
        sum(
            (Fraction(int(ticks), prices) * Fraction(int(size), lots))
            for ticks, size, _ in books[side]
            if abs(Fraction(int(ticks)) / mid - 1) <= span
        )
        for span in SPANS
    ]


def test_mids_best_prices_and_depth_are_those_of_the_books() -> None:
    world = eventful_sandbox()
    mid, best, depth = book_events(world.exchange, world.exchange.time_ms)
    assert isinstance(mid, MidsObserved)
    assert isinstance(best, BestPricesObserved)
    assert isinstance(depth, DepthObserved)
    quoted = 0
    for row in range(len(world.markets)):
        told = mid_price(world.exchange, row)
        if told is None:
            assert math.isnan(mid.mid[row])
            assert np.isnan([depth.bid_usd[row], depth.ask_usd[row]]).all()
            continue
        quoted += 1
        bids, asks = world.exchange.depth(row, 1)
        scale = price_scale(world.markets.rows[row].size_decimals)
        assert math.isclose(mid.mid[row], told, rel_tol=1e-12)
        assert (best.bid[row], best.ask[row]) == (bids[0][0] / scale, asks[0][0] / scale)
        for side, usd in enumerate((depth.bid_usd[row], depth.ask_usd[row])):
            np.testing.assert_allclose(usd, [float(each) for each in exact_depth(world, row, side)], rtol=1e-12)
    assert quoted >= 3
    np.testing.assert_allclose(mids(world.exchange), mid.mid, rtol=1e-12)


def test_a_book_with_one_empty_side_has_a_best_price_but_no_mid_and_no_depth() -> None:
    world = SmallSandbox()
    maker = world.open(1, 1e6)
    world.step(100, world.order(maker, BTC, 1.0, 69_000.0))
    mid, best, depth = book_events(world.exchange, world.exchange.time_ms)
    assert best.bid[BTC] == 69_000.0  # type: ignore[union-attr]
    assert np.isnan(best.ask[BTC])  # type: ignore[union-attr]
    assert np.isnan(mid.mid[BTC])  # type: ignore[union-attr]
    assert np.isnan(depth.bid_usd[[BTC, LONELY]]).all()  # type: ignore[union-attr]
