"""`liqscape triggers`: what it prints with and without trigger orders, its JSON, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from small_market import SmallMarket, small_market
from trigger_worlds import make_knowledge, make_triggers

from liqscape.cli import triggers as command_of
from liqscape.cli.main import EXIT_BAD_INPUT, main
from liqscape.heatmap.moment import Moment
from liqscape.service.answers.triggers import TriggersAnswer
from liqscape.service.live import LiveState
from liqscape.service.triggers import TriggerQuestions
from liqscape.service.view import MapView


def test_a_folder_without_trigger_orders_says_unknown(command: Callable[..., str], stored: Any) -> None:
    said = command("triggers", "BTC", "--data", stored.folder)
    for each in ("BTC at ", "SIMULATED", "liquidations", "unknown, which does not mean none", "no book of this time"):
        assert each in said
    assert "stop sell" not in said
    answer = json.loads(command("triggers", "BTC", "--data", stored.folder, "--json", "--at", stored.first_ms))
    assert set(answer) == set(TriggersAnswer.__struct_fields__)
    assert (answer["as_of_ms"], answer["has_triggers"], answer["bands"]) == (stored.first_ms, False, None)


def test_kinds_coverage_clusters_and_lines_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    command_of._print(TriggerQuestions(_view(small_market(count=1))).ask("BTC", level=0))
    said = capsys.readouterr().out
    for each in (
        "trigger orders known of ",
        "take profit buy",
        "cluster of",
        "own stop before the level",
        "left out: ",
        "to price",
        "+10.0",
        "-0.5",
        "never summed",
    ):
        assert each in said


def _view(market: SmallMarket) -> MapView:
    frame, accounts = market.frames[0], market.accounts[0]
    known = make_triggers(3, accounts, frame.snapshot, 600), make_knowledge(3, accounts, frame.time_ms)
    moment = Moment(frame=frame, accounts=accounts, tables=market.tables, is_stored=False, triggers=known)
    return MapView(None, LiveState.of_moment(moment))


def test_a_span_that_is_none_is_refused(stored: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["triggers", "BTC", "--data", str(stored.folder), "--within-percent", "0"]) == EXIT_BAD_INPUT
    assert "within_percent 0 is outside 0..1000" in capsys.readouterr().err
