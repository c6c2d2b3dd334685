"""In a sandbox of blocks of 3 s every part of every sweep equals the exchange's own log of fills."""

from __future__ import annotations

import pytest
from amounts import first_of
from sweep_truth import PARTS, SweptWorld

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
        assert not row.gap
        truth = world.truth(row)
        assert {name: world.lots(row, getattr(row, name)) for name in PARTS} == truth.parts, row.sweep_id
        rest = row.saved_by_margin + row.moved_away + row.still_there + row.unknown
        assert world.lots(row, rest) == truth.rest, row.sweep_id
        unknown, met = unknown + row.unknown * row.price_high, met + row.size_at_entry * row.price_high
    assert unknown <= 0.01 * met, "everything is told here"
