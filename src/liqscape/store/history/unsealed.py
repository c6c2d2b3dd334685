"""Frames in head files as runs. Of each head what is small is kept, the rest is read again where it is asked for.

What is asked of a live map is mostly the last minutes again, one more each time; so the account tables of the heads
last asked for stay, from one keyframe on, and a new minute costs what that minute holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from liqscape.ledger.triggers import StandingTriggers
from liqscape.model.accounts import Accounts
from liqscape.store.history.account_rows import accounts_of_rows
from liqscape.store.history.address_rows import RowsOfAddress, pick_address
from liqscape.store.history.address_share import AddressShare
from liqscape.store.history.head import Head, head_span, read_whole
from liqscape.store.history.manifest import Definition, Manifest
from liqscape.store.history.part_accounts import joined, pick_holders
from liqscape.store.history.runs import keyframe_before, listed_at, marks_at
from liqscape.store.history.schema import (
    ACCOUNT_MINUTES,
    ADDRESSES,
    COIN_MINUTES,
    COINS,
    DEPTHS,
    DTYPES,
    FRAMES,
    FUNDING,
    NOTES,
    OF_TRIGGERS,
    POOLS,
    POSITIONS,
    Batch,
    Table,
    join_batches,
    join_tables,
    row_count,
    rows_between,
)
from liqscape.store.history.trigger_standing import standing_of_rows
from liqscape.units import DAY_MS, Float64Array, Int64Array

HELD = {name: [column for column in DTYPES[name] if column != "level_at_write"] for name in (POOLS, POSITIONS)}
"""Columns of heads that tell something: levels are written with parts."""
DEPTH_COLUMNS = ["time_ms", "market_index", "mid_last", *DEPTHS]
TRADED_COLUMNS = ["time_ms", "market_index", "kind", "size"]
MAX_DEPTHS = 256
"""Heads of which depth, and what was traded, is kept: an hour has 60, a minute of 250 coins is 17 kB."""


class HeadTables:
    """Account tables of heads that follow one another from a keyframe on. Usable from any thread."""

    def __init__(self, folder: Path, share: AddressShare) -> None:
        self.folder = folder
        self.share = share
        self._held: dict[str, Batch] = {}
        self._depths: dict[str, Table] = {}
        self._traded: dict[str, Table] = {}
        self._triggers: dict[str, Batch] = {}

    def of(self, heads: Sequence[Head]) -> list[Batch]:
        """POOLS, POSITIONS and ADDRESSES of each head; the first one holds a keyframe.

        Those of another keyframe are let go. Raises FileNotFoundError (sealed meanwhile), CorruptSegment.
        """
        held = self._held
        found = {head.name: held.get(head.name) or self._read(head) for head in heads}
        self._held = {**self._held, **found} if heads[0].name in self._held else found
        return list(found.values())

    def depths(self, heads: Sequence[Head]) -> list[Table]:
        """DEPTH_COLUMNS of the minutes of each head. Raises as `of`."""
        held = self._depths
        found = {head.name: held.get(head.name) or self._read_depths(head) for head in heads}
        self._depths = {**held, **found} if len(held) < MAX_DEPTHS else found
        return list(found.values())

    def traded(self, heads: Sequence[Head]) -> list[Table]:
        """TRADED_COLUMNS of the minutes of each head. Raises as `of`."""
        held = self._traded
        found = {head.name: held.get(head.name) or self._read_traded(head) for head in heads}
        self._traded = {**held, **found} if len(held) < MAX_DEPTHS else found
        return list(found.values())

    def triggers(self, heads: Sequence[Head]) -> list[Batch]:
        """OF_TRIGGERS of each head; the first one holds a keyframe. Those of another one are let go. Raises as `of`."""
        held = self._triggers
        found = {head.name: held.get(head.name) or self._read_triggers(head) for head in heads}
        self._triggers = {**held, **found} if heads[0].name in held else found
        return list(found.values())

    def _read_triggers(self, head: Head) -> Batch:
        batch = read_whole(self.folder, head)
        return {name: {column: values.copy() for column, values in batch[name].items()} for name in OF_TRIGGERS}

    def _read_traded(self, head: Head) -> Table:
        rows = read_whole(self.folder, head)[ACCOUNT_MINUTES]
        return {column: rows[column].copy() for column in TRADED_COLUMNS}

    def _read_depths(self, head: Head) -> Table:
        rows = read_whole(self.folder, head)[COIN_MINUTES]
        return {column: rows[column].copy() for column in DEPTH_COLUMNS}

    def _read(self, head: Head) -> Batch:
        batch = read_whole(self.folder, head)
        tables = {name: {column: batch[name][column] for column in columns} for name, columns in HELD.items()}
        addresses = batch[ADDRESSES]
        if row_count(addresses) and addresses["address_row"][0] == 0:  # all of them: mostly known already
            texts = np.empty(row_count(addresses), np.object_)
            texts[:] = self.share.shared(addresses["address"].tolist())
            addresses = {**addresses, "address": texts}
        return {**tables, ADDRESSES: addresses}


class HeadRun:
    """Heads of one UTC day and one definition, the first of which begins with a keyframe."""

    def __init__(self, heads: Sequence[Head], definition: Definition, tables: HeadTables) -> None:
        self.definition = definition
        self.heads = heads
        self._tables = tables
        self.first_ms = int(heads[0].batch[FRAMES]["time_ms"][0])
        self.last_ms = int(heads[-1].batch[FRAMES]["time_ms"][-1])

    def frames(self) -> Table:
        return self._frames

    def coins_at(self, time_ms: int) -> Table:
        return rows_between(self._coins, time_ms, time_ms)

    def marks(self, market_index: int) -> Float64Array:
        """Mark of one market in every frame."""
        marks: Float64Array = self._coins["mark"][self._coins["market_index"] == market_index]
        return marks

    def rows_of_market(self, market_index: int, columns: list[str]) -> Table:
        """Some columns of COINS of one market in every frame."""
        own = np.flatnonzero(self._coins["market_index"] == market_index)
        return {name: self._coins[name][own] for name in columns}

    def marks_at(self, times: Int64Array) -> Float64Array:
        return marks_at(self._coins, times, len(self.definition.markets))

    def rows_of_coin(self, market_index: int, begin_ms: int, until_ms: int) -> tuple[Table, Table, Table]:
        batches = self._batches(begin_ms, until_ms)
        pools, positions = pick_holders(batches, market_index, begin_ms, until_ms)
        return pools, positions, rows_between(self.funding(), begin_ms, until_ms)

    def rows_of_address(self, address: str, begin_ms: int, until_ms: int) -> RowsOfAddress | None:
        batches = self._batches(begin_ms, until_ms)
        return pick_address(batches, self.funding(), address, begin_ms, until_ms)

    def funding(self) -> Table:
        return join_tables([head.batch[FUNDING] for head in self.heads], FUNDING)

    def addresses_at(self, time_ms: int) -> tuple[str, ...]:
        begin_ms, listed = keyframe_before(self._frames, time_ms), listed_at(self._frames, time_ms)
        batches = self._batches(begin_ms, time_ms)

        def addresses() -> list[str]:
            each = [rows_between(batch[ADDRESSES], begin_ms, time_ms)["address"].tolist() for batch in batches]
            return [address for some in each for address in some]

        return self._tables.share.first_of(f"head@{begin_ms}", listed, addresses)

    def accounts_at(self, time_ms: int) -> Accounts:
        begin_ms = keyframe_before(self._frames, time_ms)
        batches = self._batches(begin_ms, time_ms)
        pools, positions = (
            joined([rows_between(batch[name], begin_ms, time_ms) for batch in batches]) for name in HELD
        )
        funding = rows_between(self.funding(), begin_ms, time_ms)
        return accounts_of_rows(pools, positions, funding, self.addresses_at(time_ms))

    def standing_at(self, time_ms: int) -> StandingTriggers | None:
        begin_ms = keyframe_before(self._frames, time_ms)
        batches = self._tables.triggers(self._heads_between(begin_ms, time_ms))
        rows = [{name: rows_between(table, begin_ms, time_ms) for name, table in each.items()} for each in batches]
        return standing_of_rows(rows, self.definition.markets)

    def batches(self, first_ms: int, last_ms: int) -> Iterator[Batch]:
        """All tables of each head with frames between two times, both within. Raises as read_head."""
        for head in self._heads_between(first_ms, last_ms):
            yield read_whole(self._tables.folder, head)

    def notes(self) -> Batch:
        """What was written down in the minutes of all heads. Raises as read_head."""
        return join_batches([read_whole(self._tables.folder, head) for head in self.heads], NOTES)

    def depths(self) -> Table:
        """DEPTH_COLUMNS of the minutes of all heads. Raises as read_head."""
        tables = self._tables.depths(self.heads)
        return {column: np.concatenate([rows[column] for rows in tables]) for column in DEPTH_COLUMNS}

    def traded(self) -> Table:
        """TRADED_COLUMNS of the minutes of all heads. Raises as read_head."""
        tables = self._tables.traded(self.heads)
        return {column: np.concatenate([rows[column] for rows in tables]) for column in TRADED_COLUMNS}

    def _batches(self, begin_ms: int, until_ms: int) -> list[Batch]:
        """Account tables of the heads with frames between two times, both within."""
        return self._tables.of(self._heads_between(begin_ms, until_ms))

    def _heads_between(self, begin_ms: int, until_ms: int) -> list[Head]:
        wanted = []
        for head in self.heads:
            span = head_span(head.name)
            assert span is not None
            if span[1] >= begin_ms and span[0] <= until_ms:
                wanted.append(head)
        return wanted

    @cached_property
    def _frames(self) -> Table:
        return join_tables([head.batch[FRAMES] for head in self.heads], FRAMES)

    @cached_property
    def _coins(self) -> Table:
        return join_tables([head.batch[COINS] for head in self.heads], COINS)


def head_runs(heads: Sequence[Head], manifest: Manifest, tables: HeadTables) -> tuple[HeadRun, ...]:
    """Heads as runs: another one with each day and each definition, which begin with a keyframe."""
    first_ms = [int(head.batch[FRAMES]["time_ms"][0]) for head in heads]
    definitions = [manifest.definition_at(each) for each in first_ms]
    begins = [
        row
        for row, head in enumerate(heads)
        if row == 0
        or (
            head.is_keyframe
            and (first_ms[row] // DAY_MS != first_ms[row - 1] // DAY_MS or definitions[row] is not definitions[row - 1])
        )
    ]
    limits = pairwise([*begins, len(heads)])
    return tuple(HeadRun(heads[low:high], definitions[low], tables) for low, high in limits)
