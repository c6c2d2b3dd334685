"""Waits between attempts."""

from __future__ import annotations

import random

from liqscape.feed.backoff import Backoff


def test_waits_are_drawn_below_a_bound_that_doubles_up_to_the_longest() -> None:
    for seed in range(50):
        backoff = Backoff(random.Random(seed), first_s=0.5, max_s=4.0)
        for bound in (0.5, 1.0, 2.0, 4.0, 4.0, 4.0):
            assert 0.0 <= backoff.wait_s() <= bound


def test_the_whole_range_is_used() -> None:
    waits = [Backoff(random.Random(seed), first_s=1.0).wait_s() for seed in range(400)]
    assert min(waits) < 0.05
    assert max(waits) > 0.95


def test_after_success_the_first_wait_is_short_again() -> None:
    backoff = Backoff(random.Random(1), first_s=0.1, max_s=60.0)
    for _ in range(2_000):
        backoff.wait_s()
    backoff.reset()
    assert backoff.wait_s() <= 0.1
