"""Times at a place are those of all sorted anew, whatever went and came."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liqscape.ledger.pool_times import PoolTimes

TIMES = st.lists(st.integers(-3, 12), max_size=30)


@given(TIMES, st.lists(st.tuples(st.randoms(use_true_random=False), TIMES), max_size=8))
def test_the_time_at_each_place_is_that_of_the_sorted_times(first: list[int], moves: list) -> None:
    held, times = list(first), PoolTimes()
    times.move(np.empty(0, np.int64), np.array(first, np.int64))
    for random, come in moves:
        gone = random.sample(held, random.randint(0, len(held)))
        held = [*(Counter(held) - Counter(gone)).elements(), *come]
        times.move(np.array(gone, np.int64), np.array(come, np.int64))
        assert [times.at(place) for place in range(len(held))] == sorted(held)


def test_few_that_go_and_come_among_many_are_found_too() -> None:
    random, times = np.random.default_rng(3), PoolTimes()
    held = random.integers(0, 300, 1_000)
    times.move(held[:0], held)
    for _ in range(60):
        gone, come = random.permutation(held)[:7], random.integers(-50, 400, 5)
        left = Counter(held.tolist()) - Counter(gone.tolist())
        held = np.concatenate((np.fromiter(left.elements(), np.int64), come))
        times.move(gone, come)
        places = [0, 1, len(held) // 2, len(held) - 1]
        assert [times.at(place) for place in places] == np.sort(held)[places].tolist()
