"""A first day says what it is short of (insight/needs.py)."""

from __future__ import annotations

from liqscape.insight.needs import FIGURES, OnRecord, needs_of, needs_of_state
from liqscape.insight.study import CoinStudy
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS


def since(records: dict[OnRecord, int]) -> dict[str, int | None]:
    return {need.figure: need.since_ms for need in needs_of(records)}


def test_what_is_not_written_down_never_counts_and_the_rest_does() -> None:
    found = since({OnRecord.FRAMES: 1_000})
    assert found["cluster_id"] == found["asymmetry"] == 1_000
    assert found["sweeps"] is found["reasons"] is found["impact"] is None
    assert tuple(found) == FIGURES


def test_a_figure_counts_from_the_latest_of_its_records_and_its_own_run_up() -> None:
    found = since({OnRecord.FRAMES: 0, OnRecord.PATH: HOUR_MS, OnRecord.ACCOUNTS: 2 * HOUR_MS})
    assert found["sweeps"] == HOUR_MS + MINUTE_MS
    assert found["cascade_threshold"] == 2 * HOUR_MS + DAY_MS
    assert found["persistence_3d"] == 3 * DAY_MS


def test_each_need_is_said_in_words() -> None:
    assert all(need.needs for need in needs_of({}))


def test_the_end_of_a_study_says_the_same_as_the_study() -> None:
    study = CoinStudy("BTC")
    study.since_ms = study.last_ms = 1_000
    study._records = {OnRecord.FRAMES: 1_000, OnRecord.PATH: 61_000}
    assert needs_of_state(study.state()) == study.needs
    assert needs_of_state(b"") is None
