"""Advice on a stop is one answer on every door: command line on the folder and on its server, API, Python."""

from __future__ import annotations

import urllib.request
from typing import Any

import msgspec
import pytest

import liqscape as lq
from liqscape.cli.main import main
from liqscape.service.answers.stop import StopAnswer

TRADE = ["stop", "BTC", "--side", "long", "--entry", "70000", "--stop", "49000", "--risk", "5000"]
WORDS = [*TRADE, "--leverage", "2", "--isolated", "--json"]
ASKED: dict[str, Any] = {
    "side": "long",
    "entry": 70_000.0,
    "stop": 49_000.0,
    "risk": 5_000.0,
    "leverage": 2.0,
    "isolated": True,
}


@pytest.mark.parametrize("simulate", [False, True])
def test_every_door_gives_the_same_answer(
    stored: Any, served: str, capsys: pytest.CaptureFixture[str], simulate: bool
) -> None:
    def said(*place: str) -> StopAnswer:
        assert main([*WORDS, *place, *(["--simulate"] if simulate else [])]) == 0
        return msgspec.json.decode(capsys.readouterr().out, type=StopAnswer)

    here = said("--data", str(stored.folder))
    query = "&".join(f"{name}={str(value).lower()}" for name, value in (ASKED | {"simulate": simulate}).items())
    with urllib.request.urlopen(f"{served}/api/v1/coins/BTC/stop?{query}") as response:
        by_http = msgspec.json.decode(response.read(), type=StopAnswer)
    advice = lq.open(served).stop("BTC", **ASKED, simulate=simulate)
    assert here.clusters
    assert here.clusters[0].overshoot.source == ("simulated" if simulate else "unknown")
    assert here == said("--url", served) == by_http == advice.record
    assert advice.record == lq.open(stored.folder).stop("BTC", **ASKED, simulate=simulate).record
    assert (advice.verdict, advice.sizing.size) == (here.verdict, here.sizing.size)
