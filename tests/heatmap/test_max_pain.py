"""Max pain against a plain loop, on planted and on random maps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.build import build_bands
from liqscape.heatmap.grid import LOG_WIDTH, band_of_price
from liqscape.heatmap.max_pain import MaxPain, find_max_pain
from liqscape.risk.liquidation import solve_roots
from liqscape.units import Side

MARK = 100.0


def planted(*levels: tuple[float, float]) -> Bands:
    """Bands of (price, coins; negative = short)."""
    rows = sorted(
        (int(band_of_price(np.array([price]))[0]), math.copysign(1, size), abs(size)) for price, size in levels
    )
    count = len(rows)
    return Bands(
        market_index=np.zeros(count, np.int32),
        band=np.array([band for band, _, _ in rows], np.int32),
        side=np.array([side for _, side, _ in rows], np.int8),
        margin_source=np.zeros(count, np.uint8),
        size=np.array([size for _, _, size in rows]),
        level_notional=np.zeros(count),
        first_order_size=np.zeros(count),
        position_count=np.ones(count, np.int32),
    )


def slow_max_pain(bands: Bands, mark: float, side: Side) -> tuple[int, float, float] | None:
    """(cell, USD in it, USD to there): cell by cell from the mark on."""
    centre = math.floor(int(band_of_price(np.array([mark]))[0]) / 2)
    last = math.floor(int(band_of_price(np.array([mark * (1 - side * 0.1)]))[0]) / 2)
    best, walked = None, 0.0
    for cell in range(centre, last - side, -side):
        held = sum(
            float(size) * mark
            for band, of_side, size in zip(bands.band, bands.side, bands.size, strict=True)
            if of_side == side and math.floor(band / 2) == cell
        )
        walked += held
        if held > 0.0 and (best is None or held > best[1] * (1 + 1e-12)):
            best = (cell, held, walked)
    return best


def cell_of(found: MaxPain) -> int:
    return math.floor(math.log(math.sqrt(found.price_low * found.price_high)) / LOG_WIDTH / 2)


@given(st.integers(0, 2**32), st.integers(1, 200), st.sampled_from(list(Side)))
def test_max_pain_is_what_a_walk_from_the_mark_finds(seed: int, pools: int, side: Side) -> None:
    snapshot = make_snapshot(seed, make_markets(2))
    accounts = make_accounts(seed, snapshot, pools)
    bands, _ = build_bands(accounts, snapshot, solve_roots(accounts, snapshot, TABLES))
    for market in range(2):
        mark = float(snapshot.mark[market])
        found, slow = (find(bands.of_market(market), mark, side) for find in (find_max_pain, slow_max_pain))
        if slow is None:
            assert found is None
            continue
        assert isinstance(found, MaxPain)
        assert found.notional == pytest.approx(slow[1])
        assert found.notional_to_there == pytest.approx(slow[2])
        assert cell_of(found) == slow[0]


def test_longs_below_and_shorts_above_are_found_and_the_way_there_is_summed() -> None:
    # at a mark of 100: 2 coins long at 99 and 5 at 96 are 500 USD at 96, 700 USD on the way; 3 short at 104 are 300 USD
    bands = planted((99.0, 2.0), (96.0, 5.0), (104.0, -3.0))
    long, short = (find_max_pain(bands, MARK, side) for side in (Side.LONG, Side.SHORT))
    assert long is not None
    assert short is not None
    assert (long.notional, long.notional_to_there) == pytest.approx((500.0, 700.0))
    assert long.price_low <= 96.0 < long.price_high
    assert long.distance_percent == pytest.approx(-4.0, abs=0.1)
    assert (short.notional, short.notional_to_there) == pytest.approx((300.0, 300.0))
    assert short.distance_percent == pytest.approx(4.0, abs=0.1)


def test_what_is_farther_than_ten_percent_does_not_count() -> None:
    found = find_max_pain(planted((89.0, 1_000.0), (95.0, 1.0)), MARK, Side.LONG)
    assert found is not None
    assert found.notional == pytest.approx(100.0)
    assert find_max_pain(planted((89.0, 1_000.0)), MARK, Side.LONG) is None


def test_a_level_on_the_wrong_side_of_the_mark_does_not_count() -> None:
    assert find_max_pain(planted((102.0, 5.0)), MARK, Side.LONG) is None
    assert find_max_pain(planted((98.0, -5.0)), MARK, Side.SHORT) is None


def test_among_equals_the_nearest_to_the_mark_is_told() -> None:
    bands = planted((98.0, 4.0), (92.0, 4.0), (102.0, -4.0), (108.0, -4.0))
    for side, price in ((Side.LONG, 98.0), (Side.SHORT, 102.0)):
        found = find_max_pain(bands, MARK, side)
        assert found is not None
        assert found.price_low <= price < found.price_high


def test_an_unknown_mark_has_no_max_pain() -> None:
    assert find_max_pain(planted((98.0, 4.0)), math.nan, Side.LONG) is None
