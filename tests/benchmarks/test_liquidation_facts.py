"""The figures of liquidations: worked by hand, against a slow twin, and those of the recorded hours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from liquidation_facts import FACTS, Fills, facts_of, group_fills, hour_of, ranges_of
from sandbox_facts import recorded_hours

ROWS = st.lists(
    st.tuples(st.integers(0, 40_000), st.integers(0, 2), st.integers(0, 3), st.floats(1.0, 1e6)),
    min_size=1,
    max_size=40,
)


def fills_of(rows: list[tuple[int, int, int, float]]) -> Fills:
    """(time_ms, coin, user, USD) a row."""
    rows = sorted(rows, key=lambda row: row[0])
    time_ms, coin, user = (np.array([row[at] for row in rows], np.int64) for at in range(3))
    return Fills(time_ms, coin, user, np.array([row[3] for row in rows]))


def slow_units(fills: Fills) -> list[list[int]]:
    """Rows of each unit: a fill joins the last unit of its user and coin that ended at most five seconds before."""
    units: list[list[int]] = []
    for row in range(len(fills.time_ms)):
        for unit in reversed(units):
            last = unit[-1]
            if (fills.coin[last], fills.user[last]) == (fills.coin[row], fills.user[row]):
                if fills.time_ms[row] - fills.time_ms[last] <= 5_000:
                    unit.append(row)
                    break
                units.append([row])
                break
        else:
            units.append([row])
    return units


@given(rows=ROWS)
def test_units_are_those_of_the_slow_twin(rows: list[tuple[int, int, int, float]]) -> None:
    fills = fills_of(rows)
    units, count = group_fills(fills)
    slow = slow_units(fills)
    assert sorted(
        zip(units.time_ms.tolist(), units.coin.tolist(), units.user.tolist(), count.tolist(), strict=True)
    ) == (sorted((fills.time_ms[u[0]], fills.coin[u[0]], fills.user[u[0]], len(u)) for u in slow))
    assert units.usd.sum() == pytest.approx(fills.usd.sum())
    assert np.all(np.diff(units.time_ms) >= 0)


def test_an_hour_worked_by_hand() -> None:
    hour = hour_of(
        fills_of(
            [
                (0, 0, 1, 100.0),  # BTC of user 1 in two fills: 300 USD
                (4_000, 0, 1, 200.0),
                (900, 1, 1, 50.0),  # follows within a second in another coin
                (60_000, 0, 1, 150_000.0),  # BTC again after 56 s of pause, 60 s after the unit began
                (70_000, 2, 2, 10.0),
            ]
        ),
        bitcoin=0,
    )
    assert sorted(hour.usd.tolist()) == [10.0, 50.0, 300.0, 150_000.0]
    assert (hour.single, hour.follows, hour.users, hour.more) == (3, 1, 2, 1)
    assert hour.again_s.tolist() == [60.0]
    assert hour.bitcoin_usd == 150_300.0
    facts = facts_of([hour])
    assert facts["median"] == 175.0
    assert facts["large_count"] == 0.25
    assert facts["top"] == pytest.approx(150_000.0 / 150_360.0)


def test_an_hour_without_liquidations_counts_as_one_with_one_and_nothing_at_all_is_unknown() -> None:
    empty = hour_of(fills_of([]), bitcoin=0)
    three = hour_of(fills_of([(at * 10_000, 0, at, 20.0) for at in range(3)]), bitcoin=0)
    assert facts_of([empty, three])["ratio"] == 3.0
    assert all(np.isnan(value) for value in facts_of([empty]).values())


def test_ranges_hold_the_middle_and_all_hours_at_once_have_none() -> None:
    hours = [hour_of(fills_of([(at, 0, at, 50.0 * (at + 1)) for at in range(n)]), 0) for n in range(1, 13)]
    rng = np.random.default_rng(1)
    for low, middle, high in ranges_of(hours, 50, rng, is_bootstrap=True).values():
        assert np.isnan(low) or low <= middle <= high
    for name, (low, _, high) in ranges_of(hours, 5, rng, is_bootstrap=False).items():
        assert np.isnan(low) or low == high == facts_of(hours)[name]


def test_the_recorded_hours_give_the_published_figures(recorded: Path) -> None:
    facts = facts_of(recorded_hours(recorded))
    published = {
        "median": 330.3, "single": 0.855, "top": 0.54, "large_count": 0.011, "large_usd": 0.55, "bitcoin": 0.52,
        "together": 0.026, "more": 0.069, "again": 636.0, "ratio": 527.0,
    }  # fmt: skip
    assert set(published) == set(FACTS)
    for name, value in published.items():
        assert facts[name] == pytest.approx(value, rel=0.05), name
