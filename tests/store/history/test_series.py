"""A coin through time out of stored files: the figures of each frame shown, by plain loops over the frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from memory_history import MemoryHistory
from small_market import MARKETS, START_MS, SmallMarket, small_accounts, small_market
from stored_moments import moments_of

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import MarketFrame
from liqscape.model.funding import HourlyFunding
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.series import MAX_CELLS, MAX_FUNDING_AGE_MS, CoinSeries
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

COINS = ("BTC", "ETH", "kPEPE", "DARK", "GONE")


def stored(market: SmallMarket, folder: Path, *, heads: int = 0) -> HistoryReader:
    """All frames, the last `heads` of them not in a part yet."""
    moments = list(moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables))
    with HistoryWriter(folder, market.frames[0].provenance) as writer:
        writer.append_many(moments[: len(moments) - heads])
        for moment in moments[len(moments) - heads :]:
            writer.append(moment)
    return HistoryReader(folder)


def same(found: CoinSeries, slow: object) -> None:
    for name in ("coin", "start_ms", "step_ms"):
        assert getattr(found, name) == getattr(slow, name)
    for name in ("as_of_ms", "position_count", "mark", "open_interest", "size"):
        np.testing.assert_array_equal(getattr(found, name), getattr(slow, name), err_msg=name)
    np.testing.assert_allclose(found.near, slow.near, rtol=1e-6)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def sparse() -> SmallMarket:
    """Two runs of frames with a hole of an hour between them, over midnight."""
    market = small_market(seed=5, count=18)
    shift = DAY_MS - (START_MS % DAY_MS) - 5 * MINUTE_MS
    late = [shift + (0 if number < 9 else HOUR_MS) for number in range(len(market.frames))]
    frames = tuple(
        replace(frame, snapshot=replace(frame.snapshot, time_ms=frame.time_ms + more))
        for frame, more in zip(market.frames, late, strict=True)
    )
    accounts = tuple(
        replace(each, observed_ms=each.observed_ms + more) for each, more in zip(market.accounts, late, strict=True)
    )
    return SmallMarket(frames, accounts, market.tables)


@pytest.mark.parametrize("heads", [0, 4, 18])
@pytest.mark.parametrize("width", [3, 30, 200])
def test_columns_have_the_figures_of_the_frames_they_show(
    sparse: SmallMarket, tmp_path: Path, heads: int, width: int
) -> None:
    reader, memory = stored(sparse, tmp_path, heads=heads), MemoryHistory(sparse)
    first, last = sparse.frames[0].time_ms, sparse.frames[-1].time_ms
    for coin in COINS:
        found = reader.series(coin, first, last + 1, width)
        assert len(found.mark) <= width
        same(found, memory.series(coin, first, last + 1, width))
    if width == 200:
        assert (found.as_of_ms < 0).sum() > 30  # the hole
        assert np.isnan(found.open_interest[found.as_of_ms < 0]).all()


def test_columns_are_those_of_the_heatmap(sparse: SmallMarket, tmp_path: Path) -> None:
    reader = stored(sparse, tmp_path)
    span = sparse.frames[2].time_ms, sparse.frames[-2].time_ms
    for width in (3, 11, 90):
        found = reader.series("BTC", *span, width)
        window = reader.window("BTC", *span, width, 40, 50_000.0, 90_000.0)
        assert (found.start_ms, found.step_ms) == (window.start_ms, window.step_ms)
        np.testing.assert_array_equal(found.as_of_ms, window.as_of_ms)
        np.testing.assert_array_equal(found.mark, window.mark)


def test_a_coin_that_has_moved_far_is_summed_in_several_passes(tmp_path: Path) -> None:
    """A hundred thousand fold within the window: more cells than one pass takes."""
    market = small_market(seed=2, count=1)
    frames: list[MarketFrame] = []
    accounts = small_accounts(2, START_MS)
    for number, factor in enumerate(np.geomspace(1e-6, 1e4, 240)):
        snapshot = market.frames[0].snapshot
        moved = replace(
            snapshot, time_ms=START_MS + number * MINUTE_MS, mark=snapshot.mark * [1.0, factor, 1.0, 1.0, 1.0]
        )
        frames.append(build_frame(accounts, moved, market.tables, market.frames[0].provenance))
    moved_market = SmallMarket(tuple(frames), (accounts,) * len(frames), market.tables)
    assert np.log(1e10) / np.log(1.0005) * len(frames) > MAX_CELLS
    reader = stored(moved_market, tmp_path)
    found = reader.series("ETH", START_MS, START_MS + DAY_MS, 1_440)
    slow = MemoryHistory(moved_market).series("ETH", START_MS, START_MS + DAY_MS, 1_440)
    same(found, slow)
    assert (found.near[3] > 0.0).any()


def paid_market(hours: dict[int, np.ndarray], count: int) -> SmallMarket:
    """Frames 10 minutes apart from a full hour on; `hours`: USD a coin that each hour after the first frame paid."""
    market = small_market(seed=3, count=count, step_ms=10 * MINUTE_MS)
    shift = HOUR_MS - START_MS % HOUR_MS
    frames, newest = [], None
    for frame in market.frames:
        snapshot = replace(frame.snapshot, time_ms=frame.time_ms + shift)
        hour = (snapshot.time_ms - START_MS - shift) // HOUR_MS
        if hour in hours and (newest is None or newest.hour_ms < START_MS + shift + hour * HOUR_MS):
            newest = HourlyFunding(START_MS + shift + hour * HOUR_MS, hours[hour])
        frames.append(replace(frame, snapshot=snapshot, funding=newest))
    accounts = tuple(replace(each, observed_ms=each.observed_ms + shift) for each in market.accounts)
    return SmallMarket(tuple(frames), accounts, market.tables)


def slow_funding(market: SmallMarket, coin: str, at_ms: int) -> tuple[float, int]:
    """(rate, hour) by walking the frames up to a time."""
    row = MARKETS.index_of(coin)
    found, seen = (np.nan, -1), None
    for frame in market.frames:
        paid = frame.funding
        if frame.time_ms <= at_ms and paid is not None and paid.hour_ms != seen:
            seen = paid.hour_ms
            if np.isfinite(paid.due[row]):
                found = paid.due[row] / frame.snapshot.oracle[row], paid.hour_ms
    return found if at_ms - found[1] < MAX_FUNDING_AGE_MS and np.isfinite(found[0]) else (np.nan, -1)


@pytest.mark.parametrize("heads", [0, 7])
def test_funding_is_that_of_the_last_full_hour_and_unknown_once_it_is_old(tmp_path: Path, heads: int) -> None:
    due = {
        1: np.array([7.0, -0.02, 0.0, np.nan, np.nan]),
        2: np.array([3.5, np.nan, 1e-7, 2.0, np.nan]),
        6: np.array([-1.0, 0.5, np.nan, 1.0, np.nan]),
    }
    market = paid_market(due, 45)
    reader = stored(market, tmp_path, heads=heads)
    first, last = market.frames[0].time_ms, market.frames[-1].time_ms
    for coin in COINS:
        found = reader.series(coin, first, last + 1, 60)
        slow = [slow_funding(market, coin, at_ms) for at_ms in found.as_of_ms.tolist()]
        np.testing.assert_allclose(found.funding_rate, [rate for rate, _ in slow], rtol=1e-12)
        assert found.funding_hour_ms.tolist() == [hour for _, hour in slow]
    found = reader.series("BTC", first, last + 1, 60)
    assert np.isnan(found.funding_rate).any()
    assert np.unique(found.funding_hour_ms).size == 4
    for at_ms in found.as_of_ms.tolist():
        paid = reader.funding_at(at_ms)
        for coin in COINS:
            rate, hour_ms = slow_funding(market, coin, at_ms)
            assert (paid is not None and coin in paid.rate) == (hour_ms >= 0)
            if paid is not None and hour_ms >= 0:
                assert paid.rate[coin] == pytest.approx(rate, rel=1e-12)
                assert paid.hour_ms[coin] == hour_ms


def test_a_window_that_begins_in_an_hour_knows_what_was_paid_before_it(tmp_path: Path) -> None:
    market = paid_market({1: np.full(5, 2.0)}, 12)
    reader = stored(market, tmp_path, heads=3)
    begin = market.frames[10].time_ms
    found = reader.series("BTC", begin, market.frames[-1].time_ms + 1, 5)
    assert (found.funding_hour_ms == market.frames[0].time_ms + HOUR_MS).all()


def test_a_recording_of_snapshots_hours_apart_holds_each_until_the_next(tmp_path: Path) -> None:
    market = small_market(seed=4, count=4, step_ms=4 * HOUR_MS)
    moments = list(moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables))
    with HistoryWriter(tmp_path, market.frames[0].provenance, hold_ms=12 * HOUR_MS) as writer:
        writer.append_many(moments)
    memory = MemoryHistory(market)
    memory.hold_ms = 12 * HOUR_MS
    first, last = market.frames[0].time_ms, market.frames[-1].time_ms
    found = HistoryReader(tmp_path).series("BTC", first, last + 20 * HOUR_MS, 50)
    same(found, memory.series("BTC", first, last + 20 * HOUR_MS, 50))
    assert (found.as_of_ms[-8:] < 0).all()
    assert np.isfinite(found.open_interest[found.as_of_ms >= 0]).all()
