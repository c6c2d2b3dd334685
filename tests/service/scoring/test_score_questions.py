"""The scorecard as every door gives it: of what was scored, and of nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from liqscape.errors import NotFound
from liqscape.service.opening import open_stored
from liqscape.service.score_questions import NOT_EVERYBODYS, NOTHING, ScoreQuestions
from liqscape.service.scoring.run import ScoreWanted, score_history
from liqscape.service.studying.executors import HereExecutor
from liqscape.store.scores import ScoreReader, ScoreWriter
from liqscape.store.scores.schema import TABLES

History = Callable[..., Path]


def test_where_nothing_was_scored_nothing_is_shown_and_it_says_how(history: History) -> None:
    answer = ScoreQuestions(open_stored(history(), None)).ask()
    assert answer.note == NOTHING
    assert (answer.levels, answer.power, answer.day_count, answer.last_day) == ([], [], 0, None)
    assert not answer.recall.is_measurable


def test_a_scorecard_counts_what_was_scored_power_first(history: History) -> None:
    data = history()
    list(score_history(data, ScoreWanted(), HereExecutor(), 1))
    view = open_stored(data, None)
    questions = ScoreQuestions(view)
    answer = questions.ask()
    assert (answer.first_day, answer.last_day, answer.day_count) == ("2026-05-28", "2026-05-29", 2)
    assert answer.frame_count == 8
    assert {(each.figure, each.unit) for each in answer.power} == {("levels", "share"), ("asymmetry", "correlation")}
    whole = next(each for each in answer.levels if each.by == "all" and each.horizon == "1h")
    by_coin = [each for each in answer.levels if each.by == "coin" and each.horizon == "1h"]
    assert whole.crossed_count == sum(each.crossed_count for each in by_coin) > 0
    assert whole.predicted_count == sum(each.predicted_count for each in by_coin)
    assert sum(each.usd for each in whole.fates) == pytest.approx(whole.crossed_usd)
    assert answer.recall.is_measurable
    rows = ScoreReader(data).rows("crossings", ["2026-05-28", "2026-05-29"])
    assert whole.crossed_count == (rows["horizon"] == "1h").sum()
    assert questions.ask() is answer, "kept until another day is scored"
    assert questions.ask("BTC").coin == "BTC"
    assert view.status().last_scored_day == "2026-05-28"
    with pytest.raises(NotFound):
        questions.ask("NOPE")


def test_recall_is_not_measurable_where_the_list_is_not_everybodys(history: History) -> None:
    data = history()
    list(score_history(data, ScoreWanted(), HereExecutor(), 1))
    reader = ScoreReader(data)
    questions = ScoreQuestions(open_stored(data, None))
    before = questions.ask()
    standing = reader.standing("2026-05-29")
    assert standing is not None
    from msgspec.structs import replace

    with ScoreWriter(data) as writer:
        tables = {name: reader.rows(name, ["2026-05-29"]).drop("day") for name in TABLES}
        writer.keep("2026-05-29", tables, replace(standing, is_everybodys=False))
    answer = questions.ask()
    assert answer is not before
    assert (answer.recall.is_measurable, answer.recall.why, answer.recall.rows) == (False, NOT_EVERYBODYS, [])
    assert [each.count for each in answer.errors] == [each.count for each in before.errors]


def test_frames_of_the_library_hold_the_card(history: History) -> None:
    import liqscape as lq

    data = history()
    list(score_history(data, ScoreWanted(), HereExecutor(), 1))
    found = lq.open(data).score()
    assert (found.first_day, found.last_day, found.note) == ("2026-05-28", "2026-05-29", None)
    whole = found.levels.filter(by="all", horizon="1h").row(0, named=True)
    record = next(each for each in found.record.levels if each.by == "all" and each.horizon == "1h")
    assert whole["crossed_count"] == record.crossed_count
    assert [whole[f"{fate.fate}_usd"] for fate in record.fates] == [fate.usd for fate in record.fates]
    assert found.recall.height == len(found.record.recall.rows)
    assert found.errors["q50_bp"].to_list() == [
        None if each.quantiles_bp is None else each.quantiles_bp[1].value for each in found.record.errors
    ]


def test_the_test_of_attraction_is_of_all_coins_and_says_what_is_missing(history: History) -> None:
    data = history()
    list(score_history(data, ScoreWanted(), HereExecutor(), 1))
    questions = ScoreQuestions(open_stored(data, None))
    found = questions.ask().attraction
    assert found is not None
    assert found.verdict == "not enough"
    assert found.text.startswith("not enough: n = 0 independent trials in the hold-out, needs 4,900")
    assert len(found.power) == 4
    assert questions.ask("BTC").attraction is None
