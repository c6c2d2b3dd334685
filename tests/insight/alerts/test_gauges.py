"""Figures that pass a limit: each rule fires at the passing, and again only after the figure went back."""

from __future__ import annotations

from alert_worlds import MINUTE, START_MS, cluster, facts, rule, watching

from liqscape.insight.alerts import AlertKind
from liqscape.insight.study_rows import StudiedAsymmetry


def test_coverage_of_all_coins_and_of_one() -> None:
    evaluator = watching(
        rule(AlertKind.COVERAGE, "all", below=0.45), rule(AlertKind.COVERAGE, "eth", coin="ETH", below=0.5)
    )
    found = [
        [alert.rule_id for alert in evaluator.see_frame(facts(at, coverage_all=whole, coverage=(0.4, eth)))]
        for at, (whole, eth) in enumerate(((0.44, 0.6), (0.43, 0.4), (0.455, 0.4), (0.47, 0.4), (0.45, 0.4)), 1)
    ]
    assert found == [["all"], ["eth"], [], [], ["all"]]  # 0.455 is within the hysteresis of 0.01, 0.47 beyond it


def test_coverage_that_is_not_known_is_not_low() -> None:
    evaluator = watching(rule(AlertKind.COVERAGE, below=0.45), coverage_all=float("nan"))
    assert evaluator.see_frame(facts(1, coverage_all=float("nan"))) == []


def test_funding_fires_on_either_side_for_each_coin() -> None:
    evaluator = watching(rule(AlertKind.FUNDING, above=0.05, below=-0.05))
    (low,) = evaluator.see_frame(facts(1, funding_8h=(0.01, -0.06)))
    (high,) = evaluator.see_frame(facts(2, funding_8h=(0.05, -0.06)))
    assert (low.coin, low.title) == ("ETH", "ETH: funding -0.0600 % per 8 h")
    assert high.coin == "BTC"


def test_open_interest_is_held_against_so_many_minutes_ago() -> None:
    evaluator = watching(rule(AlertKind.OPEN_INTEREST, coin="BTC", percent=10.0, minutes=3.0, hysteresis=1.0))
    fired = {}
    for minute, interest in enumerate((1_000.0, 1_080.0, 1_101.0, 1_101.0, 1_000.0, 990.0), 1):
        for alert in evaluator.see_frame(facts(minute, open_interest=(interest, 1.0))):
            fired[minute] = round(alert.figures[0].value or 0.0, 2)
    assert fired == {3: 10.1, 6: -10.08}  # 1,101 against 1,000 at minute 0; 990 against 1,101 at minute 3


def test_open_interest_before_a_hole_is_not_compared_with() -> None:
    evaluator = watching(rule(AlertKind.OPEN_INTEREST, coin="BTC", percent=10.0, minutes=3.0))
    assert evaluator.see_frame(facts(60, open_interest=(5_000.0, 1.0))) == []


def test_asymmetry_is_of_the_distance_that_was_asked_for() -> None:
    evaluator = watching(rule(AlertKind.ASYMMETRY, coin="BTC", distance=5.0, above=0.5))

    def rows(long_usd: float | None, short_usd: float | None) -> list[StudiedAsymmetry]:
        return [
            StudiedAsymmetry(
                time_ms=START_MS, coin="BTC", percent=percent, long_usd=long, short_usd=short, known_at_ms=START_MS
            )
            for percent, long, short in ((1.0, 1.0, 99.0), (5.0, long_usd, short_usd))
        ]

    assert evaluator.see_asymmetry(START_MS, rows(60.0, 40.0)) == []
    assert evaluator.see_asymmetry(START_MS + MINUTE, rows(None, 40.0)) == []
    (alert,) = evaluator.see_asymmetry(START_MS + 2 * MINUTE, rows(20.0, 80.0))
    assert alert.title == "BTC: asymmetry within 5 % is +0.60"


def test_a_cluster_grows_against_itself_some_minutes_ago() -> None:
    evaluator = watching(rule(AlertKind.CLUSTER_GROWN, coin="BTC", percent=50.0, minutes=5.0))
    fired = {}
    for minute in range(12):
        size = 50.0 if minute < 6 else 80.0
        young = cluster(low=80.0, high=81.0, size=1_000.0 * minute + 1.0) if minute > 9 else cluster(low=80.0)
        found = evaluator.see_clusters(
            START_MS + minute * MINUTE, {"BTC": [cluster(size=size), young][: 1 + (minute > 9)]}
        )
        for alert in found:
            fired[minute] = round(alert.figures[0].value or 0.0, 6)
    assert fired == {6: 60.0}  # the young one was not there five minutes before


def test_silence_is_told_once_and_again_after_the_map_was_back() -> None:
    evaluator = watching(rule(AlertKind.STALE, minutes=3.0))
    silences = [0, 2, 3, 4, 0, 3]
    fired = [len(evaluator.see_silence(START_MS + at * MINUTE, silent * MINUTE)) for at, silent in enumerate(silences)]
    assert fired == [0, 0, 1, 0, 0, 1]
