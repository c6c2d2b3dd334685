"""Moments are read once, kept within a bound of bytes, and nobody waits for another's."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest
from memory_history import MemoryHistory
from small_market import SmallMarket

from liqscape.errors import CorruptSegment, NotFound
from liqscape.service.moments import MAX_KEPT, Moments
from liqscape.store.history import HistoryReader

PATIENCE_S = 30.0
"""Only a fault waits so long."""


class WatchedHistory(MemoryHistory):
    """Counts reads of accounts; those of one time wait until they are let go, those of another fail."""

    def __init__(self, market: SmallMarket) -> None:
        super().__init__(market)
        self.reads: list[int] = []
        self.held_ms: int | None = None
        self.damaged_ms: int | None = None
        self.is_reached, self.may_go = threading.Event(), threading.Event()

    def accounts_at(self, time_ms: int):
        self.reads.append(time_ms)
        if time_ms == self.damaged_ms:
            raise CorruptSegment("broken", path="positions.parquet")
        if time_ms == self.held_ms:
            self.is_reached.set()
            assert self.may_go.wait(PATIENCE_S)
        return super().accounts_at(time_ms)


@pytest.fixture
def watched(market: SmallMarket) -> WatchedHistory:
    return WatchedHistory(market)


def moments_of(history: MemoryHistory, **options: int) -> Moments:
    return Moments(cast("HistoryReader", history), None, **options)


def test_who_asks_another_moment_does_not_wait(watched: WatchedHistory) -> None:
    times = watched.times.tolist()
    watched.held_ms = times[0]
    moments = moments_of(watched)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(lambda: moments.at(times[0]).frame)
        assert watched.is_reached.wait(PATIENCE_S)
        quick = moments.at(times[1])
        assert len(quick.frame.bands)
        assert quick.accounts.position_count
        assert not slow.done()
        watched.may_go.set()
        assert slow.result(PATIENCE_S).time_ms == times[0]


def test_two_who_ask_the_same_read_it_once(watched: WatchedHistory) -> None:
    times = watched.times.tolist()
    watched.held_ms = times[0]
    moments = moments_of(watched)
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(lambda: moments.at(times[0]).accounts) for _ in range(2)]
        assert watched.is_reached.wait(PATIENCE_S)
        watched.may_go.set()
        found = [each.result(PATIENCE_S) for each in both]
    assert found[0] is found[1]
    assert watched.reads == [times[0]]


def test_times_of_one_frame_are_one_moment(watched: WatchedHistory) -> None:
    """Between two frames every time is answered by the one before."""
    first, second = watched.times.tolist()[:2]
    moments = moments_of(watched)
    assert moments.at(first) is moments.at(second - 1)
    assert moments.at(first) is not moments.at(second)


def test_no_more_bytes_are_kept_than_the_bound(watched: WatchedHistory) -> None:
    times = watched.times.tolist()
    one = moments_of(watched).at(times[0])
    assert len(one.frame.bands)
    bound = 2 * one.byte_count + one.byte_count // 2
    moments = moments_of(watched, kept_bytes=bound)
    for time_ms in times[:5]:
        assert len(moments.at(time_ms).frame.bands)
        assert sum(kept.byte_count for kept in moments._kept.values()) <= bound
    watched.reads.clear()
    assert len(moments.at(times[4]).frame.bands)
    assert watched.reads == []
    assert len(moments.at(times[0]).frame.bands)
    assert watched.reads == [times[0]]


def test_a_moment_larger_than_the_bound_is_answered(watched: WatchedHistory) -> None:
    moments = moments_of(watched, kept_bytes=1)
    for time_ms in watched.times.tolist()[:3]:
        assert moments.at(time_ms).frame.time_ms == time_ms
        assert len(moments._kept) == 1


def test_moments_let_go_are_read_again_when_asked_for(watched: WatchedHistory) -> None:
    time_ms = watched.times.tolist()[0]
    moments = moments_of(watched)
    held = moments.at(time_ms)
    before = held.accounts
    moments.let_go()
    assert held.accounts is before
    assert moments.at(time_ms).accounts.position_count == before.position_count
    assert watched.reads == [time_ms, time_ms]


def test_moments_without_accounts_are_bounded_by_number(watched: WatchedHistory) -> None:
    moments = moments_of(watched)
    for number in range(MAX_KEPT + 5):
        watched.times = watched.times + 1
        moments.at(int(watched.times[0]))
        assert len(moments._kept) <= min(MAX_KEPT, number + 1)


def test_what_could_not_be_read_is_read_again(watched: WatchedHistory) -> None:
    time_ms = int(watched.times[0])
    watched.damaged_ms = time_ms
    moments = moments_of(watched)
    with pytest.raises(NotFound, match=f"{Path('positions.parquet').name} is damaged"):
        _ = moments.at(time_ms).accounts
    watched.damaged_ms = None
    assert moments.at(time_ms).accounts.position_count
