"""A recording read, checked and inferred: what the source and `liqscape levels` both start from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from liqscape.model.accounts import Accounts, PublishedState
from liqscape.risk.inference import Inference, RowClass, infer_pools
from liqscape.risk.inference.classes import CODE
from liqscape.sources.recording.markets import RecordedMarkets, read_markets
from liqscape.sources.recording.positions import RecordedPositions, read_positions
from liqscape.sources.recording.tables import RecordedTables, build_tables
from liqscape.units import Int64Array
from liqscape.wire.known_addresses import EXEMPT_ADDRESSES

LEARNING_ROUNDS = 5
"""Rounds in which guessed maximum leverages are corrected by what prices fit in; it settles or stops."""


@dataclass(frozen=True)
class SolvedRecording:
    """accounts: one pool per snapshot and address, in time order, positions in the order of `positions`."""

    positions: RecordedPositions
    recorded: RecordedMarkets
    tables: RecordedTables
    accounts: Accounts

    @classmethod
    def read(cls, folder: Path) -> SolvedRecording:
        """Read and check a folder. Raises InputError naming file, row, field, value and rule."""
        positions = read_positions(folder)
        recorded = read_markets(folder)
        tables = build_tables(positions, recorded)
        solved = cls(positions, recorded, tables, _accounts_of(positions, tables))
        for _ in range(LEARNING_ROUNDS if tables.guessed else 0):
            learnt = solved._learnt_leverage()
            tables = build_tables(positions, recorded, learnt)
            if tables.markets == solved.tables.markets:
                break
            solved = cls(positions, recorded, tables, _accounts_of(positions, tables))
        return solved

    def _learnt_leverage(self) -> dict[str, int]:
        """Maximum leverage of guessed coins by what most of their prices fit in; unfitted coins keep their guess."""
        inference, markets = self.inference, self.tables.markets
        fitted = np.isin(inference.row_class, [CODE[RowClass.REPRODUCED], CODE[RowClass.OLDER_TABLE]])
        leverage = self.tables.tables.max_leverage[inference.table_row, 0]
        learnt: dict[str, int] = {}
        for coin in self.tables.guessed:
            market = markets.index_of(coin)
            votes = leverage[fitted & (self.accounts.market_index == market)]
            learnt[coin] = int(np.bincount(votes).argmax()) if len(votes) else markets.rows[market].max_leverage
        return learnt

    @cached_property
    def inference(self) -> Inference:
        """Free margin, tables, pockets and class of every row; computed once, about 10 us a row."""
        return infer_pools(
            self.accounts,
            self.tables.tables,
            self.tables.older_tables,
            exempt_table_row=self.tables.exempt_table_row,
            price_resolution=self.positions.price_resolution,
            value_resolution=self.positions.value_resolution,
        )

    @cached_property
    def times_ms(self) -> Int64Array:
        """Distinct snapshot times, rising."""
        return np.unique(self.positions.time_ms)


def _accounts_of(positions: RecordedPositions, tables: RecordedTables) -> Accounts:
    is_first = np.ones(len(positions.size), np.bool_)
    is_first[1:] = (np.diff(positions.time_ms) != 0) | (np.diff(positions.address) != 0)
    starts = np.flatnonzero(is_first)
    market = np.array([tables.markets.index_of(coin) for coin in positions.coins], np.int32)[positions.coin]
    address = positions.address[starts]
    exempt = np.array([name in EXEMPT_ADDRESSES for name in positions.addresses], np.bool_)
    has_price = np.isfinite(positions.price)
    return Accounts.build(
        positions.addresses,
        address,
        np.full(len(starts), np.nan),
        np.concatenate((starts, [len(positions.size)])),
        market,
        positions.size,
        tables.markets.table_row[market],
        quality=np.zeros(len(starts), np.uint8),
        mode=np.zeros(len(starts), np.uint8),
        is_exempt=exempt[address],
        observed_ms=positions.time_ms[starts],
        entry_price=positions.entry_price,
        leverage=positions.leverage,
        observed_mark=positions.mark,
        published=np.where(has_price, PublishedState.PRICE, PublishedState.NONE),
        published_price=positions.price,
    )
