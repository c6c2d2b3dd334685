"""Overshoot by class: quantiles with day-block intervals, or the cases."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.study_rows import SweepRow
from liqscape.insight.sweeps.overshoot import SweepOvershoot, class_by_depth, overshoot_table, size_class
from liqscape.units import DAY_MS


def make_row(name: str, overshoot: float, *, day: int = 0, coin: str = "AAA", **changes: object) -> SweepRow:
    fields: dict[str, object] = dict.fromkeys(SweepRow.__struct_fields__, 0.0)
    fields |= {
        "sweep_id": name,
        "cluster_id": name,
        "coin": coin,
        "side": "long",
        "entered_ms": day * DAY_MS,
        "ended_ms": day * DAY_MS + 1,
        "outcome": "swept",
        "overshoot_bp": overshoot,
        "overshoot_1m_bp": None,
        "overshoot_5m_bp": None,
        "overshoot_1h_bp": overshoot,
        "sigma_1m_bp": 4.0,
        "usd_at_entry": 2e5,
        "depth_usd": 1e6,
        "placebo_overshoot_bp": 3.0,
        "placebo_count": 25,
        "gap": False,
    }
    return SweepRow(**{**fields, **changes})  # type: ignore[arg-type]


def of_all(table: Sequence[SweepOvershoot], horizon: str = "end") -> SweepOvershoot:
    [found] = [each for each in table if each.size_class == "all" and each.horizon == horizon]
    return found


def test_below_20_sweeps_the_cases_are_listed_and_no_quantile_is_given() -> None:
    found = of_all(overshoot_table([make_row(f"s{each:02}", each) for each in range(19)]))
    assert (found.count, found.quantiles, found.placebo_median) == (19, None, None)
    assert found.cases == tuple(f"s{each:02}" for each in range(19))


def test_from_20_on_quantiles_are_given_and_no_cases() -> None:
    found = of_all(overshoot_table([make_row(f"s{each:02}", each, day=each % 4) for each in range(100)]))
    assert found.quantiles is not None
    assert [each.value for each in found.quantiles] == [9.0, 49.0, 89.0]
    assert all(each.low is not None and each.low <= each.value <= (each.high or 0.0) for each in found.quantiles)
    assert (found.cases, found.day_count, found.placebo_median) == ((), 4, 3.0)


def test_sweeps_of_one_day_have_no_interval() -> None:
    found = of_all(overshoot_table([make_row(f"s{each:02}", each) for each in range(30)]))
    assert found.quantiles is not None
    assert {(each.low, each.high) for each in found.quantiles} == {(None, None)}


def test_days_that_differ_widen_the_interval_days_alike_do_not() -> None:
    alike = of_all(overshoot_table([make_row(f"s{each}", each % 50, day=each // 50) for each in range(500)]))
    apart = of_all(overshoot_table([make_row(f"s{each}", each // 50, day=each // 50) for each in range(500)]))
    assert alike.quantiles is not None
    assert apart.quantiles is not None
    assert (alike.quantiles[1].low, alike.quantiles[1].high) == (24.0, 24.0)
    assert (apart.quantiles[1].high or 0.0) - (apart.quantiles[1].low or 0.0) >= 3.0


@given(st.permutations(range(40)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    rows = [make_row(f"s{each:02}", each * 7 % 40, day=each % 5, coin="AB"[each % 2]) for each in range(40)]
    assert overshoot_table([rows[each] for each in order]) == overshoot_table(rows)


def test_gaps_open_sweeps_and_unknown_figures_are_left_out() -> None:
    rows = [
        make_row("gap", 1.0, gap=True),
        make_row("open", 1.0, ended_ms=None, outcome="open"),
        make_row("unknown", 1.0, overshoot_bp=None),
        make_row("good", 1.0),
    ]
    assert of_all(overshoot_table(rows)).cases == ("good",)
    assert [each.horizon for each in overshoot_table(rows) if each.size_class == "all"] == ["end", "1h"]


def test_sigma_is_a_unit_too_for_sweeps_and_placebos() -> None:
    rows = [make_row(f"s{each}", 1.0, overshoot_sigma=each) for each in range(20)]
    found = of_all(overshoot_table(rows, unit="sigma"))
    assert found.placebo_median == 0.75
    assert found.quantiles is not None
    assert found.quantiles[1].value == 9.0


@pytest.mark.parametrize(
    ("usd", "depth", "name"),
    [
        (1e4, 1e6, "<0.03"),
        (3e4, 1e6, "0.03-0.1"),
        (2e5, 1e6, "0.1-0.3"),
        (9e5, 1e6, "0.3-1"),
        (1e6, 1e6, ">=1"),
        (1e6, None, "unknown"),
        (None, 1e6, "unknown"),
        (1e6, 0.0, "unknown"),
    ],
)
def test_a_cluster_is_classed_by_its_usd_over_depth(usd: float | None, depth: float | None, name: str) -> None:
    assert size_class(usd, depth) == name


def test_coins_are_classed_by_the_median_depth_of_their_sweeps() -> None:
    rows = [
        make_row("a", 1.0, coin="A", depth_usd=5e6),
        make_row("b", 1.0, coin="B", depth_usd=4e5),
        make_row("c", 1.0, coin="C", depth_usd=1e4),
        make_row("d", 1.0, coin="D", depth_usd=None),
    ]
    assert class_by_depth(rows) == {"A": "deep", "B": "medium", "C": "thin", "D": "unknown"}
    assert {each.coin_class for each in overshoot_table(rows, {"A": "majors"})} == {"majors", "unknown"}
