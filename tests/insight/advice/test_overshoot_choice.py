"""Which class of sweeps stands for a cluster: those that crossed, of its class, where there are enough."""

from __future__ import annotations

from liqscape.insight.advice import choose_overshoot
from liqscape.insight.advice.overshoot_choice import classes_of
from liqscape.insight.study_rows import SweepRow
from liqscape.units import DAY_MS


def swept(number: int, overshoot: float, *, depth: float = 1e6, usd: float = 2e5, crossed: bool = True) -> SweepRow:
    fields: dict[str, object] = dict.fromkeys(SweepRow.__struct_fields__, 0.0)
    fields |= {
        "sweep_id": f"{number:04}",
        "cluster_id": f"{number:04}",
        "coin": "AAA",
        "side": "long",
        "entered_ms": number % 4 * DAY_MS,
        "crossed_ms": 1 if crossed else None,
        "ended_ms": 1,
        "outcome": "swept",
        "overshoot_bp": overshoot,
        "overshoot_1m_bp": None,
        "overshoot_5m_bp": None,
        "overshoot_1h_bp": None,
        "placebo_overshoot_bp": None,
        "usd_at_entry": usd,
        "depth_usd": depth,
        "gap": False,
    }
    return SweepRow(**fields)  # type: ignore[arg-type]


def test_the_class_of_the_cluster_is_taken_where_it_has_twenty() -> None:
    rows = [swept(each, float(each)) for each in range(20)] + [swept(50 + each, 500.0, usd=5e5) for each in range(5)]
    classes, coins = classes_of(rows)
    assert coins == {"AAA": "medium"}
    found = choose_overshoot(classes, "medium", "0.1-0.3")
    # the first value with at least half, and nine tenths, of the twenty up to it
    assert (found.source, found.n, found.day_count, found.size_class) == ("measured", 20, 4, "0.1-0.3")
    assert (found.q50_bp, found.q90_bp) == (9.0, 17.0)
    assert found.q90_low_bp is not None
    assert found.q90_high_bp is not None
    assert found.q90_low_bp <= 17.0 <= found.q90_high_bp


def test_a_class_of_few_falls_back_to_its_coins_at_any_size() -> None:
    rows = [swept(each, float(each)) for each in range(20)] + [swept(50 + each, 500.0, usd=5e5) for each in range(5)]
    found = choose_overshoot(classes_of(rows)[0], "medium", "0.3-1")
    assert (found.source, found.n, found.size_class) == ("measured", 25, "all")
    assert found.q90_bp == 500.0


def test_too_few_are_counted_and_give_no_figure() -> None:
    found = choose_overshoot(classes_of([swept(each, 5.0) for each in range(19)])[0], "medium", "0.1-0.3")
    assert (found.source, found.n, found.q50_bp, found.q90_bp) == ("unknown", 19, None, None)


def test_another_class_of_coins_lends_nothing() -> None:
    found = choose_overshoot(classes_of([swept(each, 5.0) for each in range(30)])[0], "deep", "0.1-0.3")
    assert (found.source, found.n) == ("unknown", 0)


def test_sweeps_that_turned_inside_do_not_count() -> None:
    rows = [swept(each, 10.0) for each in range(20)] + [swept(50 + each, -80.0, crossed=False) for each in range(60)]
    found = choose_overshoot(classes_of(rows)[0], "medium", "0.1-0.3")
    assert (found.n, found.q50_bp) == (20, 10.0)
