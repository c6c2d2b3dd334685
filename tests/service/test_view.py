"""Every answer agrees with the frame it was made of, and with every other answer about the same moment."""

from __future__ import annotations

import math
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from memory_history import MemoryHistory
from small_market import MINUTE_MS, START_MS, SmallMarket, address, small_market
from stored_moments import moment_of

from liqscape.errors import NotFound, QuestionError
from liqscape.heatmap.grid import band_edge
from liqscape.heatmap.moment import Moment
from liqscape.service.live import LiveState
from liqscape.service.standing import standing_of_feed
from liqscape.service.view import MapView

COINS = ("BTC", "ETH", "kPEPE")


def as_json(answer: msgspec.Struct) -> dict:
    return msgspec.json.decode(msgspec.json.encode(answer))


@pytest.mark.parametrize("coin", COINS)
@pytest.mark.parametrize("level", [0, 3, 12])
def test_bands_plus_outside_are_the_totals(view: MapView, coin: str, level: int) -> None:
    answer = view.frame(coin, level=level)
    for side, total in ((1, answer.totals.long), (-1, answer.totals.short)):
        rows = [row for row, of in enumerate(answer.bands.side) if of == side]
        parts = [part for part in answer.outside if part.side == side]
        size = math.fsum(answer.bands.size[row] for row in rows) + math.fsum(part.size for part in parts)
        usd = math.fsum(answer.bands.notional[row] for row in rows) + math.fsum(part.notional for part in parts)
        count = sum(answer.bands.position_count[row] for row in rows) + sum(p.position_count for p in parts)
        assert size == pytest.approx(total.size, rel=1e-12)
        assert abs(usd - total.notional) < 0.01
        assert count == total.position_count
        assert total.position_count > 0


def test_every_reason_outside_is_named(view: MapView) -> None:
    reasons = {part.reason for coin in (*COINS, "DARK") for part in view.frame(coin).outside}
    assert {"exempt", "unknown"} <= reasons


def test_unknown_mark_is_null_everywhere_and_never_zero(view: MapView) -> None:
    answer = as_json(view.frame("DARK"))
    assert answer["mark"] is None
    assert answer["totals"]["long"]["notional"] is None
    assert answer["totals"]["long"]["size"] == 100.0
    assert [part["notional"] for part in answer["outside"]] == [None]
    assert as_json(view.clusters("DARK"))["clusters"] == []
    assert as_json(view.asymmetry("DARK"))["rows"] == []
    listed = {row.coin: row for row in view.coins().coins}
    assert listed["DARK"].mark is None
    assert listed["DARK"].long_notional is None


def test_coins_are_sorted_by_notional_and_hold_no_empty_delisted_one(view: MapView) -> None:
    coins = view.coins().coins
    known = [row.long_notional + row.short_notional for row in coins if row.mark is not None]
    assert known == sorted(known, reverse=True)
    assert {row.coin for row in coins} == {"BTC", "ETH", "kPEPE", "DARK"}
    assert coins[-1].coin == "DARK"


def test_coverage_is_positions_over_twice_the_open_interest(view: MapView, market: SmallMarket) -> None:
    frame = market.frames[-1]
    held = frame.position_size[:2].sum(axis=1)
    usd = (held * frame.snapshot.mark[:2]).sum()
    interest = (2.0 * frame.snapshot.open_interest[:2] * frame.snapshot.mark[:2]).sum()
    status = view.status()
    assert status.coverage.known_coins == 2
    assert status.coverage.share == pytest.approx(usd / interest)
    assert sum(as_json(status)["margin_source_share"].values()) == pytest.approx(1.0)
    assert status.oldest_age_ms == 30_000


@pytest.mark.parametrize("coin", COINS)
@pytest.mark.parametrize("level", [0, 4])
def test_positions_behind_each_band_sum_to_the_cell(view: MapView, market: SmallMarket, coin: str, level: int) -> None:
    for number in (0, 5, 11):
        at_ms = market.frames[number].time_ms + 1_000
        frame = view.frame(coin, at_ms, level)
        cells: dict[tuple[int, int], list[tuple[float, int]]] = {}
        for band, side, usd, count in zip(
            frame.bands.band, frame.bands.side, frame.bands.notional, frame.bands.position_count, strict=True
        ):
            cells.setdefault((band, side), []).append((usd, count))
        assert cells
        for (band, side), parts in cells.items():
            behind = view.positions(coin, band=band, level=level, at_ms=at_ms, side=side)
            listed = math.fsum(row.notional for row in behind.positions)
            assert listed == pytest.approx(math.fsum(usd for usd, _ in parts), rel=1e-13)
            assert len(behind.positions) == sum(count for _, count in parts)
            assert all(behind.price_low <= row.liquidation_price < behind.price_high for row in behind.positions)
            total = behind.totals.long_notional if side == 1 else behind.totals.short_notional
            assert total == listed


def test_positions_by_price_span_are_those_of_its_bands(view: MapView) -> None:
    frame = view.frame("BTC", level=6)
    first, last = frame.bands.band[0], frame.bands.band[-1]
    whole = view.positions("BTC", price_low=float(band_edge(first, 6)), price_high=float(band_edge(last + 1, 6)))
    assert whole.totals.position_count == sum(frame.bands.position_count)
    assert [row.notional for row in whole.positions] == sorted((row.notional for row in whole.positions), reverse=True)


def test_cluster_span_lists_exactly_its_positions(view: MapView) -> None:
    for coin in COINS:
        for cluster in view.clusters(coin).clusters:
            behind = view.positions(coin, price_low=cluster.price_low, price_high=cluster.price_high, side=cluster.side)
            assert behind.totals.position_count == cluster.position_count
            assert math.fsum(row.notional for row in behind.positions) == pytest.approx(cluster.notional)


def test_exempt_and_unknown_accounts_stand_in_no_band(view: MapView) -> None:
    everyone = {
        row.address for coin in COINS for row in view.positions(coin, price_low=1e-12, price_high=1e15).positions
    }
    assert address(1) not in everyone
    assert address(2) not in everyone
    assert address(3) in everyone


def test_account_shows_pools_and_prices(view: MapView, market: SmallMarket) -> None:
    answer = view.account(address(5).upper().replace("0X", "0x"))
    assert [pool.margin_mode for pool in answer.pools] == ["cross", "isolated"]
    cross = answer.pools[0]
    exposure = sum(position.size * position.mark for position in cross.positions)
    assert cross.account_value == pytest.approx(cross.raw_usd + exposure)
    assert cross.free_margin == pytest.approx(cross.account_value - cross.maintenance_margin)
    assert cross.health == pytest.approx(cross.maintenance_margin / cross.account_value)
    isolated = answer.pools[1].positions[0]
    # An isolated long: liquidation above backstop above bankruptcy, which is -raw / size.
    assert isolated.liquidation_price > isolated.backstop_price > isolated.bankruptcy_price
    assert isolated.bankruptcy_price == pytest.approx(-answer.pools[1].raw_usd / isolated.size)
    assert isolated.orders[0].price == pytest.approx(isolated.liquidation_price)
    assert math.fsum(order.size for order in isolated.orders) == pytest.approx(isolated.size)
    assert market.accounts[-1].addresses[5] == address(5)


def test_first_order_of_every_ladder_is_at_the_liquidation_price(view: MapView) -> None:
    seen = 0
    for number in range(40):
        for pool in view.account(address(number)).pools:
            for position in pool.positions:
                if position.level_status == "ok":
                    seen += 1
                    assert position.orders[0].price == pytest.approx(position.liquidation_price, rel=1e-9)
                else:
                    assert position.orders == []
                    assert position.liquidation_price is None
                    assert position.tier is None
    assert seen > 30


def test_unknown_account_has_nulls_not_zeros(view: MapView) -> None:
    pool = view.account(address(2)).pools[0]
    assert pool.raw_usd is pool.account_value is pool.free_margin is pool.health is None
    assert {position.level_status for position in pool.positions} == {"unknown"}


def test_an_unknown_pool_has_no_maintenance_since_rows_of_it_may_be_missing(view: MapView) -> None:
    assert view.account(address(2)).pools[0].maintenance_margin is None


def test_isolated_margin_without_a_position_is_told_now_and_not_of_the_past(market: SmallMarket) -> None:
    live = LiveState.of_moment(moment_of(market.frames[0], market.accounts[0], market.tables))
    view = MapView(None, live, margin_left={address(3): 12.5, address(999_999): 477.25}.get)
    assert view.account(address(3)).isolated_margin_left == 12.5
    assert view.account(address(3), market.frames[0].time_ms).isolated_margin_left is None
    assert view.account(address(4)).isolated_margin_left is None
    flat = view.account(address(999_999))
    assert (flat.pools, flat.isolated_margin_left) == ([], 477.25)
    with pytest.raises(NotFound, match="is not in this map"):
        view.account(address(999_998))


def test_times_between_frames_answer_from_the_frame_before(view: MapView, market: SmallMarket) -> None:
    at_ms = market.frames[4].time_ms
    assert view.frame("BTC", at_ms).as_of_ms == at_ms
    assert view.frame("BTC", at_ms + MINUTE_MS - 1).as_of_ms == at_ms
    assert view.frame("BTC").as_of_ms == market.frames[-1].time_ms
    assert view.frame("BTC", market.frames[-1].time_ms + 10**9).as_of_ms == market.frames[-1].time_ms
    with pytest.raises(NotFound, match="no frame at or before"):
        view.frame("BTC", START_MS - 1)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda view: view.frame("btc"), "did you mean BTC"),
        (lambda view: view.heatmap("NOPE"), "unknown coin 'NOPE'"),
        (lambda view: view.account(address(999_999)), "is not in this map"),
        (lambda view: view.heatmap("DARK"), "give price_low and price_high"),
    ],
)
def test_what_is_not_there_is_not_found(view: MapView, ask, said: str) -> None:
    with pytest.raises(NotFound, match=said):
        ask(view)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda view: view.frame("BTC", level=13), "level 13"),
        (lambda view: view.frame("BTC", at_ms=-1), "at_ms -1"),
        (lambda view: view.account("0x12"), "40 hex digits"),
        (lambda view: view.positions("BTC"), "either band"),
        (lambda view: view.positions("BTC", band=1, price_low=1.0, price_high=2.0), "either band"),
        (lambda view: view.positions("BTC", price_low=2.0, price_high=1.0), "not below"),
        (lambda view: view.positions("BTC", price_low=math.nan, price_high=1.0), "price_low nan"),
        (lambda view: view.positions("BTC", band=10**30), "band"),
        (lambda view: view.positions("BTC", band=100_000, level=1), "at level 1"),
        (lambda view: view.positions("BTC", band=1, side=0), "side 0"),
        (lambda view: view.heatmap("BTC", width=0), "width 0"),
        (lambda view: view.heatmap("BTC", height=2_001), "height 2001"),
        (lambda view: view.heatmap("BTC", width=4_000, height=2_000), "cells"),
        (lambda view: view.heatmap("BTC", start_ms=5, end_ms=5), "not before"),
        (lambda view: view.heatmap("BTC", price_low=math.inf), "price_low inf"),
        (lambda view: view.heatmap("BTC", price_low=3.0, price_high=2.0), "not below"),
        (lambda view: view.heatmap("BTC", value="usd"), "value"),
        (lambda view: view.candles("BTC", end_ms=10**18), "end_ms"),
    ],
)
def test_questions_out_of_bounds_are_refused_with_value_and_limit(view: MapView, ask, said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        ask(view)


def test_newest_frame_in_memory_wins_over_history(history: MemoryHistory, market: SmallMarket) -> None:
    live = LiveState(sequence=history.frame_count)
    view = MapView(history, live)
    assert view.frame("BTC").as_of_ms == history.last_ms  # nothing live yet
    newest = market.frames[-1]
    later = replace(newest, snapshot=replace(newest.snapshot, time_ms=newest.time_ms + 3_000))
    live.publish(Moment(frame=later, accounts=market.accounts[-1], tables=market.tables, is_stored=False))
    assert view.frame("BTC").as_of_ms == later.time_ms
    assert view.frame("BTC").sequence == history.frame_count + 1
    assert view.frame("BTC", newest.time_ms).as_of_ms == newest.time_ms
    assert view.status().as_of_ms == later.time_ms
    assert view.status().last_ms == newest.time_ms
    assert view.status().is_live
    live.stand(standing_of_feed("reconnecting", is_time_held=True))
    status = view.status()
    assert (status.is_live, status.feed_state, status.is_time_held) == (False, "reconnecting", True)


def test_a_single_frame_without_history_answers_what_it_can(market: SmallMarket) -> None:
    view = MapView(None, LiveState.of_moment(moment_of(market.frames[0], market.accounts[0], market.tables)))
    assert view.status().first_ms == view.status().last_ms == START_MS
    assert not view.status().is_live
    assert view.frame("BTC").totals.long.position_count > 0
    assert view.account(address(3)).pools
    with pytest.raises(NotFound, match="no stored history"):
        view.heatmap("BTC")
    with pytest.raises(NotFound, match="no frame at or before"):
        view.frame("BTC", START_MS - 1)


def test_same_market_gives_same_bytes_twice() -> None:
    one, two = (MapView(MemoryHistory(small_market(seed=3))) for _ in range(2))
    for ask in (
        lambda view: view.frame("ETH"),
        lambda view: view.clusters("ETH"),
        lambda view: view.positions("ETH", price_low=1.0, price_high=1e9),
        lambda view: view.candles("ETH"),
        lambda view: view.status(),
    ):
        assert msgspec.json.encode(ask(one)) == msgspec.json.encode(ask(two))
    assert np.array_equal(one.heatmap("ETH").long, two.heatmap("ETH").long, equal_nan=True)


@pytest.mark.parametrize("value", ["mark", "level"])
def test_cells_of_a_coin_without_a_mark_are_unknown_and_never_zero(view: MapView, value: str) -> None:
    answer = view.heatmap("DARK", price_low=1.0, price_high=10.0, value=value)
    assert (answer.as_of_ms >= 0).any()
    assert np.isnan(answer.long).all()
    assert np.isnan(answer.short).all()
