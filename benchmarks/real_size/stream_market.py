"""A market of real size for the stream: marks that walk, positions that change, frames between the stored ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from population import make_population

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.model.accounts import Accounts

PROVENANCE = Provenance("benchmark", "real size", is_simulated=True, note="")
MINUTE_MS = 60_000
VOLATILITY = 7e-4
"""Of a mark, a minute: between the 4.5 bp of majors and the 10 of the rest."""
COMMON = 0.7
CHANGES = 1_040
"""Positions that change a minute: 1.5 million a day."""


class StreamMarket:
    """Frames of everybody, one after the other; the same seed gives the same."""

    def __init__(self, seed: int, accounts: int, positions: int | None, markets: int) -> None:
        self.random = np.random.default_rng([seed, 12])
        population = make_population(seed, accounts, positions, markets)
        self.accounts: Accounts = population.accounts
        self.tables = population.tables
        held = np.bincount(self.accounts.market_index, np.abs(self.accounts.size), markets)
        self.snapshot = replace(population.snapshot, open_interest=np.maximum(held / 1.6, 1e-9))
        self.share = accounts / 300_000

    def start_at(self, time_ms: int) -> None:
        """The time of the first frame."""
        self.accounts = replace(self.accounts, observed_ms=self.accounts.observed_ms - self.snapshot.time_ms + time_ms)
        self.snapshot = replace(self.snapshot, time_ms=time_ms)

    def next(self, time_ms: int, *, is_stored: bool = False) -> Moment:
        """The moment of a later time."""
        minutes = (time_ms - self.snapshot.time_ms) / MINUTE_MS
        spread = VOLATILITY * np.sqrt(max(minutes, 0.0))
        common, own = self.random.normal(0.0, 1.0), self.random.normal(0.0, 1.0, len(self.snapshot.mark))
        mark = self.snapshot.mark * np.exp(spread * (np.sqrt(COMMON) * common + np.sqrt(1.0 - COMMON) * own))
        self.snapshot = replace(self.snapshot, time_ms=time_ms, mark=mark, oracle=mark * 1.0002)
        changed = int(min(CHANGES * minutes, 10 * CHANGES) * self.share)
        if changed:
            size = self.accounts.size.copy()
            rows = self.random.integers(0, len(size), changed)
            size[rows] *= self.random.uniform(0.5, 1.5, changed)
            self.accounts = replace(self.accounts, size=size)
        frame = build_frame(self.accounts, self.snapshot, self.tables, PROVENANCE)
        return Moment(frame=frame, accounts=self.accounts, tables=self.tables, is_stored=is_stored)
