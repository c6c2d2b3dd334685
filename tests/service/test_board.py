"""The board: each row has the figures of its coin in the frame, and what is not known is null."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up_study import OLD, MemoryStudies, cluster, made_up_rows, made_up_state
from memory_history import MemoryHistory
from small_market import MARKETS, START_MS, SmallMarket, small_market
from stored_moments import moment_of, moments_of

from liqscape.heatmap.asymmetry import asymmetry
from liqscape.heatmap.clusters import find_clusters
from liqscape.heatmap.frame import MarketFrame
from liqscape.insight.study_rows import StudyRows
from liqscape.model.funding import HourlyFunding
from liqscape.service.answers.board import BoardAnswer, BoardRow
from liqscape.service.live import LiveState
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS


def by_coin(answer: BoardAnswer) -> dict[str, BoardRow]:
    return {row.coin: row for row in answer.rows}


def view_of(market: SmallMarket, number: int = -1) -> MapView:
    moment = moment_of(market.frames[number], market.accounts[number], market.tables)
    return MapView(None, LiveState.of_moment(moment))


@pytest.mark.parametrize("seed", range(3))
def test_figures_are_those_of_the_frame(seed: int) -> None:
    market = small_market(seed=seed, count=3)
    frame, rows = market.frames[-1], by_coin(view_of(market).board())
    for coin, row in rows.items():
        number = MARKETS.index_of(coin)
        mark, interest = frame.snapshot.mark[number], frame.snapshot.open_interest[number]
        assert (row.mark, row.open_interest) == tuple(None if np.isnan(each) else each for each in (mark, interest))
        longs, shorts = frame.position_size[number]
        near = asymmetry(frame, number)
        if not near:
            assert row.within is row.imbalance_5 is row.risk_share is row.long_notional is row.nearest_large is None
        else:
            assert row.within is not None
            assert row.long_notional == pytest.approx(longs * mark)
            assert row.short_notional == pytest.approx(shorts * mark)
            for each in near[:3]:
                wanted = each.long_below_notional, each.short_above_notional
                assert row.within[f"{each.distance_percent:g}"] == pytest.approx(wanted)
            assert row.imbalance_5 == (None if near[2].imbalance is None else pytest.approx(near[2].imbalance))
        if np.isnan(interest):
            assert row.open_interest_usd is row.risk_share is row.coverage is None
        elif near:
            usd = near[2].long_below_notional + near[2].short_above_notional
            assert row.risk_share == pytest.approx(usd / (2.0 * interest * mark))
        assert (row.long_accounts, row.short_accounts) == tuple(frame.position_count[number].tolist())


@pytest.mark.parametrize("seed", range(6))
def test_the_nearest_large_cluster_holds_a_twentieth_of_the_levels_of_its_coin(seed: int) -> None:
    market = small_market(seed=seed, count=1)
    frame = market.frames[0]
    for coin, row in by_coin(view_of(market, 0).board()).items():
        number = MARKETS.index_of(coin)
        mark = frame.snapshot.mark[number]
        total = frame.bands.of_market(number).size.sum() * mark
        large = [each for each in find_clusters(frame, number) if each.notional >= total / 20.0]
        if not large:
            assert row.nearest_large is None
            continue
        nearest = sorted(large, key=lambda each: abs(each.price_peak / mark - 1.0))[0]
        assert row.nearest_large is not None
        assert row.nearest_large.price == nearest.price_peak
        assert row.nearest_large.side == nearest.side
        assert row.nearest_large.notional == nearest.notional
        assert row.nearest_large.distance_percent == pytest.approx(100.0 * (nearest.price_peak / mark - 1.0))


def test_largest_open_interest_comes_first_and_what_is_not_known_last(market: SmallMarket) -> None:
    answer = view_of(market).board()
    assert [row.coin for row in answer.rows] == ["BTC", "ETH", "kPEPE", "DARK"]
    assert answer.row_count == 4  # nobody holds GONE, which is delisted
    assert [row.dex for row in answer.rows] == [""] * 4


def test_a_delisted_coin_is_there_while_somebody_holds_it_and_says_so() -> None:
    market = small_market(count=1)
    frame = market.frames[0]
    markets = tuple(replace(each, is_delisted=True) for each in MARKETS.rows)
    delisted = replace(frame, snapshot=replace(frame.snapshot, markets=type(MARKETS).build(markets)))
    moment = moment_of(delisted, market.accounts[0], market.tables)
    rows = MapView(None, LiveState.of_moment(moment)).board().rows
    assert {row.coin for row in rows} == {"BTC", "ETH", "kPEPE", "DARK"}
    assert all(row.is_delisted for row in rows)


def test_without_history_neither_change_nor_funding_is_known(market: SmallMarket) -> None:
    for row in view_of(market).board().rows:
        assert row.change_24h_percent is row.funding_8h is row.funding_annual is row.funding_hour_ms is None


@pytest.mark.parametrize(
    ("older_ms", "is_known"),
    [(DAY_MS, True), (DAY_MS + 59 * MINUTE_MS, True), (DAY_MS + 61 * MINUTE_MS, False), (DAY_MS - MINUTE_MS, False)],
)
def test_the_change_is_against_the_stored_mark_a_day_before(older_ms: int, is_known: bool) -> None:
    market = small_market(count=2)
    now = market.frames[1]
    before = replace(market.frames[0], snapshot=replace(market.frames[0].snapshot, time_ms=now.time_ms - older_ms))
    pair = SmallMarket((before, now), market.accounts, market.tables)
    rows = by_coin(MapView(MemoryHistory(pair)).board())
    for coin in ("BTC", "ETH"):
        number = MARKETS.index_of(coin)
        wanted = 100.0 * (now.snapshot.mark[number] / before.snapshot.mark[number] - 1.0)
        assert rows[coin].change_24h_percent == (pytest.approx(wanted) if is_known else None)
    assert rows["DARK"].change_24h_percent is None


def test_funding_is_that_of_the_last_full_hour_stored(tmp_path: Path) -> None:
    market = small_market(count=3)
    hour_ms = market.frames[0].time_ms // HOUR_MS * HOUR_MS
    due = np.array([7.0, -0.02, 0.0, np.nan, np.nan])
    frames: list[MarketFrame] = [replace(frame, funding=HourlyFunding(hour_ms, due)) for frame in market.frames]
    with HistoryWriter(tmp_path, frames[0].provenance) as writer:
        writer.append_many(moments_of(list(zip(frames, market.accounts, strict=True)), market.tables))
    rows = by_coin(MapView(HistoryReader(tmp_path)).board())
    oracle = frames[0].snapshot.oracle
    for coin, paid in (("BTC", 7.0), ("ETH", -0.02)):
        rate = paid / oracle[MARKETS.index_of(coin)]
        assert rows[coin].funding_8h == pytest.approx(8.0 * rate)
        assert rows[coin].funding_annual == pytest.approx(24.0 * 365.0 * rate)
        assert rows[coin].funding_hour_ms == hour_ms
    assert rows["kPEPE"].funding_8h == 0.0
    assert rows["DARK"].funding_8h is rows["DARK"].funding_hour_ms is None


def test_stored_frames_have_the_board_of_those_in_memory(market: SmallMarket, tmp_path: Path) -> None:
    with HistoryWriter(tmp_path, market.frames[0].provenance) as writer:
        writer.append_many(moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables))
    assert MapView(HistoryReader(tmp_path)).board() == MapView(MemoryHistory(market)).board()


def test_the_running_rate_is_that_of_the_frame_and_unknown_where_it_has_none(market: SmallMarket) -> None:
    frame = market.frames[-1]
    rate = np.array([1.25e-5, -3e-5, 0.0, np.nan, np.nan])
    told = replace(frame, snapshot=replace(frame.snapshot, funding_rate=rate))
    view = MapView(None, LiveState.of_moment(moment_of(told, market.accounts[-1], market.tables)))
    assert {row.coin: row.funding_now_8h for row in view.board().rows} == {
        "BTC": pytest.approx(1e-4),
        "ETH": pytest.approx(-2.4e-4),
        "kPEPE": 0.0,
        "DARK": None,
    }
    assert {row.funding_now_8h for row in view_of(market).board().rows} == {None}


def test_categories_are_those_that_are_known(market: SmallMarket) -> None:
    view = MapView(MemoryHistory(market), categories=lambda: {"ETH": "crypto", "xyz:GOLD": "commodities"})
    assert {row.coin: row.category for row in view.board().rows} == {
        "BTC": None,
        "ETH": "crypto",
        "kPEPE": None,
        "DARK": None,
    }


def everywhere(cluster_id: str, *, time_ms: int, **more: object) -> StudyRows:
    """One tracked long and one short, wherever prices are."""
    rows = made_up_rows()
    wide = {"price_low": 1.0, "price_high": 1e9, **more}
    both = [cluster(cluster_id, time_ms, **wide), cluster(cluster_id.replace("long", "short"), time_ms, **wide)]
    return replace(rows, clusters=both)


def test_a_tracked_cluster_gives_its_identity(market: SmallMarket) -> None:
    last_ms = market.frames[-1].time_ms
    rows = by_coin(MapView(MemoryHistory(market), studies=MemoryStudies(everywhere(OLD, time_ms=last_ms))).board())
    assert rows["BTC"].nearest_large is not None
    word = "long" if rows["BTC"].nearest_large.side == 1 else "short"
    assert rows["BTC"].nearest_large.cluster_id == OLD.replace("long", word)
    assert rows["ETH"].nearest_large is not None
    assert rows["ETH"].nearest_large.cluster_id is None


@pytest.mark.parametrize("more", [{"event": "ended"}, {"price_high": 2.0}, {"time_ms": START_MS - 2 * HOUR_MS}])
def test_what_ended_lies_elsewhere_or_is_of_another_time_gives_none(market: SmallMarket, more: dict) -> None:
    view = MapView(
        MemoryHistory(market), studies=MemoryStudies(everywhere(OLD, **{"time_ms": market.frames[-1].time_ms, **more}))
    )
    nearest = by_coin(view.board())["BTC"].nearest_large
    assert nearest is not None
    assert nearest.cluster_id is None


def test_the_newest_minute_in_memory_is_asked_before_what_is_stored(market: SmallMarket) -> None:
    stored = MemoryStudies(everywhere(OLD, time_ms=market.frames[-1].time_ms))
    nearest = by_coin(MapView(MemoryHistory(market), study=made_up_state(), studies=stored).board())[
        "BTC"
    ].nearest_large
    assert nearest is not None
    standing = made_up_state().of_coin("BTC")
    assert standing is not None
    word = "long" if nearest.side == 1 else "short"
    wanted = [
        each.cluster_id
        for each in standing.clusters
        if each.side == word and each.price_low <= nearest.price < each.price_high
    ]
    assert nearest.cluster_id == (wanted[0] if wanted else None)
