"""What a part holds, gathered frame by frame, and the frames of what is stored, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from liqscape.model.accounts import Accounts
from liqscape.store.history.account_rows import accounts_of_rows, apply_rows
from liqscape.store.history.batch import StoredFrame
from liqscape.store.history.manifest import Definition
from liqscape.store.history.part_writer import Chunks
from liqscape.store.history.schema import (
    ADDRESSES,
    BANDS,
    COINS,
    FRAMES,
    FUNDING,
    POOLS,
    POSITIONS,
    TABLES,
    Batch,
    rows_between,
)
from liqscape.store.history.steps import StepBands, levels_at_write, snapshot_of


class PartContent:
    """Frames of one day and one definition. `add` in order of time, then `finish`."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._steps = StepBands(definition.tables)
        self._batches: list[Batch] = []
        self._account_rows = 0

    def __len__(self) -> int:
        return len(self._batches)

    def add(self, frame: StoredFrame) -> None:
        """The next frame; the first one is a keyframe."""
        snapshot = snapshot_of(frame.batch[COINS], self.definition.markets, frame.time_ms)
        self._steps.add(frame.time_ms, frame.accounts, snapshot)
        level = levels_at_write(frame.accounts, frame.batch[POSITIONS], snapshot, self.definition.tables)
        positions = {**frame.batch[POSITIONS], "level_at_write": level}
        self._batches.append({**frame.batch, POSITIONS: positions})
        self._account_rows += frame.row_count

    @property
    def row_count(self) -> int:
        """Rows so far: what takes memory."""
        return self._account_rows + self._steps.row_count

    def finish(self) -> Chunks:
        """Tables of the part, piece by piece."""
        bands = self._steps.finish()  # first: it holds the accounts of the last frame
        return {**{name: [batch.pop(name) for batch in self._batches] for name in TABLES}, BANDS: [bands]}


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
