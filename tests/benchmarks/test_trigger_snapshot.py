"""The made-up snapshot of the benchmark is one that is read whole, and all of it lies in bands."""

from __future__ import annotations

import triggers
from population import make_population


def test_every_order_of_the_made_up_snapshot_is_kept_and_most_send_something() -> None:
    population = make_population(triggers.SEED, 400, markets=12)
    content = triggers.made_snapshot(population, 2_000)
    held, count = triggers.to_bands(population, content)
    assert held == 2_000
    assert 1_000 < count < held, "orders of one account share the position they close"
    snapshot = population.snapshot
    record = triggers.record_of(content, snapshot.markets, snapshot.time_ms)
    assert triggers.again_ms(triggers.register_of(record, snapshot.markets), population, rounds=2) > 0.0
