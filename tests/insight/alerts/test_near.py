"""Rules that marks decide fire once a passing, at the batch of marks that passes."""

from __future__ import annotations

import numpy as np
from alert_worlds import ADDRESS, MINUTE, START_MS, batch, cluster, facts, rule, watching
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from liqscape.insight.alerts import AlertKind
from liqscape.insight.alerts.cluster_rows import StandingClusters
from liqscape.insight.alerts.columns import RuleColumns
from liqscape.insight.alerts.evaluator import AlertEvaluator
from liqscape.insight.alerts.inputs import AccountLevel
from liqscape.insight.alerts.state import RuleMemory
from liqscape.insight.study_rows import ClusterRow

NEAR = rule(AlertKind.NEAR_LEVEL, coin="BTC", price=90.0, percent=2.0, hysteresis=1.0)


def test_a_level_is_told_once_until_the_mark_has_gone_back_by_the_hysteresis() -> None:
    evaluator = watching(NEAR)
    marks = [95.0, 91.0, 90.0, 91.9, 91.5, 93.0, 91.0]  # away: 5.3, 1.1, 0, 2.07, 1.6, 3.2, 1.1 %
    fired = [len(evaluator.see_marks(batch(at, mark))) for at, mark in enumerate(marks, 1)]
    assert fired == [0, 1, 0, 0, 0, 0, 1]


def test_a_passing_has_one_id_and_the_next_another() -> None:
    evaluator = watching(NEAR)
    first, second = (evaluator.see_marks(batch(at, mark)) for at, mark in ((1, 91.0), (5, 80.0)))
    evaluator.see_marks(batch(6, 91.0))
    assert [alert.alert_id for alert in first] == [f"one:90:{START_MS - MINUTE}"]
    assert second == []  # from above it went away: armed again at minute 5
    evaluator.see_marks(batch(7, 100.0))
    (third,) = evaluator.see_marks(batch(8, 91.0))
    assert third.alert_id == f"one:90:{START_MS + 7 * MINUTE}"


def test_a_touch_is_the_mark_at_or_past_the_level_between_two_updates() -> None:
    evaluator = watching(rule(AlertKind.LEVEL_TOUCHED, coin="BTC", price=90.0))
    assert evaluator.see_marks(batch(1, 90.5)) == []
    (alert,) = evaluator.see_marks(batch(1.1, 89.0))
    assert (alert.price, alert.mark, alert.at_ms) == (90.0, 89.0, START_MS + 66_000)


def test_an_approach_is_of_one_side_only() -> None:
    above = rule(AlertKind.LEVEL_TOUCHED, "above", coin="BTC", price=90.0, approach="from_above")
    below = rule(AlertKind.LEVEL_TOUCHED, "below", coin="BTC", price=90.0, approach="from_below")
    evaluator = watching(above, below)
    fired = [[alert.rule_id for alert in evaluator.see_marks(batch(at, mark))] for at, mark in ((1, 89.0), (2, 91.0))]
    assert fired == [["above"], ["below"]]


def test_a_level_passed_before_the_first_batch_is_told_against_the_last_frame() -> None:
    evaluator = watching(rule(AlertKind.LEVEL_TOUCHED, coin="BTC", price=99.0))
    (alert,) = evaluator.see_marks(batch(1, 98.0))
    assert alert.title == "BTC: mark at 99"


def test_an_unknown_mark_fires_nothing_and_arms_nothing() -> None:
    evaluator = watching(NEAR)
    unknown = float("nan")
    fired = [
        len(evaluator.see_marks(batch(at, mark))) for at, mark in ((1, unknown), (2, 91.0), (3, unknown), (4, 91.0))
    ]
    assert fired == [0, 1, 0, 0]


def test_a_cluster_is_told_by_its_span_side_and_size() -> None:
    near = rule(AlertKind.NEAR_CLUSTER, coin="BTC", percent=1.0, side="long", min_usd=1_000.0)
    evaluator = watching(near)
    small = cluster(low=90.0, high=91.0, notional=500.0)
    short = cluster(low=92.0, high=93.0, side="short")
    large = cluster(low=85.0, high=86.0)
    evaluator.see_clusters(START_MS, {"BTC": [small, short, large]})
    assert evaluator.see_marks(batch(1, 90.5)) == []
    (alert,) = evaluator.see_marks(batch(2, 86.5))
    assert (alert.cluster_id, alert.side, alert.price) == (large.cluster_id, "long", 85.5)
    assert alert.title == "BTC: mark 0.58 % from a long cluster, $4.33k"  # 50 coins at 86.5
    assert alert.provenance.age_ms == 2 * MINUTE


def test_a_cluster_that_was_emptied_is_no_place_to_be_near() -> None:
    evaluator = watching(rule(AlertKind.NEAR_CLUSTER, coin="BTC", percent=1.0))
    evaluator.see_clusters(START_MS, {"BTC": [cluster(size=0.0, notional=0.0), cluster(low=85.0, high=86.0)]})
    fired = [evaluator.see_marks(batch(at, mark)) for at, mark in ((1, 91.5), (2, 86.5))]
    assert [[alert.price for alert in alerts] for alerts in fired] == [[], [85.5]]


def test_a_rule_about_every_coin_fires_for_each() -> None:
    evaluator = watching(rule(AlertKind.NEAR_CLUSTER, percent=1.0))
    evaluator.see_clusters(START_MS, {"BTC": [cluster()], "ETH": [cluster("ETH", 9.0, 9.1)]})
    assert [alert.coin for alert in evaluator.see_marks(batch(1, 91.2, 9.15))] == ["BTC", "ETH"]


def test_a_cluster_that_is_found_anew_each_minute_is_told_once() -> None:
    evaluator = watching(rule(AlertKind.NEAR_CLUSTER, coin="BTC", percent=1.0))
    fired = 0
    for minute in range(1, 10):
        evaluator.see_clusters(
            START_MS + minute * MINUTE, {"BTC": [cluster(low=90.0 + 0.01 * minute, cluster_id="BTC-long-1-900")]}
        )
        fired += len(evaluator.see_marks(batch(minute, 91.5)))
    assert fired == 1


def test_a_cluster_left_far_behind_is_armed_again() -> None:
    evaluator = watching(rule(AlertKind.NEAR_CLUSTER, coin="BTC", percent=1.0))
    fired = []
    for minute, mark in enumerate((91.5, 120.0, 91.5), 1):
        evaluator.see_clusters(START_MS + minute * MINUTE, {"BTC": [cluster()]})
        fired.append(len(evaluator.see_marks(batch(minute, mark))))
    assert fired == [1, 0, 1]


def test_one_cluster_can_be_asked_for() -> None:
    wanted = cluster(low=85.0, high=86.0)
    evaluator = watching(rule(AlertKind.NEAR_CLUSTER, percent=5.0, cluster_id=wanted.cluster_id))
    evaluator.see_clusters(START_MS, {"BTC": [cluster(), wanted], "ETH": [cluster("ETH", 9.0, 9.1)]})
    assert [alert.cluster_id for alert in evaluator.see_marks(batch(1, 89.0, 9.1))] == [wanted.cluster_id]


def test_an_account_is_told_by_the_level_of_its_position() -> None:
    evaluator = watching(rule(AlertKind.ACCOUNT_NEAR, address=ADDRESS, percent=3.0))
    level = AccountLevel(address=ADDRESS, coin="BTC", side="long", price=90.0, size=2.0, time_ms=START_MS)
    other = AccountLevel(address="0x" + "cd" * 20, coin="BTC", side="long", price=92.0, size=2.0, time_ms=START_MS)
    evaluator.see_levels([level, other])
    assert evaluator.watched_addresses == {ADDRESS}
    (alert,) = evaluator.see_marks(batch(1, 92.0))
    assert (alert.address, alert.price, alert.side) == (ADDRESS, 90.0, "long")


def test_what_has_fired_stays_fired_over_a_restart() -> None:
    evaluator = watching(NEAR)
    assert len(evaluator.see_marks(batch(1, 91.0))) == 1
    again = AlertEvaluator(RuleMemory(evaluator.memory.state()))
    again.take_rules([NEAR], START_MS + 10 * MINUTE)
    again.see_frame(facts(10, (91.0, 10.0)))
    assert again.see_marks(batch(11, 91.0)) == []


def test_killed_before_it_was_kept_an_alert_is_told_again_under_the_same_id() -> None:
    evaluator = watching(NEAR)
    kept = RuleMemory(evaluator.memory.state()).state()
    (first,) = evaluator.see_marks(batch(1, 91.0))
    again = AlertEvaluator(RuleMemory(kept))
    again.memory.rows.clear()
    again.take_rules([NEAR], START_MS + 10 * MINUTE)
    (second,) = again.see_frame(facts(10, (91.0, 10.0)))
    assert second.alert_id == first.alert_id


@given(
    st.lists(st.floats(80.0, 120.0), min_size=1, max_size=40),
    st.floats(0.1, 5.0),
    st.floats(0.0, 3.0),
)
def test_rows_fire_as_a_plain_loop_says(marks: list[float], percent: float, hysteresis: float) -> None:
    spans = [(88.0, 89.0), (95.0, 99.0), (110.0, 110.5)]
    near = rule(AlertKind.NEAR_CLUSTER, coin="BTC", percent=percent, hysteresis=hysteresis)
    evaluator = watching(near, mark=(float("nan"), 10.0))
    rows = [cluster(low=low, high=high) for low, high in spans]
    evaluator.see_clusters(START_MS, {"BTC": rows})
    armed = [True] * len(spans)
    for at, mark in enumerate(marks, 1):
        expected = []
        for place, (low, high) in enumerate(spans):
            away = 100.0 * max(low - mark, mark - high, 0.0) / mark
            if armed[place] and away <= percent:
                armed[place] = False
                expected.append(rows[place].cluster_id)
            elif not armed[place] and percent - away < -hysteresis:
                armed[place] = True
        assert [alert.cluster_id for alert in evaluator.see_marks(batch(at, mark))] == expected


WORDS = st.sampled_from((None, "a", "b", "c"))
ABOUT = st.tuples(st.sampled_from((None, "BTC", "ETH", "GONE")), st.sampled_from((None, "long", "short")), WORDS)
STANDING = st.tuples(st.sampled_from(("BTC", "ETH")), st.sampled_from(("long", "short")), st.sampled_from("abcd"))


@given(
    st.lists(st.tuples(ABOUT, st.sampled_from((None, 500.0, 2_000.0))), max_size=12),
    st.lists(st.tuples(STANDING, st.sampled_from((None, 100.0, 500.0, 3_000.0)), st.booleans()), max_size=12),
)
def test_rules_are_paired_with_each_cluster_they_are_about_by_coin_rule_and_cluster(
    asked: list[tuple[tuple[str | None, str | None, str | None], float | None]],
    standing: list[tuple[tuple[str, str, str], float | None, bool]],
) -> None:
    coins = {"BTC": 0, "ETH": 1}
    rules = [
        rule(AlertKind.NEAR_CLUSTER, f"r{place}", coin=coin, side=side, cluster_id=name, min_usd=usd, percent=1.0)
        for place, ((coin, side, name), usd) in enumerate(asked)
    ]
    clusters: dict[str, list[ClusterRow]] = {coin: [] for coin in coins}
    for (coin, side, name), usd, _ in standing:
        clusters[coin].append(
            structs.replace(cluster(low=90.0, high=91.0, side=side, notional=usd), coin=coin, cluster_id=name)
        )
    stand = StandingClusters(clusters, coins)
    kept = np.array([each[2] for coin in coins for each in standing if each[0][0] == coin], np.bool_)
    wanted = [
        (number, place)
        for coin in coins
        for number, each in enumerate(rules)
        for place, row in enumerate(stand.rows)
        if row.coin == coin and kept[place] and each.coin in (None, coin) and each.side in (None, row.side)
        if each.cluster_id in (None, row.cluster_id)
        if not each.min_usd or (row.notional is not None and row.notional >= each.min_usd)
    ]
    found = stand.pairs(RuleColumns(rules, AlertKind.NEAR_CLUSTER, coins), kept)
    assert list(zip(*(each.tolist() for each in found), strict=True)) == wanted
