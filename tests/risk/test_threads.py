"""Kernels by several threads: parts that cover everything once, and figures that are the same to the bit."""

from __future__ import annotations

from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.heatmap.bands import BAND_COLUMNS
from liqscape.heatmap.build import build_bands, build_frame
from liqscape.heatmap.frame import Provenance
from liqscape.risk.liquidation import solve_roots
from liqscape.risk.threads import ONE_THREAD, KernelThreads
from liqscape.units import MarginSource

EXECUTOR = ThreadPoolExecutor(3)
"""Its threads start when first asked."""


@given(st.integers(0, 2**32), st.integers(1, 80), st.integers(1, 9), st.integers(2, 4))
def test_roots_and_bands_are_the_same_to_the_bit_however_many_threads(
    seed: int, pools: int, markets: int, count: int
) -> None:
    random = np.random.default_rng(seed)
    snapshot = make_snapshot(seed, make_markets(markets))
    accounts = replace(
        make_accounts(seed, snapshot, pools),
        is_exempt=random.random(pools) < 0.1,
        margin_source=random.integers(0, len(MarginSource), pools).astype(np.uint8),
    )
    snapshot = replace(snapshot, mark=np.where(random.random(markets) < 0.1, np.nan, snapshot.mark))
    threads = KernelThreads(count, EXECUTOR, fewest_items=1 + int(random.integers(0, 9)))
    root = solve_roots(accounts, snapshot, TABLES)
    assert solve_roots(accounts, snapshot, TABLES, threads=threads).tobytes() == root.tobytes()
    bands, outside = build_bands(accounts, snapshot, root)
    own, own_outside = build_bands(accounts, snapshot, root, threads=threads)
    for name in BAND_COLUMNS:
        assert getattr(own, name).tobytes() == getattr(bands, name).tobytes(), name
    assert own_outside.size.tobytes() == outside.size.tobytes()
    assert own_outside.position_count.tobytes() == outside.position_count.tobytes()


def test_one_workspace_serves_one_thread_and_then_three() -> None:
    snapshot = make_snapshot(3, make_markets(9))
    accounts = make_accounts(3, snapshot, 300)
    source = Provenance("generated", "test", True)
    frames = [
        build_frame(accounts, snapshot, TABLES, source, threads=threads)
        for threads in (ONE_THREAD, KernelThreads(3, EXECUTOR, fewest_items=10), ONE_THREAD)
    ]
    assert frames[1].bands.size.tobytes() == frames[0].bands.size.tobytes() == frames[2].bands.size.tobytes()


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(1, 4), st.integers(1, 50), st.integers(0, 9))
def test_parts_cover_every_group_once_in_order(lengths: list[int], count: int, fewest: int, first: int) -> None:
    offsets = first + np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    bounds = KernelThreads(count, EXECUTOR, fewest).split(offsets)
    assert bounds[0] == 0
    assert bounds[-1] == len(lengths)
    assert all(low < high for low, high in pairwise(bounds))


def test_groups_of_alike_size_are_cut_into_parts_of_alike_size() -> None:
    assert KernelThreads(2, EXECUTOR, 10).split(np.arange(0, 1001, 10)) == [0, 13, 25, 38, 50, 63, 75, 88, 100]


def test_what_is_small_is_not_cut() -> None:
    """Handing it to another thread would take longer."""
    assert KernelThreads(2, EXECUTOR).split_evenly(20_000) == [0, 20_000]
    assert ONE_THREAD.split_evenly(10**9) == [0, 10**9]


def test_parts_are_done_at_the_same_time_and_each_thread_is_used_by_one_at_a_time() -> None:
    """Two jobs wait for each other: one thread alone would wait for ever."""
    both, seen = Barrier(2, timeout=30.0), []

    def job(thread: int, part: int) -> None:
        if part < 2:
            both.wait()
        seen.append((thread, part))

    KernelThreads(2, EXECUTOR).run(job, 5)
    assert sorted(part for _, part in seen) == [0, 1, 2, 3, 4]
    assert {thread for thread, _ in seen} == {0, 1}


class _NobodyComes(Executor):
    """Takes work and never begins it."""

    def submit(self, *_: object, **__: object) -> Future[None]:  # type: ignore[override]
        return Future()


def test_the_caller_does_all_parts_where_nobody_else_comes() -> None:
    done: list[int] = []
    KernelThreads(3, _NobodyComes()).run(lambda _thread, part: done.append(part), 7)
    assert done == list(range(7))


@pytest.mark.parametrize("bad", [0, 5])
def test_what_a_part_raises_is_raised_after_the_others_ended(bad: int) -> None:
    def job(_thread: int, part: int) -> None:
        if part == bad:
            raise ValueError(part)

    with pytest.raises(ValueError, match=str(bad)):
        KernelThreads(2, EXECUTOR).run(job, 6)
