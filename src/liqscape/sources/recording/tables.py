"""Margin tables of a recorded market: the dated list of tiered coins, the recorded maximum leverage, and older tables.

A recording gives the maximum leverage of a coin but no tiers. The tiers come from the built-in list in force at its
last snapshot (states/builtin_tables.py). A coin of the list takes its tiers only if the recorded maximum leverage is
that of the first tier; otherwise it is plain: WIF and POPCAT had already lost their tiers in February 2026.

Positions keep the table of the day they were last touched, so every position may also carry a flat table or one of the
common groups; which one, only its published price can show (risk/inference).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier, flat_table
from liqscape.model.markets import Market, Markets
from liqscape.sources.recording.markets import RecordedMarkets
from liqscape.sources.recording.positions import RecordedPositions
from liqscape.states.builtin_tables import TIERED_10X_3M, TIERED_10X_20M, tables_in_force
from liqscape.states.child_trait import CHILD_LEVERAGE
from liqscape.units import Int32Array
from liqscape.wire.dex_names import dex_of

OLDER_GROUPS = (TIERED_10X_20M, TIERED_10X_3M)
"""Groups a coin may have left or not yet joined when a position was last touched."""

FLAT_LEVERAGES = (3, 5, 10, 20, 25, 40, 50)
"""Maximum leverages the venue has had; older positions carry them without tiers."""

LOWEST_TIERED_ID = 50
"""The venue's ids below 50 are flat tables, the id their leverage; 50 itself is listed, and flat too."""


@dataclass(frozen=True, kw_only=True)
class RecordedTables:
    """Markets of a recording in the order of their names, with their tables.

    older_tables (M, C) rows of tables a position may carry instead, -1 where none. guessed: coins absent from
    markets.parquet, whose maximum leverage is learnt, the list's or the highest seen. list_name: the dated list.
    """

    markets: Markets
    tables: MarginTables
    older_tables: Int32Array
    exempt_table_row: int
    guessed: tuple[str, ...]
    list_name: str


def build_tables(
    positions: RecordedPositions, recorded: RecordedMarkets, learnt: dict[str, int] | None = None
) -> RecordedTables:
    """Markets and margin tables of everything recorded; `learnt` maximum leverages stand in for unrecorded ones."""
    coins = sorted({*positions.coins, *recorded.max_leverage})
    listed = tables_in_force(int(positions.time_ms[-1]))
    seen = _highest_leverage(positions)
    known = {**(learnt or {}), **recorded.max_leverage}
    decimals = dict(zip(positions.coins, positions.size_decimals.tolist(), strict=True))
    rows = _TableRows()
    shared = [*(rows.flat(leverage) for leverage in FLAT_LEVERAGES), *(rows.row_of(table) for table in OLDER_GROUPS)]
    markets: list[Market] = []
    older: list[list[int]] = []
    for coin in coins:
        row = _present_row(rows, listed.find(coin), known.get(coin), seen.get(coin, 1.0))
        leverage = rows.tables[row].max_leverage
        markets.append(
            Market(
                coin=coin, size_decimals=decimals.get(coin, 0), max_leverage=leverage, table_row=row, dex=dex_of(coin)
            )
        )
        older.append([other for other in dict.fromkeys([*shared, rows.flat(leverage)]) if other != row])
    width = max(len(others) for others in older)
    padded = np.array([[*others, *[-1] * (width - len(others))] for others in older], np.int32)
    return RecordedTables(
        markets=Markets.build(markets),
        tables=MarginTables.build(rows.tables),
        older_tables=padded,
        exempt_table_row=rows.flat(CHILD_LEVERAGE),
        guessed=tuple(coin for coin in coins if coin not in recorded.max_leverage),
        list_name=listed.name,
    )


class _TableRows:
    """Distinct tables in order of first use, distinguished by their tiers."""

    def __init__(self) -> None:
        self.tables: list[MarginTable] = []
        self._row: dict[tuple[MarginTier, ...], int] = {}

    def row_of(self, table: MarginTable) -> int:
        if table.tiers not in self._row:
            self._row[table.tiers] = len(self.tables)
            self.tables.append(table)
        return self._row[table.tiers]

    def flat(self, leverage: int) -> int:
        # A flat table above the venue's range gets an id that no listed table has.
        table_id = leverage if leverage <= LOWEST_TIERED_ID else 10_000 + leverage
        return self.row_of(flat_table(leverage, table_id))


def _present_row(rows: _TableRows, listed: MarginTable | None, recorded: int | None, seen: float) -> int:
    if listed is not None and (recorded == listed.max_leverage or (recorded is None and seen <= listed.max_leverage)):
        return rows.row_of(listed)
    if recorded is not None:
        return rows.flat(recorded)
    at_least = [leverage for leverage in FLAT_LEVERAGES if leverage >= seen]
    return rows.flat(at_least[0] if at_least else math.ceil(seen))


def _highest_leverage(positions: RecordedPositions) -> dict[str, float]:
    highest = np.zeros(len(positions.coins))
    np.fmax.at(highest, positions.coin, positions.leverage)
    return dict(zip(positions.coins, highest.tolist(), strict=True))
