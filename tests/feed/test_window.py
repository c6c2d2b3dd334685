"""Sums over the last minute, against a list kept whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from liqscape.feed.window import SlidingWindow

STEPS = st.lists(st.tuples(st.floats(0.0, 40.0), st.integers(0, 500), st.booleans()), max_size=40)


@given(STEPS)
def test_the_sum_is_that_of_uses_younger_than_the_window(steps: list[tuple[float, int, bool]]) -> None:
    window, now, uses, kept = SlidingWindow(1_000), 0.0, [], None
    for pause, amount, is_recount in steps:
        now += pause
        window.used(now)
        if is_recount and kept is not None:
            place, use = kept
            window.recount(use, now, amount)
            uses[place] = (now, 0)
            uses.append((now, amount))
            kept = None
        else:
            kept = (len(uses), window.take(now, amount))
            uses.append((now, amount))
        total = sum(amount for at, amount in uses if at > now - 60.0)
        assert window.used(now) == total
        assert window.has_room(now, 1) is (total + 1 <= 1_000)


@given(STEPS, st.integers(0, 2_000))
def test_after_the_time_named_it_fits_and_not_before(steps: list[tuple[float, int, bool]], total: int) -> None:
    window, now = SlidingWindow(1_000), 0.0
    for pause, amount, _ in steps:
        now += pause
        window.take(now, amount)
    wait = window.seconds_until(now, total)
    if wait > 1e-6:
        assert window.used(now) > total
    assert window.used(now + wait + 1e-6) <= total


def test_a_use_recounted_after_it_passed_counts_once() -> None:
    window = SlidingWindow(100)
    use = window.take(0.0, 40)
    assert window.used(61.0) == 0
    window.recount(use, 61.0, 30)
    assert window.used(61.0) == 30
    assert window.used(122.0) == 0
