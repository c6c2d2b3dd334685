"""Books joined to fewer figures, against exact decimals."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_sandbox import BTC, FIRST_PRICES, MARKETS, SmallSandbox, quotes

from liqscape.sandbox.answers import answer_info
from liqscape.sandbox.answers.l2_book import join_levels
from liqscape.wire.info.l2_book import LEVELS

SETTINGS = [(2, 1), (3, 1), (4, 1), (5, 1), (5, 2), (5, 5)]


def joined_slowly(levels: list[tuple[int, int, int]], figures: int, mantissa: int, *, is_up: bool) -> list[list[int]]:
    """By decimals: each price to so many figures, times the mantissa's steps, away from the middle."""
    sums: dict[int, list[int]] = {}
    for ticks, lots, orders in levels:
        price = Decimal(ticks)
        unit = max(Decimal(mantissa).scaleb(price.adjusted() + 1 - figures), Decimal(mantissa))
        steps = (price / unit).to_integral_value(ROUND_CEILING if is_up else ROUND_FLOOR)
        held = sums.setdefault(int(steps * unit), [0, 0])
        held[0] += lots
        held[1] += orders
    return [[price, *held] for price, held in sums.items()]


@given(
    st.lists(st.integers(1, 2_000_000), min_size=1, max_size=60, unique=True),
    st.sampled_from(SETTINGS),
    st.booleans(),
)
def test_joined_levels_are_those_of_the_definition(prices: list[int], how: tuple[int, int], is_up: bool) -> None:
    figures, mantissa = how
    levels = [(price, row + 1, 1) for row, price in enumerate(sorted(prices, reverse=not is_up))]
    side = np.array(levels, np.int64)
    assert join_levels(side, figures, mantissa, 1_000, is_up=is_up) == joined_slowly(
        levels, figures, mantissa, is_up=is_up
    )
    few = join_levels(side, figures, mantissa, 3, is_up=is_up)
    assert few == joined_slowly(levels, figures, mantissa, is_up=is_up)[:3]


@pytest.fixture(scope="module")
def deep() -> SmallSandbox:
    """Thirty price levels a side."""
    world = SmallSandbox()
    maker = world.open(1, 100_000_000.0)
    for step in range(10):
        shifted = tuple(price * (1 + 0.004 * step) for price in FIRST_PRICES)
        lower = tuple(price * (1 - 0.004 * step) for price in FIRST_PRICES)
        world.step(
            100,
            *(row for row in quotes(world, maker, tuple(map(_round, shifted))) if row[3] < 0),
            *(row for row in quotes(world, maker, tuple(map(_round, lower))) if row[3] > 0),
        )
    return world


def _round(price: float) -> float:
    return float(f"{price:.3g}")


def book(world: SmallSandbox, coin: str, **more: object) -> Any:
    return answer_info({"type": "l2Book", "coin": coin, **more}, world.state)


@pytest.mark.parametrize("coin", MARKETS.coins)
def test_a_book_shows_twenty_levels_best_first(deep: SmallSandbox, coin: str) -> None:
    bids, asks = book(deep, coin)["levels"]
    assert 10 <= len(bids) <= LEVELS
    assert 10 <= len(asks) <= LEVELS
    assert [float(level["px"]) for level in bids] == sorted((float(level["px"]) for level in bids), reverse=True)
    assert [float(level["px"]) for level in asks] == sorted(float(level["px"]) for level in asks)
    assert float(bids[0]["px"]) < float(asks[0]["px"])


@pytest.mark.parametrize(("figures", "mantissa"), SETTINGS)
def test_joining_loses_no_size_and_keeps_to_its_figures(deep: SmallSandbox, figures: int, mantissa: int) -> None:
    whole = deep.exchange.depth(BTC, 1_000)
    joined = book(deep, "BTC", nSigFigs=figures, mantissa=mantissa if figures == 5 else None)["levels"]
    for side, levels in zip(whole, joined, strict=True):
        assert len(levels) <= LEVELS
        for level in levels:
            digits = Decimal(level["px"]).normalize().as_tuple().digits
            assert len(digits) <= figures
        if len(levels) < LEVELS:
            assert sum(float(level["sz"]) for level in levels) == pytest.approx(side[:, 1].sum() / 1e5)
            assert sum(level["n"] for level in levels) == side[:, 2].sum()


def test_five_figures_are_the_book_itself_where_prices_have_no_more(deep: SmallSandbox) -> None:
    assert book(deep, "BTC", nSigFigs=5)["levels"] == book(deep, "BTC", nSigFigs=None)["levels"]
