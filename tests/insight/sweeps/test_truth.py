"""In a sandbox of blocks of 3 s every part of every sweep equals the exchange's own log of fills."""

from __future__ import annotations

import pytest
from amounts import first_of
from sweep_truth import PARTS, SweptWorld, TrueParts

from liqscape.insight.study_rows import SweepRow
from liqscape.sandbox.world import WorldSettings


@pytest.mark.parametrize("seed", [3, *first_of((5, *range(101, 119)))])
def test_parts_of_sweeps_equal_the_log_of_the_exchange(seed: int) -> None:
    # A crash and its return: through the levels of most longs, then of most shorts; some go to the backstop.
    settings = WorldSettings(seed=seed, accounts=500, coins=3, block_ms=3_000)
    world = SweptWorld(settings).run(12, {2: -0.3, 6: 0.5})
    rows = [*world.rows, *world.left]
    assert len(rows) >= 5
    unknown = met = 0.0
    for row in rows:
        check_parts(world, row, world.truth(row))
        unknown, met = unknown + row.unknown * row.price_high, met + row.size_at_entry * row.price_high
    assert unknown <= 0.01 * met, "everything is told here"


def is_read(address: str) -> bool:
    """Two in three accounts."""
    return int(address, 16) % 3 > 0


@pytest.mark.parametrize("seed", first_of((3, 5, *range(101, 109))))
def test_what_own_stops_closed_equals_the_log_of_the_exchange(seed: int) -> None:
    """Order by order: the log says which order filled, the study knows sums of a minute and what waited before."""
    settings = WorldSettings(seed=seed, accounts=400, coins=2, block_ms=3_000, stops_percent=70)
    world = SweptWorld(settings, is_read).run(9, {1: -0.3, 4: 0.5})
    rows = [(row, world.truth(row)) for row in [*world.rows, *world.left]]
    told = [(row, truth) for row, truth in rows if truth.is_told]
    assert len(told) >= max(5, len(rows) - 3), "few both buy and sell within a minute"
    for row, truth in told:
        check_parts(world, row, truth)
        assert row.stop_coverage == truth.read / truth.total, row.sweep_id
        assert row.closed_by_own_stop is None or truth.read > 0
        assert world.lots(row, row.closed_by_own_stop or 0.0) == truth.by_stop, row.sweep_id
    assert sum(truth.by_stop for _, truth in told) > 0


def check_parts(world: SweptWorld, row: SweepRow, truth: TrueParts) -> None:
    assert not row.gap
    assert {name: world.lots(row, getattr(row, name)) for name in PARTS} == truth.parts, row.sweep_id
    rest = row.saved_by_margin + row.moved_away + row.still_there + row.unknown
    assert world.lots(row, rest) == truth.rest, row.sweep_id
