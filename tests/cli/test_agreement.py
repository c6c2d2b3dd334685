"""`liqscape agreement`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., str]
RunJson = Callable[..., Any]


def test_where_nothing_is_printed_it_says_so(stored: Any, command: Run, command_json: RunJson) -> None:
    answer = command_json("agreement", "--data", stored.folder)
    accounts = stored.market.accounts[-1]
    assert answer["n"] == sum(answer["counts"]) == 0
    assert len(answer["counts"]) == len(answer["edges"]) + 1
    assert sum(answer["not_comparable"].values()) == answer["not_comparable"]["not_given"] == accounts.position_count
    assert "no position of this map" in command("agreement", "--data", stored.folder)


def test_a_coin_that_is_not_there_is_named(stored: Any, refused: Run) -> None:
    assert "NOPE" in refused("agreement", "NOPE", "--data", stored.folder)


@pytest.mark.recorded
def test_the_recorded_market_is_met_to_the_printed_digits(recorded: Path, command_json: RunJson) -> None:
    """Measured: 1,317 of 1,317 at the last snapshot; the parts by coin add up to the whole."""
    whole = command_json("agreement", "--recording", recorded / "market_2026_02")
    assert whole["n"] == sum(whole["counts"]) > 1_000
    assert whole["within_digits"] == whole["n"]
    assert whole["largest"] < 1e-8
    assert whole["only_ours"] == whole["only_published"] == 0
    part = command_json("agreement", "BTC", "--recording", recorded / "market_2026_02")
    assert 0 < part["n"] < whole["n"]
