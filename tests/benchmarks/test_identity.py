"""The table of identity counts what can be counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from identity import VARIANTS, Lived, large_cost, of_recording, steadiness
from planted_levels import MARK, MINUTE_MS, START_MS, Holder, crowd, held

from liqscape.insight.identity import RULES
from liqscape.units import Side


def world(longs: list[list[Holder]]) -> Lived:
    """One coin at a steady mark."""
    return Lived(
        ("BTC",),
        [START_MS + minute * MINUTE_MS for minute in range(len(longs))],
        np.full((len(longs), 1), MARK),
        [{(0, Side.LONG): held(frame), (0, Side.SHORT): held([])} for frame in longs],
    )


def test_births_lives_and_moves_of_edges_are_counted() -> None:
    there, late = crowd(1, 95.0), crowd(100, 97.0)
    counted = steadiness([world([there] * 5 + [[*there, *late]] * 9 + [there] * 20)], RULES, 1)
    assert counted.minutes == 34
    assert (counted.births, counted.births_near, counted.births_near_calm) == (1, 1, 1)
    assert counted.ended_ms == [4 * MINUTE_MS], "born at the fifth frame with it, last found at the ninth"
    assert counted.edges_moved == 0
    assert counted.row("these")["young, %"] == 100.0


def test_without_memory_a_blink_is_an_end_and_a_birth() -> None:
    frames = (
        [[*crowd(1, 95.0), *crowd(100, 97.0)]] * 3 + [crowd(1, 95.0)] * 2 + [[*crowd(1, 95.0), *crowd(100, 97.0)]] * 3
    )
    assert steadiness([world(frames)], VARIANTS["last frame only, one threshold"], 1).births == 1
    assert steadiness([world(frames)], RULES, 1).births == 0


def test_the_cost_of_a_large_market_is_of_all_its_coins() -> None:
    row = large_cost(coins=3, accounts=200, minutes=4)
    assert isinstance(row["clusters"], int)
    assert row["clusters"] > 6


@pytest.mark.recorded
def test_clusters_of_recorded_snapshots_are_found_again_hours_later(recorded: Path) -> None:
    for row in of_recording(recorded):
        assert isinstance(row["found again, %"], float)
        assert row["found again, %"] > 80.0, row
