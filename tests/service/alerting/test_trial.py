"""A rule tried on what was stored fires where it fired live: one evaluator, two ways in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from studied_world import MIDNIGHT_MS, open_world

from liqscape.errors import NotFound, QuestionError
from liqscape.insight.alerts import Alert, AlertKind, Rule
from liqscape.insight.alerts.afterwards import MarkRecord, after, baseline
from liqscape.service.alerting.engine import AlertEngine
from liqscape.service.alerting.kept import KeptAlerts
from liqscape.service.alerting.rule_store import RuleStore
from liqscape.service.alerting.rule_text import write_rule
from liqscape.service.alerting.stored_feed import StoredFeed
from liqscape.service.alerting.trial import try_rule
from liqscape.service.folders import LIQUIDATIONS
from liqscape.service.live import LiveState
from liqscape.service.opening import open_stored
from liqscape.service.studying.follow import StudyFollower
from liqscape.service.studying.standing import StudyState
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader
from liqscape.store.studies import StudyReader
from liqscape.units import MINUTE_MS

MINUTES = 50
RULES = (
    Rule(rule_id="born", kind=AlertKind.CLUSTER_BORN),
    Rule(rule_id="dissolved", kind=AlertKind.CLUSTER_DISSOLVED),
    Rule(rule_id="liquidated", kind=AlertKind.LIQUIDATION, min_usd=0.0, cool_down_minutes=3.0),
    Rule(rule_id="cascade", kind=AlertKind.CASCADE_STATE, state="running"),
    Rule(rule_id="interest", kind=AlertKind.OPEN_INTEREST, percent=3.0, minutes=20.0),
    Rule(rule_id="covered", kind=AlertKind.COVERAGE, coin="BTC", below=0.99, hysteresis=0.0),
    Rule(rule_id="paid", kind=AlertKind.FUNDING, above=0.001),
)
SWEPT = Rule(rule_id="swept", kind=AlertKind.CLUSTER_SWEPT)


class Watched(NamedTuple):
    """A small market that was watched live: where it is stored, and what fired."""

    folder: Path
    start_ms: int
    alerts: list[Alert]
    mark: float


class _Sent(list[Alert]):
    def put(self, alerts: Sequence[Alert]) -> None:
        self.extend(alerts)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """Fifty minutes lived through, minute by minute, with every rule held against them."""
    folder = tmp_path_factory.mktemp("lived")
    living, writer = open_world(folder, minutes_before=MINUTES, accounts=80, stops_percent=60)
    live, state, sent = LiveState(), StudyState(), _Sent()
    living.publish_newest(live)
    assert live.now is not None
    mark = float(live.now.frame.snapshot.mark[0])
    start_ms = live.now.frame.time_ms
    stops = '[rules.stops]\nkind = "near_stops"\npercent = 1\n'
    level = f'[rules.level]\nkind = "level_touched"\ncoin = "BTC"\nprice = {mark * 0.999}\nhysteresis = 0.1\n'
    file = folder / "alerts.toml"
    file.write_text("".join(map(write_rule, (*RULES, SWEPT))) + stops + level)
    reader = HistoryReader(folder)
    view = MapView(reader, live, study=state, studies=StudyReader(folder))
    engine = AlertEngine(view, RuleStore(file), KeptAlerts(None), [sent], now_ms=lambda: start_ms)
    follower = StudyFollower(folder, state)
    living.observe, living.liquidated = live.observe, live.liquidated
    engine.begin()
    engine.work()
    try:
        follower.advance()
        for minute in range(1, MINUTES + 1):
            for moment in living.advance(start_ms + minute * MINUTE_MS):
                live.publish(moment)
            follower.advance()
            engine.work()
        follower.close()
    finally:
        writer.close()
    return Watched(folder, start_ms, list(sent), mark)


@pytest.mark.parametrize(
    "rule", [*RULES, Rule(rule_id="level", kind=AlertKind.LEVEL_TOUCHED)], ids=lambda rule: rule.rule_id
)
def test_a_trial_finds_what_was_fired_live(watched: Watched, rule: Rule) -> None:
    if rule.rule_id == "level":
        rule = Rule(rule_id="level", kind=rule.kind, coin="BTC", price=watched.mark * 0.999, hysteresis=0.1)
    view = open_stored(watched.folder, None)
    found = try_rule(view, rule, watched.start_ms, MIDNIGHT_MS + 1, watched.folder / LIQUIDATIONS)
    live = [alert for alert in watched.alerts if alert.rule_id == rule.rule_id]
    assert [(row.alert.title, row.alert.at_ms) for row in found.fired if rule.kind is not AlertKind.LEVEL_TOUCHED] == [
        (alert.title, alert.at_ms) for alert in live if rule.kind is not AlertKind.LEVEL_TOUCHED
    ]
    assert {row.alert.alert_id.rpartition(":")[0] for row in found.fired} == {
        alert.alert_id.rpartition(":")[0] for alert in live
    }
    assert found.count == len(live)


def test_the_world_of_the_trial_has_something_to_fire(watched: Watched) -> None:
    assert {alert.rule_id for alert in watched.alerts} >= {"born", "liquidated", "interest", "level"}


def test_near_a_cluster_a_trial_agrees_but_for_spans_between_two_quarters_of_an_hour(watched: Watched) -> None:
    rule = Rule(rule_id="near", kind=AlertKind.NEAR_CLUSTER, coin="BTC", percent=0.3)
    found = try_rule(open_stored(watched.folder, None), rule, watched.start_ms, MIDNIGHT_MS + 1, None)
    assert found.count > 0
    for row in found.fired:
        assert row.alert.figures[1].value is not None
        assert row.alert.figures[1].value <= 0.3
    assert any("quarter of an hour" in note for note in found.notes)


def test_near_stops_a_trial_finds_stored_ones_and_says_how_much_is_known(watched: Watched) -> None:
    rule = Rule(rule_id="stops", kind=AlertKind.NEAR_STOPS, percent=1.0)
    found = try_rule(open_stored(watched.folder, None), rule, watched.start_ms, MIDNIGHT_MS + 1, None)
    live = {alert.coin for alert in watched.alerts if alert.rule_id == "stops"}
    assert {row.alert.coin for row in found.fired} == live
    assert found.count > 0
    for row in found.fired:
        figures = {figure.name: figure.value for figure in row.alert.figures}
        assert figures["distance"] is not None
        assert figures["distance"] <= 1.0
        assert figures["trigger_coverage"] is not None
        assert "may be more" in row.alert.text
    assert any("stops are looked at 200 times" in note for note in found.notes)


def test_of_a_time_without_stored_orders_stops_are_unknown_and_nothing_fires(watched: Watched) -> None:
    rule = Rule(rule_id="stops", kind=AlertKind.NEAR_STOPS, percent=50.0)
    view = MapView(WithoutOrders(watched.folder), None)
    found = try_rule(view, rule, watched.start_ms, MIDNIGHT_MS + 1, None)
    assert found.count == 0
    assert any("its stops are unknown, and nothing can fire" in note for note in found.notes)


class WithoutOrders(HistoryReader):
    """A history of a source that read no trigger orders."""

    def standing_at(self, time_ms: int) -> None:  # noqa: ARG002
        return None


def test_a_grown_cluster_is_counted_by_the_minute(watched: Watched) -> None:
    rule = Rule(rule_id="grown", kind=AlertKind.CLUSTER_GROWN, coin="BTC", percent=20.0, minutes=10.0)
    found = try_rule(open_stored(watched.folder, None), rule, watched.start_ms, MIDNIGHT_MS + 1, None)
    assert all((row.alert.figures[0].value or 0.0) >= 20.0 for row in found.fired)


def test_what_came_after_is_beside_what_came_after_any_minute(watched: Watched) -> None:
    view = open_stored(watched.folder, None)
    found = try_rule(view, RULES[0], watched.start_ms, MIDNIGHT_MS + 1, None)
    first = found.summary[0]
    assert first.horizon == "5m"
    assert 0 < first.n <= found.count
    assert first.baseline.n > first.n
    assert found.summary[2].n == 0  # nothing is four hours old here
    assert found.summary[2].median_change_percent is None


def test_marks_after_a_trial_are_those_that_are_stored_whatever_was_asked_before(watched: Watched) -> None:
    rule = Rule(rule_id="level", kind=AlertKind.LEVEL_TOUCHED, coin="BTC", price=watched.mark * 0.999)
    view = open_stored(watched.folder, None)
    _, reader = view.price_sources
    assert reader is not None
    early, whole = (StoredFeed(view, reader, rule, ("BTC",), None) for _ in range(2))
    middle_ms = watched.start_ms + 20 * MINUTE_MS
    assert list(early.between(middle_ms, middle_ms + 5 * MINUTE_MS))
    for start_ms in (middle_ms, watched.start_ms):  # longer than before, then from earlier on
        span = start_ms, MIDNIGHT_MS + 1
        assert early.marks("BTC", *span).mark.tolist() == whole.marks("BTC", *span).mark.tolist()


def test_a_sweep_that_is_stored_was_told_live_when_it_was_over(watched: Watched) -> None:
    live = {(alert.title, alert.at_ms) for alert in watched.alerts if alert.rule_id == "swept"}
    found = try_rule(open_stored(watched.folder, None), SWEPT, watched.start_ms, MIDNIGHT_MS + 1, None)
    assert {(row.alert.title, row.alert.at_ms) for row in found.fired} <= live
    assert any("a sweep is stored once" in note for note in found.notes)


def test_a_stored_gap_is_a_silence(watched: Watched) -> None:
    rule = Rule(rule_id="silent", kind=AlertKind.STALE, minutes=1.5)
    assert try_rule(open_stored(watched.folder, None), rule, None, None, None).count == 0


def test_a_trial_of_nothing_is_refused(watched: Watched) -> None:
    view = open_stored(watched.folder, None)
    with pytest.raises(QuestionError, match="is not before"):
        try_rule(view, RULES[0], MIDNIGHT_MS, MIDNIGHT_MS, None)
    with pytest.raises(NotFound, match="did you mean BTC"):
        try_rule(view, Rule(rule_id="x", kind=AlertKind.CLUSTER_BORN, coin="BTCC"), None, None, None)


def test_a_trial_that_is_too_much_at_once_says_how_much(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liqscape.service.alerting.trial.MAX_COIN_MINUTES", 50)
    with pytest.raises(QuestionError, match=r"of 10 coins are 510 at once, at most 50: give a coin, or a shorter time"):
        try_rule(open_stored(watched.folder, None), RULES[0], watched.start_ms, MIDNIGHT_MS + 1, None)


def test_after_and_baseline_are_what_a_walk_over_the_marks_finds() -> None:
    minute = np.arange(600, dtype=np.int64)
    record = MarkRecord(minute * MINUTE_MS, 100.0 + np.sin(minute / 7.0) + minute / 300.0)
    at = 200 * MINUTE_MS
    (five, hour, _) = after(record, at)
    marks = record.mark.tolist()
    assert five.change_percent == pytest.approx(100.0 * (marks[205] / marks[200] - 1.0))
    assert hour.highest_percent == pytest.approx(100.0 * (max(marks[201:261]) / marks[200] - 1.0))
    assert hour.lowest_percent == pytest.approx(100.0 * (min(marks[201:261]) / marks[200] - 1.0))
    found = baseline([record], 0, 600 * MINUTE_MS, "1h")
    changes = [100.0 * (marks[row + 60] / marks[row] - 1.0) for row in range(540)]
    ranges = [
        100.0 * (max(marks[row + 1 : row + 61]) - min(marks[row + 1 : row + 61])) / marks[row] for row in range(540)
    ]
    assert found.n == 540
    assert found.median_abs_change_percent == pytest.approx(float(np.median(np.abs(changes))))
    assert found.median_range_percent == pytest.approx(float(np.median(ranges)))


def test_over_a_hole_nothing_is_known() -> None:
    record = MarkRecord(np.array([0, 100 * MINUTE_MS], np.int64), np.array([100.0, 90.0]))
    assert [row.change_percent for row in after(record, 0)] == [0.0, None, None]  # a mark stands for five minutes
