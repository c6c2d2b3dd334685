"""What happens once is told once, to the rules it fits, with what it was."""

from __future__ import annotations

import pytest
from alert_worlds import ADDRESS, MINUTE, START_MS, cascade, cluster, rule, sweep, watching

from liqscape.insight.alerts import AlertKind
from liqscape.insight.alerts.inputs import CashReceived, LiquidationSeen


def liquidated(**fields: object) -> LiquidationSeen:
    given: dict[str, object] = {
        "coin": "BTC",
        "side": "long",
        "address": ADDRESS,
        "notional": 300_000.0,
        "size": 3.0,
        "price": 100.0,
        "mark": 100.1,
        "level": 100.2,
        "method": "market",
        "evidence": "inferred",
        "first_ms": START_MS,
        "last_ms": START_MS,
    }
    return LiquidationSeen(**{**given, **fields})  # type: ignore[arg-type]


def test_a_birth_is_told_to_the_rules_it_fits() -> None:
    evaluator = watching(
        rule(AlertKind.CLUSTER_BORN, "all"),
        rule(AlertKind.CLUSTER_BORN, "eth", coin="ETH"),
        rule(AlertKind.CLUSTER_BORN, "short", side="short"),
        rule(AlertKind.CLUSTER_BORN, "large", min_usd=10_000.0),
    )
    born = cluster(event="born", age_ms=0, time_ms=START_MS + MINUTE)
    assert [alert.rule_id for alert in evaluator.see_cluster_rows([born])] == ["all"]
    assert evaluator.see_cluster_rows([born]) == []


def test_a_cluster_that_stood_before_the_study_was_not_born_now() -> None:
    evaluator = watching(rule(AlertKind.CLUSTER_BORN))
    assert evaluator.see_cluster_rows([cluster(event="born", is_age_at_least=True)]) == []


def test_a_size_that_is_not_known_is_not_above_a_limit() -> None:
    evaluator = watching(rule(AlertKind.CLUSTER_BORN, "any"), rule(AlertKind.CLUSTER_BORN, "large", min_usd=1.0))
    assert [alert.rule_id for alert in evaluator.see_cluster_rows([cluster(event="born", notional=None)])] == ["any"]


def test_nothing_is_born_or_swept_where_nothing_stood() -> None:
    evaluator = watching(rule(AlertKind.CLUSTER_BORN, "born"), rule(AlertKind.CLUSTER_SWEPT, "swept"))
    assert evaluator.see_cluster_rows([cluster(event="born", size=0.0, notional=0.0)]) == []
    assert evaluator.see_sweeps([sweep(size_at_entry=0.0, usd_at_entry=0.0)]) == []


def test_a_merger_is_no_dissolution() -> None:
    evaluator = watching(rule(AlertKind.CLUSTER_DISSOLVED))
    merged = cluster(event="ended", merged_into="BTC-long-1-1")
    (alert,) = evaluator.see_cluster_rows([merged, cluster(low=80.0, high=81.0, event="ended")])
    assert alert.title == "BTC: long cluster dissolved, $5k when it was last found"


def test_a_sweep_says_what_was_liquidated_against_what_stood_there_and_the_residual() -> None:
    evaluator = watching(rule(AlertKind.CLUSTER_SWEPT))
    assert evaluator.see_sweeps([sweep(ended_ms=None, outcome="open")]) == []
    (alert,) = evaluator.see_sweeps([sweep()])
    values = {figure.name: figure.value for figure in alert.figures}
    assert values["stood_there"] == 4_550.0
    assert values["liquidated"] == pytest.approx(0.8 * 4_550.0)  # 40 of 50 coins
    assert values["residual"] == 5.0
    assert values["residual_share"] == pytest.approx(0.1)
    assert alert.title == "BTC: sweep of a long cluster over, $3.64k of $4.55k liquidated"
    assert evaluator.see_sweeps([sweep()]) == []  # it waits for the marks of its horizons


@pytest.mark.parametrize(
    ("closed", "by_stop", "coverage", "said", "share"),
    [
        (0.0, None, None, "bp. SIMULATED", None),
        (10.0, None, 0.0, "bp. Closed by own stops before: unknown. SIMULATED", None),
        (10.0, 5.0, 0.4, "bp. Closed by own stops before: 10.0 %, known of 40.0 % of it. SIMULATED", 0.1),
    ],
)
def test_a_sweep_says_what_own_stops_closed_as_far_as_it_is_known(
    closed: float, by_stop: float | None, coverage: float | None, said: str, share: float | None
) -> None:
    evaluator = watching(rule(AlertKind.CLUSTER_SWEPT))
    row = sweep(closed_before=closed, closed_by_own_stop=by_stop, stop_coverage=coverage)
    (alert,) = evaluator.see_sweeps([row])
    assert said in alert.text
    assert {figure.name: figure.value for figure in alert.figures}["closed_by_own_stop_share"] == share


def test_a_cascade_is_told_at_the_state_that_was_asked_for() -> None:
    evaluator = watching(rule(AlertKind.CASCADE_STATE, state="running"))
    found = [
        evaluator.see_cascades([cascade(state, minute)])
        for minute, state in enumerate(("starting", "running", "over"), 1)
    ]
    assert [len(each) for each in found] == [0, 1, 0]
    assert found[1][0].title == "BTC: cascade of longs is running"


def test_a_liquidation_is_told_once_though_it_is_confirmed_later() -> None:
    evaluator = watching(rule(AlertKind.LIQUIDATION, min_usd=250_000.0))
    small = liquidated(notional=1_000.0, address="0x" + "cd" * 20)
    (alert,) = evaluator.see_liquidations([small, liquidated()])
    assert alert.address == ADDRESS
    assert "How it is known: inferred." in alert.text
    assert evaluator.see_liquidations([liquidated(evidence="confirmed")]) == []


def test_an_ordinary_close_that_looked_like_one_is_no_liquidation() -> None:
    evaluator = watching(rule(AlertKind.LIQUIDATION, min_usd=0.0))
    assert evaluator.see_liquidations([liquidated(evidence="refuted")]) == []


def test_liquidations_of_one_account_can_be_asked_for() -> None:
    evaluator = watching(rule(AlertKind.LIQUIDATION, min_usd=0.0, address=ADDRESS))
    other = liquidated(address="0x" + "cd" * 20)
    assert [alert.address for alert in evaluator.see_liquidations([other, liquidated()])] == [ADDRESS]


def test_margin_is_told_of_the_account_and_the_amount() -> None:
    evaluator = watching(rule(AlertKind.MARGIN_ADDED, address=ADDRESS, min_usd=1_000.0))
    moved = [
        CashReceived(address=ADDRESS, coin=None, usd=usd, time_ms=START_MS + at, is_inferred=at > 1)
        for at, usd in enumerate((999.0, 1_000.0, 5_000.0))
    ]
    first, second = evaluator.see_cash(moved)
    assert "written down as a deposit or transfer" in first.text
    assert "Nobody wrote it down" in second.text


def test_what_happened_before_a_rule_was_there_is_not_told_to_it() -> None:
    evaluator = watching(rule(AlertKind.LIQUIDATION, min_usd=0.0))
    assert evaluator.see_liquidations([liquidated(first_ms=START_MS - 2 * MINUTE)]) == []


def test_what_happened_while_the_program_was_down_is_told_as_late() -> None:
    evaluator = watching(rule(AlertKind.LIQUIDATION, min_usd=0.0))
    evaluator.late_before_ms = START_MS + MINUTE
    early, now = liquidated(), liquidated(first_ms=START_MS + 2 * MINUTE)
    assert [alert.is_late for alert in evaluator.see_liquidations([early, now])] == [True, False]
