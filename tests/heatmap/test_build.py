"""Bands against a slow twin, and the sums that must hold."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.heatmap.bands import OutsideReason
from liqscape.heatmap.build import HALF_SPAN, build_bands, build_frame, window_start, windows
from liqscape.heatmap.exact_sums import USD_STEPS
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.grid import band_edge, band_of_price
from liqscape.heatmap.kernels import MANY_POSITIONS
from liqscape.heatmap.merge import merge_bands
from liqscape.heatmap.rest import sum_positions
from liqscape.model import Accounts, MarketSnapshot
from liqscape.risk.liquidation import LevelStatus, solve_liquidation, solve_roots
from liqscape.units import MarginSource

SOURCE = Provenance("generated", "test", True)


def make_frame(seed: int, pools: int, markets: int = 9) -> tuple[MarketFrame, Accounts]:
    snapshot = make_snapshot(seed, make_markets(markets))
    accounts = make_accounts(seed, snapshot, pools)
    return build_frame(accounts, snapshot, TABLES, SOURCE), accounts


@given(st.integers(0, 2**32), st.integers(1, 60))
def test_bands_are_the_positions_put_in_their_band_one_by_one(seed: int, pools: int) -> None:
    snapshot = make_snapshot(seed, make_markets(7))
    accounts = make_accounts(seed, snapshot, pools)
    frame = build_frame(accounts, snapshot, TABLES, SOURCE)
    solved = solve_liquidation(accounts, snapshot, TABLES)
    start = window_start(snapshot.mark)
    pool = accounts.pool_of_position()
    expected: dict[tuple[int, int, int, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    rest: dict[tuple[int, int, int], int] = defaultdict(int)
    for row in range(accounts.position_count):
        market, size, price = int(accounts.market_index[row]), float(accounts.size[row]), float(solved.price[row])
        if solved.status[row] != LevelStatus.OK:
            rest[market, int(size < 0), int(OutsideReason.NO_LEVEL)] += 1
            continue
        band = int(band_of_price(np.array([price]))[0])
        if band < start[market] or band >= start[market] + 2 * HALF_SPAN:
            reason = OutsideReason.BELOW if band < start[market] else OutsideReason.ABOVE
            rest[market, int(size < 0), int(reason)] += 1
            continue
        cell = expected[market, band, 1 if size > 0 else -1, int(accounts.margin_source[pool[row]])]
        cell[0] += abs(size)
        cell[1] += abs(size) * price
        cell[2] += abs(size) * (0.2 if abs(size) * price > 100_000.0 else 1.0)
        cell[3] += 1
    bands = frame.bands
    keys = list(
        zip(
            bands.market_index.tolist(),
            bands.band.tolist(),
            bands.side.tolist(),
            bands.margin_source.tolist(),
            strict=True,
        )
    )
    assert keys == sorted(expected)
    for row, key in enumerate(keys):
        size, level, first, count = expected[key]
        values = (bands.size[row], bands.first_order_size[row], bands.position_count[row])
        assert values == pytest.approx((size, first, count), rel=1e-12)
        assert bands.level_notional[row] == pytest.approx(level, rel=1e-12, abs=count / 2 / USD_STEPS)
    counted = {
        key: int(frame.outside.position_count[key])
        for key in zip(*np.nonzero(frame.outside.position_count), strict=True)
    }
    assert counted == rest


@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(1, 9))
def test_a_frame_without_bands_says_the_same_of_all_positions_to_the_bit(seed: int, pools: int, markets: int) -> None:
    random = np.random.default_rng(seed)
    snapshot = make_snapshot(seed, make_markets(markets))
    mark = np.where(random.random(markets) < 0.1, np.nan, snapshot.mark * 10.0 ** random.integers(-3, 3, markets))
    accounts = make_accounts(seed, snapshot, pools)
    accounts = replace(
        accounts,
        is_exempt=random.random(pools) < 0.1,
        margin_source=random.integers(0, len(MarginSource), pools).astype(np.uint8),
        raw_usd=np.where(random.random(pools) < 0.1, np.nan, accounts.raw_usd * random.choice([1.0, 50.0], pools)),
    )
    snapshot = replace(snapshot, mark=mark)
    full = build_frame(accounts, snapshot, TABLES, SOURCE)
    bare = build_frame(accounts, snapshot, TABLES, SOURCE, with_bands=False)
    assert len(bare.bands) == 0
    for name in ("size", "position_count"):
        assert getattr(bare.outside, name).tobytes() == getattr(full.outside, name).tobytes(), name
    for field in fields(MarketFrame):
        own, other = getattr(bare, field.name), getattr(full, field.name)
        if isinstance(own, np.ndarray):
            assert own.tobytes() == other.tobytes(), field.name
        elif field.name not in ("bands", "outside", "snapshot"):
            assert own == other, field.name


def test_levels_on_the_edges_of_the_window_are_told_apart_alike_with_and_without_bands() -> None:
    """A level of a lone isolated long is given by its cash: put it an ulp either side of both edges."""
    snapshot = make_snapshot(1, make_markets(1))
    start = int(window_start(snapshot.mark)[0])
    low, high = band_edge(start), band_edge(start + 2 * HALF_SPAN)
    roots = np.array([np.nextafter(edge, way) for edge in (low, high) for way in (0.0, edge, np.inf)])
    accounts = make_accounts(1, snapshot, 40)
    accounts = accounts.take(np.flatnonzero(np.diff(accounts.offsets) == 1)[: len(roots)])
    assert accounts.position_count == len(roots)
    _, expected = build_bands(accounts, snapshot, roots)
    outside, _ = sum_positions(accounts, roots, windows(snapshot), 2 * HALF_SPAN)
    assert outside.position_count.tolist() == expected.position_count.tolist()
    assert outside.position_count[:, :, OutsideReason.BELOW].sum() == 1
    assert outside.position_count[:, :, OutsideReason.ABOVE].sum() == 2


@given(st.integers(0, 2**32))
def test_bands_plus_the_stated_rest_equal_the_positions_to_the_cent(seed: int) -> None:
    frame, accounts = make_frame(seed, 80)
    notional = np.abs(accounts.size) * frame.snapshot.mark[accounts.market_index]
    total = float(notional.sum())
    banded = float(frame.notional(frame.bands).sum())
    rest = float((frame.outside.size.sum(axis=(1, 2)) * frame.snapshot.mark).sum())
    assert abs(banded + rest - total) < max(0.01, 1e-14 * total)
    counts = int(frame.bands.position_count.sum()) + int(frame.outside.position_count.sum())
    assert counts == accounts.position_count == int(frame.position_count.sum())


def test_prices_on_and_beside_an_edge_fall_where_the_grid_says() -> None:
    bands = np.arange(14_000, 14_400, dtype=np.int32)
    edges = band_edge(bands)
    for price in (
        edges,
        np.nextafter(edges, 0.0),
        np.nextafter(edges, np.inf),
        edges * (1 + 3e-10),
        edges * (1 - 3e-10),
    ):
        accounts, snapshot = _longs_with_levels(price)
        root = solve_roots(accounts, snapshot, TABLES)
        np.testing.assert_array_equal(_expand(build_bands(accounts, snapshot, root)[0]), np.sort(band_of_price(root)))


@pytest.mark.parametrize("positions", [1, MANY_POSITIONS, MANY_POSITIONS + 1])
def test_a_market_of_few_and_of_many_positions_has_a_row_for_each_band_that_holds_something(positions: int) -> None:
    random = np.random.default_rng(positions)
    accounts, snapshot = _longs_with_levels(1_100.0 * np.exp(random.uniform(-1.9, 1.9, positions)))
    root = solve_roots(accounts, snapshot, TABLES)
    bands, _ = build_bands(accounts, snapshot, root)
    band, count = np.unique(band_of_price(root), return_counts=True)
    assert (bands.band.tolist(), bands.position_count.tolist()) == (band.tolist(), count.tolist())


def test_exempt_accounts_are_kept_apart_and_counted() -> None:
    snapshot = make_snapshot(1, make_markets(9))
    accounts = make_accounts(1, snapshot, 100)
    exempt = accounts.is_exempt.copy()
    exempt[10:20] = True
    frame = build_frame(replace(accounts, is_exempt=exempt), snapshot, TABLES, SOURCE)
    held = np.isin(accounts.pool_of_position(), np.arange(10, 20))
    assert frame.outside.position_count[:, :, OutsideReason.EXEMPT].sum() == held.sum()
    assert frame.outside.size[:, :, OutsideReason.EXEMPT].sum() == pytest.approx(np.abs(accounts.size[held]).sum())


def test_positions_of_a_coin_without_mark_are_unknown_not_gone() -> None:
    snapshot = make_snapshot(1, make_markets(9))
    accounts = make_accounts(1, snapshot, 200)
    marks = snapshot.mark.copy()
    marks[2] = np.nan
    frame = build_frame(accounts, MarketSnapshot.of_marks(snapshot.markets, 0, marks), TABLES, SOURCE)
    held = accounts.market_index == 2
    assert frame.outside.position_count[2, :, OutsideReason.UNKNOWN].sum() == held.sum()
    assert len(frame.bands.of_market(2)) == 0


def test_coverage_is_all_sizes_over_twice_the_open_interest_and_unknown_without_it() -> None:
    snapshot = make_snapshot(1, make_markets(3))
    accounts = make_accounts(1, snapshot, 50)
    interest = np.array([1_000.0, np.nan, 0.0])
    frame = build_frame(accounts, replace(snapshot, open_interest=interest), TABLES, SOURCE)
    expected = np.abs(accounts.size[accounts.market_index == 0]).sum() / 2_000.0
    assert frame.coverage[0] == pytest.approx(expected)
    assert np.isnan(frame.coverage[1:]).all()


@pytest.mark.parametrize("level", [0, 1, 3, 7, 12])
def test_merging_keeps_every_sum(level: int) -> None:
    frame, _ = make_frame(6, 400)
    merged = merge_bands(frame.bands, level)
    for column in ("size", "level_notional", "first_order_size", "position_count"):
        assert getattr(merged, column).sum() == pytest.approx(getattr(frame.bands, column).sum(), rel=1e-12)
    keys = list(zip(merged.market_index, merged.band, merged.side, merged.margin_source, strict=True))
    assert keys == sorted(set(keys))
    assert set(merged.band.tolist()) == {band >> level for band in frame.bands.band.tolist()}


def test_order_of_accounts_changes_no_band() -> None:
    snapshot = make_snapshot(8, make_markets(9))
    accounts = make_accounts(8, snapshot, 500)
    shuffled = accounts.take(np.random.default_rng(1).permutation(500))
    one, two = (build_frame(rows, snapshot, TABLES, SOURCE).bands for rows in (accounts, shuffled))
    np.testing.assert_array_equal(one.band, two.band)
    np.testing.assert_allclose(one.size, two.size, rtol=1e-13)  # sizes here are no whole lots
    np.testing.assert_array_equal(one.position_count, two.position_count)


def test_an_empty_market_gives_an_empty_frame_with_unknown_ages() -> None:
    snapshot = make_snapshot(1, make_markets(2))
    frame = build_frame(Accounts.empty(), snapshot, TABLES, SOURCE)
    assert len(frame.bands) == 0
    assert (frame.oldest_age_ms, frame.median_age_ms) == (-1, -1)


def test_a_long_above_100k_sends_a_fifth_at_once() -> None:
    accounts, snapshot = _longs_with_levels(np.array([1_000.0, 1_000.0]), size=np.array([99.0, 101.0]))
    bands, _ = build_bands(accounts, snapshot, solve_roots(accounts, snapshot, TABLES))
    assert bands.first_order_size.sum() == pytest.approx(99.0 + 20.2)


def _longs_with_levels(price: np.ndarray, size: np.ndarray | None = None) -> tuple[Accounts, MarketSnapshot]:  # type: ignore[type-arg]
    """One isolated long a price, whose level is that price to within an ulp or so."""
    count = len(price)
    sizes = np.ones(count) if size is None else size
    snapshot = MarketSnapshot.of_marks(make_markets(3), 0, np.array([1.0, 1100.0, 1.0]))
    raw_usd = -price * sizes * (1.0 - 1.0 / 20.0)
    accounts = Accounts.build(
        addresses=[str(row) for row in range(count)],
        address_row=range(count),
        raw_usd=raw_usd,
        offsets=range(count + 1),
        market_index=[1] * count,
        size=sizes,
        table_row=[1] * count,
    )
    return accounts, snapshot


def _expand(bands: object) -> np.ndarray:  # type: ignore[type-arg]
    return np.repeat(bands.band, bands.position_count)  # type: ignore[attr-defined]


def test_half_span_is_a_factor_of_seven_and_three_quarters() -> None:
    assert math.exp(HALF_SPAN * math.log1p(0.0005)) == pytest.approx(7.75, abs=0.01)
