"""The measurement at real size runs, part by part, on a tiny world; the world moves as its docstring says."""

from __future__ import annotations

import importlib.util
import json
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from real_size.child import run as run_part_here
from real_size.parts import PARTS
from real_size.record import Row, Settings
from real_size.table import table
from real_size.world import HOUR_MS, MINUTE_MS, PROVENANCE, World, run, truth

from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS
from liqscape.model.events import AccountsObserved, FundingDue, TradesPrinted
from liqscape.service.pipeline import Pipeline

THERE = [part.name for part in PARTS if importlib.util.find_spec(f"real_size.{part.module}")]


LONG = ("live", "feed", "register", "importing", "past", "retention", "unsealed")
"""Processes of their own, some of which live for a time: left to `make truth`."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.truth) if name in LONG else name for name in THERE]
)
def test_a_part_measures_a_tiny_world(name: str, tmp_path: Path) -> None:
    rows = run_part_here(name, Settings.tiny(str(tmp_path)))
    assert len(rows) > 1
    assert len({row.what for row in rows}) == len(rows)
    for row in rows:
        assert row.value is not None, f"{row.what}: {row.note}"
        assert math.isfinite(row.value), row.what


def test_the_same_seed_gives_the_same_history_and_another_does_not() -> None:
    one, same, other = (
        [moment.accounts for moment in run(World(seed, 200, markets=8), Pipeline(PROVENANCE), 5)][-1]
        for seed in (1, 1, 2)
    )
    for name in (*POOL_COLUMNS, *POSITION_COLUMNS):
        assert getattr(one, name).tobytes() == getattr(same, name).tobytes(), name
    assert one.size.tobytes() != other.size.tobytes()


def test_an_hour_is_funded_once_and_every_minute_trades_and_is_read_again() -> None:
    world = World(3, 400, markets=8)
    ledger, funded = truth(world), 0
    for _ in range(61):
        kinds = []
        for event in world.minute(lambda: ledger.accounts):
            ledger.apply(event)
            kinds.append(type(event))
            funded += isinstance(event, FundingDue)
        assert TradesPrinted in kinds
        assert AccountsObserved in kinds
    assert funded == 1
    assert world.time_ms % MINUTE_MS == 0
    assert world.time_ms // HOUR_MS * HOUR_MS < world.time_ms


def test_prints_move_coins_from_one_account_to_another_and_make_none() -> None:
    world = World(5, 2_000, markets=20)
    ledger = truth(world)
    for event in world.minute(lambda: ledger.accounts):
        before = np.bincount(ledger.accounts.market_index, ledger.accounts.size, 20)
        ledger.apply(event)
        after = np.bincount(ledger.accounts.market_index, ledger.accounts.size, 20)
        if isinstance(event, TradesPrinted):
            assert np.allclose(before, after, rtol=1e-9, atol=1e-6)


def test_the_table_names_what_is_missed_of_this_build_only() -> None:
    before = [Row(what="stall", value=2_300.0, unit="ms", wanted=50.0), Row(what="gone", value=1.0, unit="s")]
    now = [
        Row(what="stall", value=60.0, unit="ms", wanted=50.0),
        Row(what="read", value=5_000.0, unit="1/s", wanted=4_000.0, is_lowest=True),
    ]
    lines = table({"before": before, "now": now}).splitlines()
    assert lines[1].split() == ["stall", "2,300", "60", "ms", "at", "most", "50", "MISS"]
    assert lines[2].split() == ["gone", "1", "-", "s"]
    assert lines[3].split() == ["read", "-", "5,000", "1/s", "at", "least", "4,000", "pass"]
    assert Row(what="x", value=None, unit="").verdict == "not measured"


def test_settings_and_rows_survive_the_way_to_the_process_and_back() -> None:
    settings = Settings(scratch="/somewhere", hours=2.5).of_build("before")
    assert Settings(**json.loads(json.dumps(asdict(settings)))) == settings
    row = Row(what="a", value=1.0, unit="s", wanted=2.0, note="why", is_lowest=True)
    assert Row(**json.loads(json.dumps(row.as_json()))) == row
