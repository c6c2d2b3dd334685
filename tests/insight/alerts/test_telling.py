"""What every alert says and keeps to: source, age, coverage, quiet hours, cool-down, once."""

from __future__ import annotations

import re

import pytest
from alert_worlds import MINUTE, START_MS, batch, cluster, facts, rule, watching

from liqscape.insight.alerts import AlertKind
from liqscape.insight.alerts.evaluator import AlertEvaluator
from liqscape.insight.alerts.text import duration_text, price_text, usd_text
from liqscape.units import DAY_MS, HOUR_MS

BORN = AlertKind.CLUSTER_BORN


def born(minute: int, coin: str = "BTC") -> list[object]:
    time_ms = START_MS + minute * MINUTE
    return [cluster(coin, event="born", time_ms=time_ms, cluster_id=f"{coin}-long-{time_ms}-5")]


def test_every_message_says_source_age_and_coverage() -> None:
    evaluator = watching(rule(AlertKind.NEAR_CLUSTER, coin="BTC", percent=1.0))
    evaluator.see_clusters(START_MS, {"BTC": [cluster()]})
    (alert,) = evaluator.see_marks(batch(1, 91.5))
    assert alert.text.endswith(
        "SIMULATED: no real account stands behind it. Source: sandbox seed 1, as of 2026-05-28 20:26:40 UTC "
        "(1 min before); account states 4 s old at the median; the map holds 40.0 % of the open interest of BTC."
    )
    assert {figure.source for figure in alert.figures} == {"simulated"}


def test_what_is_not_known_is_said_and_is_null() -> None:
    evaluator = watching(rule(BORN), is_simulated=False, coverage=(float("nan"), 0.6), account_age_ms=None)
    (alert,) = evaluator.see_cluster_rows([cluster(event="born", notional=None)])
    assert alert.provenance.coverage is None
    assert "account states unknown old at the median" in alert.text
    assert "holds unknown of the open interest of BTC" in alert.text
    assert [(figure.value, figure.source) for figure in alert.figures if figure.name == "notional"] == [
        (None, "unknown")
    ]


def test_in_quiet_hours_it_is_shown_and_not_sent() -> None:
    hour = START_MS % DAY_MS // HOUR_MS
    quiet = f"{hour:02d}:00-{(hour + 1) % 24:02d}:00"
    evaluator = watching(rule(BORN, quiet_hours=quiet, destinations=("phone",), sound=True))
    (during,) = evaluator.see_cluster_rows(born(1))
    (after,) = evaluator.see_cluster_rows(born(60))
    assert (during.is_quiet, during.destinations, during.has_sound) == (True, (), False)
    assert (after.is_quiet, after.destinations, after.has_sound) == (False, ("phone",), True)


def test_the_cool_down_is_of_one_coin_and_counts_what_it_keeps_back() -> None:
    evaluator = watching(rule(BORN, cool_down_minutes=10.0))
    fired = [
        len(evaluator.see_cluster_rows(born(minute, coin)))
        for minute, coin in ((1, "BTC"), (5, "BTC"), (6, "ETH"), (11, "BTC"))
    ]
    assert fired == [1, 0, 1, 1]
    state = evaluator.memory.rules["one"]
    assert (state.fired_count, state.held_back_count) == (3, 1)


def test_without_a_cool_down_events_may_come_in_any_order() -> None:
    evaluator = watching(rule(BORN))
    assert [len(evaluator.see_cluster_rows(born(minute))) for minute in (5, 2, 5)] == [1, 1, 0]


def test_once_is_once_until_the_rule_is_changed() -> None:
    evaluator = watching(rule(BORN, once=True))
    assert [len(evaluator.see_cluster_rows(born(minute))) for minute in (1, 2)] == [1, 0]
    evaluator.take_rules([rule(BORN, once=True, name="new name")], START_MS + 3 * MINUTE)
    assert evaluator.see_cluster_rows(born(4)) == []
    evaluator.take_rules([rule(BORN, once=True, min_usd=1.0)], START_MS + 5 * MINUTE)
    assert len(evaluator.see_cluster_rows(born(6))) == 1


def test_a_rule_that_is_off_is_kept_and_never_fires() -> None:
    evaluator = watching(rule(BORN, on=False))
    assert evaluator.see_cluster_rows(born(1)) == []
    assert evaluator.memory.rules.keys() == {"one"}


def test_nothing_fires_before_the_first_frame() -> None:
    evaluator = AlertEvaluator()
    evaluator.take_rules([rule(AlertKind.NEAR_LEVEL, coin="BTC", price=100.0, percent=1.0)], START_MS)
    assert evaluator.see_marks(batch(0, 100.0)) == []
    assert len(evaluator.see_frame(facts())) == 1


def test_coins_that_are_listed_later_are_watched_from_then_on() -> None:
    evaluator = watching(rule(AlertKind.NEAR_LEVEL, coin="SOL", price=5.0, percent=1.0))
    three = {
        "coins": ("SOL", "BTC", "ETH"),
        "open_interest": (1.0,) * 3,
        "coverage": (0.5,) * 3,
        "funding_8h": (0.0,) * 3,
    }
    (alert,) = evaluator.see_frame(facts(1, (5.0, 100.0, 10.0), **three))
    assert alert.coin == "SOL"


@pytest.mark.parametrize("coin", ["BTC", "xyz:TSLA", "k/PEPE", "ü" * 80])
def test_an_id_is_short_and_plain_whatever_the_coin_is_called(coin: str) -> None:
    evaluator = watching(rule(BORN))
    (alert,) = evaluator.see_cluster_rows(born(1, coin))
    assert re.fullmatch(r"[A-Za-z0-9._:-]{1,200}", alert.alert_id)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "$0"),
        (85.4, "$85"),
        (999.6, "$1000"),
        (1_234.0, "$1.23k"),
        (34_120_000.0, "$34.1M"),
        (2e9, "$2B"),
        (None, "unknown"),
    ],
)
def test_usd_is_three_digits_and_a_unit(value: float | None, text: str) -> None:
    assert usd_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (61_234.5, "61,234.5"),
        (123_456.7, "123,457"),
        (0.012345678, "0.0123457"),
        (9.0, "9"),
        (0.0, "0"),
        (None, "unknown"),
    ],
)
def test_a_price_has_six_digits(value: float | None, text: str) -> None:
    assert price_text(value) == text


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "0 s"), (61_000, "1 min 1 s"), (2 * HOUR_MS, "2 h"), (DAY_MS + 5, "1 d"), (None, "unknown")]
)
def test_a_duration_has_two_units_at_most(ms: int | None, text: str) -> None:
    assert duration_text(ms) == text
