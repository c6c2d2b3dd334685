"""Who is followed: most notional near the mark, nobody exempt, nobody pushed out for a trifle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.feed.state_streams.choice import KEPT_FACTOR, choose_followed
from liqscape.ledger import WatchColumns


def watch_of(notional: list[float], distance: list[float], known: list[bool] | None = None) -> WatchColumns:
    count = len(notional)
    no = np.zeros(count, np.bool_)
    return WatchColumns(
        address=tuple(f"0x{number:040x}" for number in range(count)),
        state_ms=np.zeros(count, np.int64),
        last_trade_ms=np.zeros(count, np.int64),
        is_dirty=no,
        is_unsure=no,
        is_known=np.ones(count, np.bool_) if known is None else np.array(known),
        notional=np.array(notional),
        nearest_distance=np.array(distance),
        traded_notional=np.zeros(count),
        dex_bits=np.zeros(count, np.int64),
        dexs=("",),
    )


def rows(addresses: tuple[str, ...]) -> list[int]:
    return [int(each, 16) for each in addresses]


def test_most_near_notional_comes_first_and_the_sum_is_told() -> None:
    watch = watch_of([1e6, 1e6, 9e6, 5e6], [0.02, 0.0, 0.04, np.inf])
    chosen, near_usd = choose_followed(watch, 2, (), ())
    assert rows(chosen) == [2, 1]  # 9e6 / (1 + 4) = 1.8e6 before 1e6
    assert near_usd == pytest.approx(2.8e6)


def test_without_a_level_or_a_state_nobody_is_followed() -> None:
    watch = watch_of([1e6, 1e6, 1e6], [np.inf, np.nan, 0.01], [True, True, False])
    assert choose_followed(watch, 3, (), ()) == ((), 0.0)


def test_the_exempt_are_passed_over() -> None:
    watch = watch_of([3e6, 2e6, 1e6], [0.0, 0.0, 0.0])
    assert rows(choose_followed(watch, 1, (), {watch.address[0], watch.address[1]})[0]) == [2]


@pytest.mark.parametrize(("newcomer", "kept"), [(1.4, 0), (1.6, 1)])
def test_who_is_followed_gives_way_to_clearly_more_only(newcomer: float, kept: int) -> None:
    assert 1.4 < KEPT_FACTOR < 1.6
    watch = watch_of([1e6, newcomer * 1e6], [0.0, 0.0])
    assert rows(choose_followed(watch, 1, (watch.address[0],), ())[0]) == [kept]


@given(
    st.lists(st.tuples(st.floats(0.0, 1e9), st.floats(0.0, 2.0), st.booleans(), st.booleans()), max_size=30),
    st.integers(0, 12),
)
def test_the_choice_is_the_sorted_one(drawn: list[tuple[float, float, bool, bool]], count: int) -> None:
    watch = watch_of([each[0] for each in drawn], [each[1] for each in drawn])
    followed = [address for address, each in zip(watch.address, drawn, strict=True) if each[2]]
    exempt = [address for address, each in zip(watch.address, drawn, strict=True) if each[3]]
    worth = {}
    for address, (notional, distance, is_followed, is_exempt) in zip(watch.address, drawn, strict=True):
        near = notional / (1.0 + (distance / 0.02) ** 2)
        if near > 0.0 and not is_exempt:
            worth[address] = near * (KEPT_FACTOR if is_followed else 1.0)
    chosen, _ = choose_followed(watch, count, followed, exempt)
    assert len(chosen) == len(set(chosen)) == min(count, len(worth))
    least = min((worth[each] for each in chosen), default=np.inf)
    assert all(worth[each] <= least * (1.0 + 1e-12) for each in worth if each not in chosen)
