"""First, low, high, last and the way between base bands, held against a plain loop over the prices."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liqscape.heatmap.grid import band_of_price
from liqscape.insight.minute_prices import BandPath, FourPoints
from liqscape.model.minute_notes import NEVER_MS

PRICES = st.one_of(
    st.floats(1e-6, 1e6),
    st.sampled_from([math.nan, 0.0, -1.0]),
    st.floats(99.0, 101.0),
    st.sampled_from([100.0, 100.1]),
)
MINUTES = st.lists(st.lists(st.lists(PRICES, min_size=3, max_size=3), max_size=8), min_size=1, max_size=3)
"""Minutes of updates of three markets."""


@given(MINUTES)
def test_four_points_are_those_of_a_plain_loop(minutes: list[list[list[float]]]) -> None:
    points, time_ms = FourPoints(3), 1_000
    for updates in minutes:
        begun_ms = time_ms
        for update in updates:
            time_ms += 3_000
            points.add(np.array(update), time_ms)
        for market in range(3):
            seen = [
                (update[market], begun_ms + 3_000 * (number + 1))
                for number, update in enumerate(updates)
                if update[market] > 0.0
            ]
            found = {name: (points.price[name][market], int(points.time_ms[name][market])) for name in points.price}
            assert points.is_known[market] == bool(seen)
            if seen:
                wanted = {"first": seen[0], "low": min(seen), "high": max(seen, key=lambda each: (each[0], -each[1])),
                          "last": seen[-1]}  # fmt: skip
                assert found == wanted
            else:
                assert all(math.isnan(price) and at_ms == NEVER_MS for price, at_ms in found.values())
        points.clear()


@given(MINUTES)
def test_the_path_has_each_price_of_another_base_band_than_the_one_before(minutes: list[list[list[float]]]) -> None:
    path, time_ms = BandPath(3), 1_000
    band: dict[int, int] = {}
    for updates in minutes:
        wanted: list[tuple[int, int, float]] = []
        for update in updates:
            time_ms += 3_000
            path.add(np.array(update), time_ms)
            for market, price in enumerate(update):
                now = int(band_of_price(np.array([price]))[0]) if price > 0.0 else None
                if now is not None and band.get(market) != now:
                    band[market] = now
                    wanted.append((market, time_ms, price))
        rows = path.take()
        found = list(zip(*(rows[name].tolist() for name in ("market_index", "at_ms", "mark")), strict=True))
        assert found == sorted(wanted, key=lambda row: row[:2])
    assert not len(path.take()["mark"])


def test_markets_that_are_listed_later_begin_with_their_first_price() -> None:
    points, path = FourPoints(1), BandPath(1)
    for each in (points, path):
        each.add(np.array([10.0]), 1)
        each.grow(2)
        each.add(np.array([10.0, 5.0]), 2)
    assert points.time_ms["first"].tolist() == [1, 2]
    assert points.time_ms["last"].tolist() == [2, 2]
    assert path.take()["at_ms"].tolist() == [1, 2]
