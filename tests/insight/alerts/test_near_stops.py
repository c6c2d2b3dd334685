"""A rule near known stops fires once a passing, says what is known of them, and never fires where they are unknown."""

from __future__ import annotations

from typing import Any

import pytest
from alert_worlds import MINUTE, START_MS, batch, facts, rule, watching
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.insight.alerts import AlertKind, Rule
from liqscape.insight.alerts.evaluator import AlertEvaluator
from liqscape.insight.alerts.inputs import KnownStopCluster, KnownStops
from liqscape.insight.alerts.state import RuleMemory

UNKNOWN = float("nan")


def near(rule_id: str = "one", **fields: Any) -> Rule:
    return rule(AlertKind.NEAR_STOPS, rule_id, **{"coin": "BTC", "percent": 1.0, **fields})


def stops(*clusters: tuple[float, float, float], coin: str = "BTC", side: str = "long", **fields: Any) -> KnownStops:
    """Clusters of (low, high, USD)."""
    found = tuple(
        KnownStopCluster(price_low=low, price_high=high, price_peak=(low + high) / 2.0, notional=usd, order_count=3)
        for low, high, usd in clusters
    )
    return KnownStops(
        coin=coin,
        side="long" if side == "long" else "short",
        time_ms=fields.get("time_ms", START_MS),
        clusters=found,
        coverage=fields.get("coverage", 0.21),
        age_ms=fields.get("age_ms", 90_000),
    )


def fired(evaluator: AlertEvaluator, minute: float, *mark: float) -> list[str]:
    return [alert.rule_id for alert in evaluator.see_marks(batch(minute, *mark))]


def test_a_message_says_what_is_known_of_how_much_and_that_the_rest_may_be_more() -> None:
    evaluator = watching(near(min_usd=1e6))
    evaluator.see_stops([stops((90.0, 91.0, 2e6))])
    assert fired(evaluator, 1, 95.0) == []
    (alert,) = evaluator.see_marks(batch(2, 91.5))
    assert alert.title == "BTC: mark 0.55 % from stops of longs, $2M known"
    assert alert.text.startswith(
        "The mark is 91.5; between 90 and 91 known stops of longs wait, 3 sells of $2M at their own prices. Trigger "
        "orders are known of 21.0 % of the open interest of the side, read 1 min 30 s before at the median: of the "
        "rest they are unknown and may be more. SIMULATED"
    )
    assert (alert.side, alert.price, alert.mark) == ("long", 90.5, 91.5)
    figures = {figure.name: figure.value for figure in alert.figures}
    assert (figures["known_stops"], figures["trigger_coverage"], figures["trigger_age"]) == (2e6, 0.21, 90_000.0)
    assert alert.provenance.as_of_ms == START_MS
    assert alert.provenance.age_ms == 2 * MINUTE


def test_what_nobody_knows_is_said_to_be_unknown() -> None:
    evaluator = watching(near())
    evaluator.see_stops([stops((90.0, 91.0, 5.0), coverage=None, age_ms=None)])
    (alert,) = evaluator.see_marks(batch(1, 90.0))
    assert "known of unknown of the open interest of the side: of the rest" in alert.text
    assert {each.source for each in alert.figures if each.value is None} == {"unknown"}


@pytest.mark.parametrize(
    ("wanted", "side", "usd", "fires"),
    [
        ({"side": "long"}, "long", 2e6, True),
        ({"side": "short"}, "long", 2e6, False),
        ({"min_usd": 3e6}, "long", 2e6, False),
        ({"min_usd": 2e6}, "short", 2e6, True),
        ({"coin": None}, "short", 2e6, True),
        ({"coin": "ETH"}, "long", 2e6, False),
        ({"on": False}, "long", 2e6, False),
    ],
)
def test_a_rule_is_about_a_coin_a_side_and_so_many_usd(
    wanted: dict[str, Any], side: str, usd: float, fires: bool
) -> None:
    evaluator = watching(near(**wanted))
    evaluator.see_stops([stops((90.0, 91.0, usd), side=side), stops(coin="ETH")])
    assert bool(fired(evaluator, 1, 91.0)) == fires


def test_it_is_armed_again_when_the_mark_is_beyond_the_hysteresis_of_all_that_fit() -> None:
    evaluator = watching(near(hysteresis=1.0))
    evaluator.see_stops([stops((90.0, 90.0, 10.0), (80.0, 80.0, 10.0))])
    marks = [90.5, 90.0, 91.5, 90.2, 92.5, 90.5, 80.1, 79.5, 85.0, 80.5]  # away: .6 0 1.6 .2 2.7 .6 .1 .6 5.9 .6
    assert [len(fired(evaluator, at, mark)) for at, mark in enumerate(marks, 1)] == [1, 0, 0, 0, 0, 1, 0, 0, 0, 1]


def test_a_cool_down_keeps_it_silent_and_counts() -> None:
    evaluator = watching(near(hysteresis=0.0, cool_down_minutes=10.0))
    evaluator.see_stops([stops((90.0, 90.0, 10.0))])
    assert [
        len(fired(evaluator, at, mark)) for at, mark in ((1, 90.0), (2, 95.0), (3, 90.0), (4, 95.0), (12, 90.0))
    ] == [
        1,
        0,
        0,
        0,
        1,
    ]
    assert evaluator.memory.rules["one"].held_back_count == 1


@pytest.mark.parametrize("others", [[], [stops(coin="ETH")], [stops(side="short")]])
def test_where_stops_are_unknown_nothing_fires_and_nothing_is_armed(others: list[KnownStops]) -> None:
    """Whatever is known of other coins, and of the other side."""
    evaluator = watching(near(hysteresis=0.0))
    assert fired(evaluator, 1, 90.0) == []
    evaluator.see_stops([stops((90.0, 90.0, 10.0))])
    assert fired(evaluator, 2, 90.0) == ["one"]
    evaluator.see_stops(others)
    assert fired(evaluator, 3, 95.0) == []
    evaluator.see_stops([stops((90.0, 90.0, 10.0))])
    assert fired(evaluator, 4, 90.0) == [], "between the two the mark was known, what it was near to was not"
    assert fired(evaluator, 5, UNKNOWN, 10.0) == fired(evaluator, 6, 90.0) == []


def test_where_they_are_known_and_none_is_near_it_is_armed() -> None:
    evaluator = watching(near())
    for minute, known in enumerate((stops((90.0, 90.0, 10.0)), stops(), stops((90.0, 90.0, 10.0))), 1):
        evaluator.see_stops([known])
        assert len(fired(evaluator, minute, 90.0)) == minute % 2


def test_a_cluster_read_with_less_is_the_same_place_until_half_is_gone() -> None:
    evaluator = watching(near(min_usd=100.0))
    told = []
    for minute, usd in enumerate((100.0, 99.0, 120.0, 50.0, 100.0, 49.0, 100.0), 1):
        evaluator.see_stops([stops((90.0, 90.0, usd))])
        told.append(len(fired(evaluator, minute, 90.0)))
    assert told == [1, 0, 0, 0, 0, 0, 1]


def test_of_several_that_fit_the_nearest_is_told() -> None:
    evaluator = watching(near(percent=5.0, min_usd=10.0))
    evaluator.see_stops([stops((88.0, 88.5, 50.0), (90.5, 91.0, 9.0), (89.0, 90.0, 20.0))])
    (alert,) = evaluator.see_marks(batch(1, 92.0))
    assert (alert.price, alert.figures[4].value) == (89.5, 20.0)


def test_coins_that_are_asked_for_are_named_and_kept_over_new_rules_and_a_restart() -> None:
    evaluator = watching(near(), near("two", coin="ETH"), rule(AlertKind.STALE, "three", minutes=5.0))
    assert evaluator.watched_stops == {"BTC", "ETH"}
    evaluator.see_stops([stops((90.0, 90.0, 10.0))])
    (first,) = evaluator.see_marks(batch(1, 90.0))
    again = AlertEvaluator(RuleMemory(evaluator.memory.state()))
    again.take_rules([near(), near("all", coin=None)], START_MS + 2 * MINUTE)
    assert again.watched_stops is None
    again.see_stops([stops((90.0, 90.0, 10.0))])  # before the coins are known
    (other,) = again.see_frame(facts(3, (90.0, 10.0)))
    assert (first.alert_id, other.rule_id) == (f"one:stops:BTC:long:{START_MS - MINUTE}", "all")
    again.take_rules([], START_MS)
    assert again.watched_stops == frozenset()


CLUSTERS = st.lists(st.tuples(st.floats(85.0, 99.0), st.floats(0.0, 1.0), st.floats(0.0, 100.0)), max_size=4)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.none() | CLUSTERS, st.sampled_from((UNKNOWN, 84.0, 88.0, 90.0, 91.0, 95.0, 99.5, 110.0)))),
    st.floats(0.1, 5.0),
    st.floats(0.0, 3.0),
    st.floats(0.0, 120.0),
)
def test_rows_fire_as_a_plain_loop_says(
    steps: list[tuple[list[tuple[float, float, float]] | None, float]], percent: float, hysteresis: float, usd: float
) -> None:
    evaluator = watching(near(percent=percent, hysteresis=hysteresis, min_usd=usd), mark=(UNKNOWN, 10.0))
    is_armed = True
    for at, (clusters, mark) in enumerate(steps, 1):
        spans = [(low, low + width, held) for low, width, held in clusters or ()]
        evaluator.see_stops([stops(coin="ETH"), *([] if clusters is None else [stops(*spans)])])
        fires = False
        if clusters is not None and mark > 0.0:
            away = [(100.0 * max(low - mark, mark - high, 0.0) / mark, held) for low, high, held in spans]
            if any(held >= usd and percent - each >= 0.0 for each, held in away):
                fires, is_armed = is_armed, False
            elif all(held < usd / 2.0 or percent - each < -hysteresis for each, held in away):
                is_armed = True
        assert bool(fired(evaluator, at, mark, 10.0)) == fires
