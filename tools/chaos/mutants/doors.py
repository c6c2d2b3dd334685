"""Answers about clusters through time: what is unknown, what is over, what pages hold."""

from __future__ import annotations

from chaos.mutant import Mutant

MUTANTS = (
    Mutant(
        "what may have been held for so long counts as held",
        "src/liqscape/service/tracking.py",
        "return row.weighted_age_ms is not None and row.weighted_age_ms >= held_for_ms",
        "return row.is_weighted_age_at_least or (row.weighted_age_ms or 0) >= held_for_ms",
        ("tests/web/test_study.py::test_held_for_keeps_the_old_and_counts_those_of_which_too_little_is_known",),
    ),
    Mutant(
        "unknown USD is summed as nothing",
        "src/liqscape/service/study_asking.py",
        "return None if values.has_nulls() or values.is_nan().any() else math.fsum(values.to_list())",
        "return math.fsum(values.fill_null(0.0).to_list())",
        ("tests/web/test_study.py::test_changes_are_summed_by_reason_and_unknown_usd_stays_unknown",),
    ),
    Mutant(
        "a page leaves out rows of the time where the one before ended",
        "src/liqscape/service/study_lists.py",
        '(polars.col("_ms") < place.time_ms) | ((polars.col("_ms") == place.time_ms) & is_later)',
        '(polars.col("_ms") < place.time_ms) & ~is_later.is_null()',
        ("tests/web/test_study.py::test_lists_are_newest_first_and_pages_go_on_where_they_ended",),
    ),
    Mutant(
        "a cluster that ended still stands",
        "src/liqscape/service/studied.py",
        'return newest.filter(polars.col("event") != "ended")',
        "return newest",
        ("tests/web/test_study.py::test_clusters_of_the_past_are_those_that_stood_then",),
    ),
    Mutant(
        "readers who did not ask hear of studied minutes",
        "src/liqscape/service/streaming/topic_news.py",
        'return topic == "clusters" and client.wants_study and client.looks_at(coin)',
        'return topic == "clusters" and client.looks_at(coin)',
        ("tests/web/test_study_stream.py::test_who_asks_for_it_hears_what_a_minute_brought",),
    ),
)
