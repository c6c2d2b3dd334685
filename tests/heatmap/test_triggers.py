"""Trigger orders by band against plain loops, planted orders, and what no order may change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from populations import TABLES, make_accounts, make_markets, make_snapshot
from trigger_twin import bands_of, lines_to, send, stopped_of
from trigger_worlds import TriggerOrder, columns_of, make_knowledge, make_triggers, no_triggers

from liqscape.heatmap.absorption import DepthLine, line_prices, liquidation_line, resting_line, stop_line
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.coin_levels import CoinLevels, levels_of_coin
from liqscape.heatmap.coin_positions import positions_in
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.grid import band_of_price
from liqscape.heatmap.stopped import StoppedLevels, closed_before, stopped_levels
from liqscape.heatmap.stops_near import stops_near
from liqscape.heatmap.trigger_clusters import find_trigger_clusters
from liqscape.heatmap.trigger_orders import OrderLeftOut, TriggerFlow, WaitingOrders, waiting_orders
from liqscape.heatmap.triggers import flow_totals, trigger_bands, trigger_coverage
from liqscape.model import Accounts, Markets, MarketSnapshot
from liqscape.model.markets import Market
from liqscape.model.triggers import NOT_ON_MAP, TriggerColumns, TriggerKind, TriggerKnowledge

MARKETS = Markets.build((Market(coin="BTC", size_decimals=5, max_leverage=10, table_row=1),))
MARK = 100.0
NOW_MS = 60_000


def market(open_interest: float = float("nan"), mark: float = MARK) -> MarketSnapshot:
    """One coin at 100 USD."""
    known = np.array([mark])
    return MarketSnapshot(
        markets=MARKETS, time_ms=NOW_MS, mark=known, oracle=known, open_interest=np.array([open_interest])
    )


def holders(*sizes: float, leverage: float = 5.0) -> Accounts:
    """An address a position of the coin, opened at the mark; 0 holds none."""
    held = [row for row, size in enumerate(sizes) if size]
    return Accounts.build(
        addresses=[f"0x{row:040x}" for row in range(len(sizes))],
        address_row=held,
        raw_usd=[abs(sizes[row]) * MARK / leverage - sizes[row] * MARK for row in held],
        offsets=range(len(held) + 1),
        market_index=[0] * len(held),
        size=[sizes[row] for row in held],
        table_row=[1] * len(held),
    )


def order(
    account: int, price: float, size: float, *, side: int = -1, kind: int = 0, number: int = 1, **more: bool
) -> tuple[int, int, TriggerOrder]:
    """A reduce-only market stop sell, unless it is said otherwise; size 0: of the whole position."""
    made = TriggerOrder(
        order_id=number,
        side=side,
        kind=TriggerKind(kind),
        is_market=more.get("is_market", True),
        trigger_price=price,
        limit_price=price,
        size=size,
        is_whole_position=size == 0.0,
        is_reduce_only=more.get("is_reduce_only", True),
        placed_ms=0,
    )
    return 0, account, made


def waiting(accounts: Accounts, *rows: tuple[int, int, TriggerOrder], mark: float = MARK) -> WaitingOrders:
    """What these orders of the coin come to."""
    return waiting_orders(columns_of(rows), positions_in(accounts, 0), market(mark=mark), 0)


def left_out(orders: WaitingOrders) -> dict[str, int]:
    """Reasons that any order has."""
    return {OrderLeftOut(row).name.lower(): count for row, count in enumerate(orders.left_out.tolist()) if count}


@settings(max_examples=examples(120))
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(0, 120), st.integers(0, 6))
def test_orders_bands_levels_and_lines_are_those_of_plain_loops(seed: int, pools: int, count: int, level: int) -> None:
    snapshot = make_snapshot(seed, make_markets(3), 1_000)
    accounts = make_accounts(seed, snapshot, pools)
    accounts = replace(accounts, size=np.where(np.round(accounts.size, 2) == 0.0, 0.01, np.round(accounts.size, 2)))
    triggers = make_triggers(seed, accounts, snapshot, count)
    knowledge = make_knowledge(seed, accounts, snapshot.time_ms)
    for index in range(3):
        orders = waiting_orders(triggers, positions_in(accounts, index), snapshot, index)
        sent, reasons = send(triggers, accounts, snapshot, index)
        assert left_out(orders) == reasons
        bands = trigger_bands(orders, level)
        found = {
            (band, TriggerFlow(flow).name.lower()): tuple(figures)
            for band, flow, *figures in zip(
                bands.band.tolist(),
                bands.flow.tolist(),
                bands.size.tolist(),
                bands.notional.tolist(),
                bands.limit_notional.tolist(),
                bands.whole_position_notional.tolist(),
                bands.order_count.tolist(),
                bands.account_count.tolist(),
                strict=True,
            )
        }
        wanted = bands_of(sent, triggers, level)
        assert found.keys() == wanted.keys()
        for key, figures in wanted.items():
            assert found[key] == pytest.approx(figures)
        levels = levels_of_coin(accounts, snapshot, TABLES, index)
        stopped = stopped_levels(levels, orders, knowledge, snapshot.time_ms, level)
        assert _by_band(stopped) == {
            key: pytest.approx(row, abs=1e-9)
            for key, row in stopped_of(levels, sent, triggers, knowledge, level).items()
        }
        mark = float(snapshot.mark[index])
        prices = line_prices(mark, 60.0, 9)
        forced, stops = liquidation_line(levels, mark, prices), stop_line(orders, mark, prices)
        for place, price in enumerate(prices.tolist()):
            assert (forced[place], stops[place]) == pytest.approx(lines_to(price, mark, levels, sent, triggers))


def _by_band(stopped: StoppedLevels) -> dict[tuple[int, int], tuple[float, ...]]:
    keys = zip(stopped.band.tolist(), stopped.side.tolist(), strict=True)
    figures = (stopped.size, stopped.known_size, stopped.stopped_size, stopped.limit_stopped_size)
    return dict(zip(keys, zip(*(each.tolist() for each in figures), strict=True), strict=True))


@settings(max_examples=examples(60))
@given(st.integers(0, 2**32), st.integers(0, 80))
def test_the_order_of_accounts_and_numbers_of_orders_changes_nothing(seed: int, count: int) -> None:
    snapshot = make_snapshot(seed, make_markets(2))
    accounts = make_accounts(seed, snapshot, 20)
    triggers = make_triggers(seed, accounts, snapshot, count)
    turned = accounts.take(np.arange(accounts.pool_count)[::-1].copy())
    for index in range(2):
        first, second = (
            waiting_orders(triggers, positions_in(each, index), snapshot, index) for each in (accounts, turned)
        )
        for name in ("account", "flow", "price", "size", "closed", "left_out"):
            assert np.array_equal(getattr(first, name), getattr(second, name)), name


@settings(max_examples=examples(60))
@given(st.integers(0, 2**32), st.integers(0, 5))
def test_levels_beside_stops_are_those_of_the_frame(seed: int, level: int) -> None:
    snapshot = make_snapshot(seed, make_markets(3))
    accounts = make_accounts(seed, snapshot, 60)
    frame = build_frame(accounts, snapshot, TABLES, Provenance("generated", "random", True))
    for index in range(3):
        bands = frame.bands.of_market(index)
        wanted: dict[tuple[int, int], float] = {}
        for band, side, size in zip(bands.band.tolist(), bands.side.tolist(), bands.size.tolist(), strict=True):
            wanted[band >> level, side] = wanted.get((band >> level, side), 0.0) + size
        orders = waiting_orders(no_triggers(), positions_in(accounts, index), snapshot, index)
        stopped = stopped_levels(
            levels_of_coin(accounts, snapshot, TABLES, index), orders, make_knowledge(seed, accounts, 9), 9, level
        )
        assert {key: row[0] for key, row in _by_band(stopped).items()} == {
            key: pytest.approx(size) for key, size in wanted.items()
        }
        assert not stopped.stopped_size.any()
        assert not stopped.limit_stopped_size.any()


def test_the_size_of_a_whole_position_order_is_that_of_the_position() -> None:
    orders = waiting(holders(3.0), order(0, 95.0, 0.0))
    assert (orders.size.tolist(), orders.flow.tolist()) == ([3.0], [TriggerFlow.STOP_SELL])
    bands = trigger_bands(orders)
    assert bands.notional.tolist() == [285.0]
    assert bands.whole_position_notional.tolist() == [285.0]


def test_an_order_that_only_reduces_is_bounded_by_the_position_and_one_that_does_not_is_not() -> None:
    orders = waiting(holders(3.0, 3.0), order(0, 95.0, 10.0), order(1, 95.0, 10.0, number=2, is_reduce_only=False))
    assert orders.size.tolist() == [3.0, 10.0]
    assert orders.closed.tolist() == [3.0, 3.0]


def test_the_nearest_order_of_an_account_takes_first_and_the_last_finds_nothing() -> None:
    far, near, last = order(0, 90.0, 8.0, number=1), order(0, 97.0, 5.0, number=2), order(0, 80.0, 1.0, number=3)
    orders = waiting(holders(10.0), far, near, last)
    assert orders.price.tolist() == [97.0, 90.0]
    assert orders.size.tolist() == [5.0, 5.0]  # 10 - 5 = 5 is left for the 8 at 90
    assert left_out(orders) == {"nothing_left": 1}


def test_equal_prices_take_in_the_order_they_were_placed() -> None:
    orders = waiting(holders(5.0), order(0, 95.0, 4.0, number=9, is_market=False), order(0, 95.0, 4.0, number=3))
    assert orders.size.tolist() == [4.0, 1.0]
    assert orders.is_market.tolist() == [True, False]


def test_stops_and_take_profits_of_a_position_do_not_share_it() -> None:
    """They lie on different sides of the mark: each way the whole position is there."""
    orders = waiting(holders(5.0), order(0, 95.0, 0.0, number=1), order(0, 110.0, 0.0, kind=1, number=2))
    assert sorted(orders.size.tolist()) == [5.0, 5.0]


def test_rounding_leaves_no_crumbs() -> None:
    thirds = [order(0, 95.0 - number, 0.1, number=number) for number in range(1, 5)]
    orders = waiting(holders(0.3), *thirds)
    assert orders.size.tolist() == pytest.approx([0.1, 0.1, 0.1])
    assert left_out(orders) == {"nothing_left": 1}


@pytest.mark.parametrize(
    ("reason", "row"),
    [
        ("fired", order(0, 100.0, 1.0)),  # a stop sell at the mark itself
        ("fired", order(1, 101.0, 1.0, side=1, kind=1)),  # a take-profit buy above it
        ("unknown_account", order(NOT_ON_MAP, 95.0, 0.0)),
        ("no_position", order(2, 95.0, 0.0)),
        ("wrong_side", order(1, 95.0, 1.0)),  # a short that would be sold further
        ("unreadable", order(0, float("nan"), 1.0)),
        ("unreadable", order(0, -95.0, 1.0)),
        ("unreadable", order(0, 95.0, float("inf"))),
    ],
)
def test_what_sends_nothing_is_counted_and_in_no_band(reason: str, row: tuple[int, int, TriggerOrder]) -> None:
    orders = waiting(holders(3.0, -3.0, 0.0), row)
    assert left_out(orders) == {reason: 1}
    assert not len(trigger_bands(orders))
    assert not flow_totals(orders).size.any()


def test_unknown_sides_and_kinds_are_unreadable() -> None:
    columns = columns_of([order(0, 95.0, 1.0), order(0, 96.0, 1.0, number=2)])
    columns = columns._replace(side=np.array([0, -1], np.int8), kind=np.array([0, 7], np.int8))
    orders = waiting_orders(columns, positions_in(holders(3.0), 0), market(), 0)
    assert left_out(orders) == {"unreadable": 2}


def test_without_a_mark_no_order_is_taken_for_fired() -> None:
    orders = waiting(holders(3.0), order(0, 120.0, 1.0), mark=float("nan"))
    assert orders.size.tolist() == [1.0]
    assert not len(line_prices(float("nan"), 10.0, 2))


def test_an_order_that_opens_needs_no_position_and_no_account() -> None:
    orders = waiting(holders(0.0), order(NOT_ON_MAP, 105.0, 2.0, side=1, is_reduce_only=False))
    bands = trigger_bands(orders)
    assert (bands.flow.tolist(), bands.size.tolist(), bands.account_count.tolist()) == (
        [TriggerFlow.STOP_BUY],
        [2.0],
        [0],
    )


def test_coverage_is_of_open_size_and_a_reading_without_orders_counts() -> None:
    accounts = holders(6.0, 2.0, -3.0, 0.0)
    knowledge = TriggerKnowledge(np.array([NOW_MS - 5_000, -1, NOW_MS - 1_000, NOW_MS], np.int64))
    coverage = trigger_coverage(knowledge, positions_in(accounts, 0), market(open_interest=10.0), 0)
    assert coverage.share == pytest.approx(9.0 / 20.0)
    assert (coverage.long_share, coverage.short_share) == (pytest.approx(0.6), pytest.approx(0.3))
    assert coverage.map_share == pytest.approx(9.0 / 11.0)
    assert (coverage.account_count, coverage.known_account_count) == (3, 2)
    assert (coverage.median_age_ms, coverage.oldest_age_ms) == (3_000, 5_000)


def test_coverage_without_open_interest_or_reading_is_unknown() -> None:
    accounts = holders(6.0)
    never = TriggerKnowledge(np.array([-1], np.int64))
    coverage = trigger_coverage(never, positions_in(accounts, 0), market(), 0)
    assert np.isnan(coverage.share)
    assert coverage.map_share == 0.0
    assert (coverage.median_age_ms, coverage.oldest_age_ms) == (-1, -1)
    newer = trigger_coverage(TriggerKnowledge(np.zeros(0, np.int64)), positions_in(accounts, 0), market(10.0), 0)
    assert (newer.share, newer.known_account_count) == (0.0, 0)


def planted(price: float, size: float = 4.0) -> CoinLevels:
    """One position of address 0 with its level at a price."""
    prices = np.array([price])
    return CoinLevels(band_of_price(prices), np.array([size]), prices, np.array([0], np.int32))


@pytest.mark.parametrize(
    ("size", "row", "market_coins", "limit_coins"),
    [
        (4.0, order(0, 92.0, 0.0), 4.0, 0.0),
        (4.0, order(0, 92.0, 1.5), 1.5, 0.0),
        (4.0, order(0, 92.0, 1.5, is_market=False), 0.0, 1.5),
        (4.0, order(0, 80.0, 0.0), 0.0, 0.0),  # past the level: liquidated first
        (4.0, order(0, 110.0, 0.0, kind=1), 0.0, 0.0),  # a take-profit is no stop
        (4.0, order(1, 92.0, 0.0), 0.0, 0.0),  # another account's
        (-4.0, order(0, 105.0, 0.0, side=1), 4.0, 0.0),
        (-4.0, order(0, 120.0, 0.0, side=1), 0.0, 0.0),
    ],
)
def test_a_stop_before_the_level_is_said_beside_the_band(
    size: float, row: tuple[int, int, TriggerOrder], market_coins: float, limit_coins: float
) -> None:
    levels = planted(88.0 if size > 0.0 else 112.0, size)
    market_part, limit_part = closed_before(levels, waiting(holders(size, 4.0), row))
    assert (market_part.tolist(), limit_part.tolist()) == ([market_coins], [limit_coins])


def test_a_stop_at_the_level_itself_is_not_before_it() -> None:
    market_part, _ = closed_before(planted(92.0), waiting(holders(4.0), order(0, 92.0, 0.0)))
    assert market_part.tolist() == [0.0]


def test_ages_by_band_are_those_of_the_known() -> None:
    levels = CoinLevels(
        np.array([5, 5, 5, 8], np.int32), np.ones(4), np.full(4, 90.0), np.array([0, 1, 2, 3], np.int32)
    )
    knowledge = TriggerKnowledge(np.array([100, 400, 200, -1], np.int64))
    orders = waiting(holders(1.0))
    stopped = stopped_levels(levels, orders, knowledge, 1_000)
    assert stopped.median_age_ms.tolist() == [800, -1]
    assert stopped.known_size.tolist() == [3.0, 0.0]


def test_planted_stops_are_a_cluster_of_their_kind() -> None:
    rows = [order(row, 90.0 + 0.01 * row, 0.0, number=row) for row in range(5)]
    rows += [order(row, 110.0, 0.0, kind=1, number=10 + row) for row in range(2)]
    found = find_trigger_clusters(trigger_bands(waiting(holders(*[2.0] * 5), *rows)), MARK)
    assert [each.flow for each in found] == [TriggerFlow.STOP_SELL, TriggerFlow.TAKE_PROFIT_SELL]
    assert found[0].cluster.position_count == 5
    assert found[0].cluster.level_notional == pytest.approx(sum(2.0 * (90.0 + 0.01 * row) for row in range(5)))
    assert found[0].cluster.distance_percent == pytest.approx(-10.0, abs=0.2)
    assert find_trigger_clusters(trigger_bands(waiting(holders(1.0))), MARK) == ()


def test_a_book_is_unknown_beyond_its_end_and_spread_evenly_only_where_it_is_a_summary() -> None:
    even = DepthLine(np.array([0.005, 0.01]), np.array([50.0, 150.0]), is_even=True)
    levels = DepthLine(np.array([0.005, 0.01]), np.array([50.0, 150.0]), is_even=False)
    at = np.array([0.0, 0.0025, 0.005, 0.0075, 0.01, 0.02])
    assert even.within(at) == pytest.approx([0.0, 25.0, 50.0, 100.0, 150.0, np.nan], nan_ok=True)
    assert levels.within(at) == pytest.approx([0.0, 0.0, 50.0, 50.0, 150.0, np.nan], nan_ok=True)
    nothing = DepthLine(np.zeros(0), np.zeros(0), is_even=True)
    assert np.isnan(nothing.within(at)).all()
    prices = np.array([99.5, 100.25])
    assert resting_line(even, nothing, 100.0, prices, MARK) == pytest.approx([50.0, np.nan], nan_ok=True)


def test_lines_reach_no_further_than_the_map() -> None:
    prices = line_prices(MARK, 1_000.0, 5)
    assert prices[0] >= MARK / 7.76
    assert prices[-1] <= MARK * 7.76
    assert np.all(np.diff(prices) > 0.0)


def test_no_orders_at_all_are_no_rows() -> None:
    empty: TriggerColumns = no_triggers()
    orders = waiting_orders(empty, positions_in(holders(3.0), 0), market(), 0)
    assert not len(orders)
    assert not orders.left_out.any()
    assert not len(trigger_bands(orders))
    assert flow_totals(orders).order_count.tolist() == [0, 0, 0, 0]


def test_stops_at_a_price_are_those_of_others_on_the_side() -> None:
    orders = waiting(
        holders(3.0, 5.0, -2.0),
        order(0, 95.0, 0.0, number=1),
        order(1, 95.05, 2.0, number=2),
        order(1, 95.08, 1.0, number=3),
        order(1, 96.0, 1.0, number=4),  # beyond the span
        order(2, 95.0, 0.0, side=1, kind=1, number=5),  # a take-profit of a short
    )
    near = stops_near(orders, 1, 94.905, 95.095)
    assert near == (3, 2, pytest.approx(3.0 * 95.0 + 2.0 * 95.05 + 95.08))
    assert stops_near(orders, 1, 94.905, 95.095, own_account=1) == (1, 1, 285.0)
    assert stops_near(orders, -1, 94.905, 95.095) == (0, 0, 0.0)
