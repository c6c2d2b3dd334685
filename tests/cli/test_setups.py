"""`liqscape setups`: what it prints, its JSON, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from liqscape.cli import setups as command_of
from liqscape.cli.main import EXIT_BAD_INPUT, main
from liqscape.service.answers.setups import OutcomeShareAnswer, SetupsAnswer
from liqscape.service.setups import SetupQuestions
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader


def test_each_cluster_is_printed_with_its_evidence_and_record(command: Callable[..., str], stored: Any) -> None:
    said = command("setups", "BTC", "--data", stored.folder)
    for each in (
        "BTC at ",
        "SIMULATED",
        "? swing -",
        "record: no cluster so far from the mark",
        "funding: longs pay",
        "cascade: ",
    ):
        assert each in said
    answer = json.loads(command("setups", "BTC", "--data", stored.folder, "--json", "--at", stored.first_ms))
    assert set(answer) == set(SetupsAnswer.__struct_fields__)
    assert answer["as_of_ms"] == stored.first_ms


def test_a_share_is_printed_with_its_interval(stored: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answer = SetupQuestions(MapView(HistoryReader(stored.folder))).ask("BTC")
    share = OutcomeShareAnswer(hits=5, count=20, share=0.25, low=0.1119, high=0.4687)
    setup = answer.setups[0]
    record = msgspec.structs.replace(
        setup.record,
        compared=["swing", "funding"],
        reached=share,
        day_count=7,
        note=None,
        count=20,
        distance_class="1-3 %",
    )
    known = msgspec.structs.replace(answer, setups=[msgspec.structs.replace(setup, record=record)])
    command_of._print(known)
    said = capsys.readouterr().out
    wanted = (
        "n = 20 of 7 days with the same swing, funding, 1-3 % from the mark: within 24 h reached "
        "25.0 % (11.2 % to 46.9 %), swept -"
    )
    assert wanted in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["setups", "BTC"], "give either --data DIR"),
        (["setups", "NOPE", "--data", "X"], "NOPE"),
        (["setups", "BTC", "--data", "X", "--at", "noon"], "--at 'noon' is neither ISO 8601"),
    ],
)
def test_bad_questions_are_one_sentence(
    words: list[str], said: str, stored: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(stored.folder) if word == "X" else word for word in words]) == EXIT_BAD_INPUT
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""
