"""Cluster detection and asymmetry on planted maps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.heatmap.asymmetry import asymmetry
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.clusters import find_clusters, largest_cluster, nearest_cluster
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.grid import band_of_price
from liqscape.model import Accounts, MarketSnapshot
from liqscape.units import Side

MARK = 100.0


def planted(levels: list[tuple[float, float]], mark: float = MARK) -> MarketFrame:
    """A frame of one coin with isolated positions at (level price, notional at mark; negative = short)."""
    sizes = np.array([notional / mark for _, notional in levels])
    prices = np.array([price for price, _ in levels])
    raw_usd = -sizes * prices + np.abs(sizes) * prices / 20.0  # 10x table: maintenance 5 %
    count = len(levels)
    accounts = Accounts.build(
        addresses=[str(row) for row in range(count)],
        address_row=range(count),
        raw_usd=raw_usd,
        offsets=range(count + 1),
        market_index=[1] * count,
        size=sizes,
        table_row=[1] * count,
    )
    snapshot = MarketSnapshot.of_marks(make_markets(2), 0, np.array([1.0, mark]))
    return build_frame(accounts, snapshot, TABLES, Provenance("generated", "planted", True))


def test_two_planted_heaps_are_found_with_side_span_and_sum() -> None:
    longs = [(94.9 + step * 0.02, 1_000_000.0) for step in range(10)]
    shorts = [(108.0 + step * 0.02, -500_000.0) for step in range(5)]
    clusters = find_clusters(planted(longs + shorts), 1)
    assert [cluster.side for cluster in clusters] == [Side.LONG, Side.SHORT]
    long, short = clusters
    assert long.notional == pytest.approx(10_000_000.0)
    assert long.position_count == 10
    assert long.price_low <= 94.9
    assert long.price_high >= 95.08
    assert long.distance_percent == pytest.approx(-5.0, abs=0.3)
    assert short.notional == pytest.approx(2_500_000.0)
    assert short.distance_percent == pytest.approx(8.0, abs=0.3)
    # every position above 100k sends a fifth first
    assert long.first_order_notional == pytest.approx(2_000_000.0)


def test_heaps_apart_are_clusters_apart_and_the_nearest_is_by_distance() -> None:
    frame = planted([(98.0, 1_000.0), (90.0, 9_000.0), (104.0, -2_000.0), (130.0, -8_000.0)])
    clusters = find_clusters(frame, 1)
    assert len(clusters) == 4
    near, far = nearest_cluster(clusters, Side.LONG), largest_cluster(clusters, Side.LONG)
    assert near is not None
    assert far is not None
    assert near.notional == pytest.approx(1_000.0)
    assert far.notional == pytest.approx(9_000.0)


@given(st.integers(0, 2**32))
def test_no_band_is_in_two_clusters_and_none_holds_more_than_its_bands(seed: int) -> None:
    snapshot = make_snapshot(seed, make_markets(3))
    frame = build_frame(make_accounts(seed, snapshot, 300), snapshot, TABLES, Provenance("generated", "random", True))
    for market in range(3):
        clusters = find_clusters(frame, market)
        bands = frame.bands.of_market(market)
        for side in Side:
            spans = sorted((c.price_low, c.price_high) for c in clusters if c.side == side)
            assert all(first[1] <= second[0] * (1 + 1e-12) for first, second in pairwise(spans))
            held = float(bands.size[bands.side == side].sum() * snapshot.mark[market])
            assert sum(c.notional for c in clusters if c.side == side) <= held * (1 + 1e-12)
        assert [c.notional for c in clusters] == sorted((c.notional for c in clusters), reverse=True)


def test_a_coin_without_mark_has_no_clusters_and_no_asymmetry() -> None:
    frame = planted([(98.0, 1_000.0)], mark=MARK)
    unknown = build_frame(
        Accounts.empty(), MarketSnapshot.of_marks(make_markets(2), 0, np.full(2, np.nan)), TABLES, frame.provenance
    )
    assert find_clusters(unknown, 1) == ()
    assert asymmetry(unknown, 1) == ()


def test_asymmetry_counts_longs_below_and_shorts_above_within_each_distance() -> None:
    frame = planted([(99.5, 100.0), (98.5, 200.0), (96.0, 400.0), (91.0, 800.0), (100.7, -1_000.0), (104.0, -2_000.0)])
    rows = asymmetry(frame, 1)
    assert [row.distance_percent for row in rows] == [1.0, 2.0, 5.0, 10.0]
    assert [row.long_below_notional for row in rows] == pytest.approx([100.0, 300.0, 700.0, 1_500.0])
    assert [row.short_above_notional for row in rows] == pytest.approx([1_000.0, 1_000.0, 3_000.0, 3_000.0])
    assert rows[0].imbalance == pytest.approx(900.0 / 1_100.0)


def test_asymmetry_is_unknown_where_nothing_is_near() -> None:
    rows = asymmetry(planted([(80.0, 100.0)]), 1)
    assert [row.imbalance for row in rows] == [None] * 4


@given(st.integers(0, 2**32), st.sampled_from([1.0, 2.0, 5.0, 10.0]))
def test_asymmetry_reconciles_with_the_bands(seed: int, percent: float) -> None:
    snapshot = make_snapshot(seed, make_markets(2))
    frame = build_frame(make_accounts(seed, snapshot, 200), snapshot, TABLES, Provenance("generated", "random", True))
    mark = float(snapshot.mark[0])
    low, centre = band_of_price(np.array([mark * (1 - percent / 100), mark]))
    bands = frame.bands.of_market(0)
    chosen = (bands.side == 1) & (bands.band >= low) & (bands.band <= centre)
    (row,) = asymmetry(frame, 0, (percent,))
    assert row.long_below_notional == pytest.approx(float(frame.notional(bands)[chosen].sum()))
