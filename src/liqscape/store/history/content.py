"""What a part holds, gathered frame by frame, and the frames of what is stored, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from liqscape.model.accounts import Accounts
from liqscape.store.history.account_rows import accounts_of_rows, apply_rows
from liqscape.store.history.batch import StoredFrame
from liqscape.store.history.manifest import Definition
from liqscape.store.history.packed import PackedRows
from liqscape.store.history.part_writer import Chunks
from liqscape.store.history.schema import (
    ACCOUNT_MINUTES,
    ADDRESSES,
    BANDS,
    COIN_MINUTES,
    COINS,
    FRAMES,
    FUNDING,
    MARK_PATH,
    OF_TRIGGERS,
    POOLS,
    POSITIONS,
    TABLES,
    Batch,
    rows_between,
)
from liqscape.store.history.steps import StepBands, levels_at_write, snapshot_of

PACKED = (POOLS, POSITIONS, COIN_MINUTES, MARK_PATH, ACCOUNT_MINUTES, *OF_TRIGGERS)
"""Tables of which a day may have millions of rows."""


class PartContent:
    """Frames of one day and one definition. `add` in order of time, then `finish`."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._steps = StepBands(definition.tables)
        self._batches: list[Batch] = []
        self._packed = {name: PackedRows(name) for name in PACKED}

    def __len__(self) -> int:
        return len(self._batches)

    def add(self, frame: StoredFrame) -> None:
        """The next frame; the first one is a keyframe."""
        snapshot = snapshot_of(frame.batch[COINS], self.definition.markets, frame.time_ms)
        self._steps.add(frame.time_ms, frame.accounts, snapshot)
        level = levels_at_write(frame.accounts, frame.batch[POSITIONS], snapshot, self.definition.tables)
        batch = {**frame.batch, POSITIONS: {**frame.batch[POSITIONS], "level_at_write": level}}
        for name, rows in self._packed.items():
            rows.add(batch[name])
        self._batches.append({name: batch[name] for name in TABLES if name not in PACKED})

    @property
    def byte_count(self) -> int:
        """What its rows take in memory, but for some thousand."""
        return sum(rows.byte_count for rows in self._packed.values()) + self._steps.byte_count

    def finish(self) -> Chunks:
        """Tables of the part, piece by piece."""
        bands = self._steps.finish()  # first: it holds the accounts of the last frame
        small: Chunks = {name: [batch[name] for batch in self._batches] for name in self._batches[0]}
        return {**small, **{name: rows.take() for name, rows in self._packed.items()}, BANDS: bands}


def replay(batches: Iterable[Batch], accounts: Accounts | None = None) -> Iterator[StoredFrame]:
    """Frames of batches that follow one another from a keyframe, or from `accounts`, each with its accounts."""
    accounts = Accounts.empty() if accounts is None else accounts
    for batch in batches:
        for row, time_ms in enumerate(batch[FRAMES]["time_ms"].tolist()):
            own = {name: rows_between(table, time_ms, time_ms) for name, table in batch.items()}
            new = tuple(own[ADDRESSES]["address"].tolist())
            rows = (own[POOLS], own[POSITIONS], own[FUNDING])
            if batch[FRAMES]["is_keyframe"][row]:
                accounts = accounts_of_rows(*rows, new)
            else:
                listed = (*accounts.addresses, *new) if new else accounts.addresses
                accounts = apply_rows(accounts, *rows, listed, time_ms)
            yield StoredFrame(own, accounts)
