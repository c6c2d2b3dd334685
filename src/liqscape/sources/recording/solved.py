"""A recording read, checked and inferred: what the source and `liqscape levels` both start from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.risk.inference import Inference
from liqscape.sources.recording.accounts import accounts_of, infer_recorded
from liqscape.sources.recording.dexs import join_by_price
from liqscape.sources.recording.learning import learn_tables
from liqscape.sources.recording.markets import RecordedMarkets, read_markets
from liqscape.sources.recording.positions import RecordedPositions, read_positions
from liqscape.sources.recording.tables import RecordedTables
from liqscape.units import Int64Array


@dataclass(frozen=True)
class SolvedRecording:
    """accounts: one pool per snapshot, address and part, in time order, positions in the order of `positions`."""

    positions: RecordedPositions
    recorded: RecordedMarkets
    tables: RecordedTables
    accounts: Accounts

    @classmethod
    def read(cls, folder: Path) -> SolvedRecording:
        """Read and check a folder. Raises InputError naming file, row, field, value and rule."""
        return cls.of(read_positions(folder), read_markets(folder))

    @classmethod
    def of(cls, positions: RecordedPositions, recorded: RecordedMarkets) -> SolvedRecording:
        """What was read already. Each dex of an address is a pool, or those whose prices say that they share one."""
        tables = learn_tables(positions, recorded)
        solved = cls(positions, recorded, tables, accounts_of(positions, tables))
        if positions.part.any():
            part = join_by_price(positions, solved.accounts, solved.inference)
            if not np.array_equal(part, positions.part):
                return solved.regrouped(part)
        return solved

    def regrouped(self, part: Int64Array) -> SolvedRecording:
        """The same with other parts (P,) of each address sharing their margin."""
        positions = self.positions.regrouped(part)
        return SolvedRecording(positions, self.recorded, self.tables, accounts_of(positions, self.tables))

    @cached_property
    def inference(self) -> Inference:
        """Free margin, tables, pockets and class of every row; computed once, a few dozen us a row."""
        return infer_recorded(self.positions, self.accounts, self.tables)

    @cached_property
    def times_ms(self) -> Int64Array:
        """Distinct snapshot times, rising."""
        return np.unique(self.positions.time_ms)
