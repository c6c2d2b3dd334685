"""A view of the stream: prices become whole steps of bands, and what makes no sense is refused in a sentence."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import QuestionError
from liqscape.heatmap.grid import band_edge
from liqscape.service.streaming.stream_view import SHARED_BANDS, StreamView, stream_view

PRICES = st.floats(1e-6, 1e6)


@given(low=PRICES, ratio=st.floats(1.0001, 100.0), level=st.integers(0, 8))
def test_view_holds_its_prices_and_is_widened_by_less_than_a_step(low: float, ratio: float, level: int) -> None:
    view = stream_view("BTC", level=level, price_low=low, price_high=low * ratio)
    assert view.first_band is not None
    assert view.end_band is not None
    assert view.first_band % SHARED_BANDS == view.end_band % SHARED_BANDS == 0
    assert float(band_edge(view.first_band, level)) <= low * (1 + 1e-12)
    assert float(band_edge(view.end_band, level)) > low * ratio
    bands = math.log(ratio) / math.log(1.0005) / 2**level
    assert view.end_band - view.first_band <= bands + 2 * SHARED_BANDS + 1


@given(low=st.floats(1.0, 1.02), high=st.floats(1.09, 1.11))
def test_neighbouring_prices_are_few_views(low: float, high: float) -> None:
    views = {stream_view("BTC", level=0, price_low=low, price_high=price) for price in (high, high * 1.0001)}
    assert {view.first_band for view in views} <= {0}
    assert len(views) <= 2


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"level": 13}, "level 13 is outside 0..12"),
        ({"level": 0, "price_low": 0.0}, "price_low 0.0 is outside"),
        ({"level": 0, "price_high": math.inf}, "price_high inf is outside"),
        ({"level": 0, "price_low": 2.0, "price_high": 2.0}, "price_low 2.0 is not below price_high 2.0"),
        ({"level": 0, "side": 0}, "side 0 is neither"),
        ({"level": 0, "every_ms": -1}, "every_ms -1 is outside 0..60000"),
        ({"level": 0, "every_ms": 60_001}, "every_ms 60001 is outside 0..60000"),
        ({"price_low": 1.0}, "need a level"),
        ({"every_ms": 5}, "need a level"),
    ],
)
def test_view_without_sense_is_refused(question: dict, said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        stream_view("BTC", **question)


def test_another_coin_is_looked_at_whole() -> None:
    view = stream_view("BTC", level=2, price_low=1.0, price_high=2.0, side=1, every_ms=500, encoding="deflate")
    assert view.of_coin("ETH") == StreamView(
        coin="ETH", level=2, first_band=None, end_band=None, side=1, every_ms=500, encoding="deflate"
    )
