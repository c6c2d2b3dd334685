"""The rows of all accounts and what follows from each row alone: the facts both passes of infer.py start from."""

from __future__ import annotations

import numpy as np

from liqscape.model.accounts import Accounts, PublishedState
from liqscape.model.margin_tables import MarginTables
from liqscape.risk.inference.free_margin import free_margin_width, implied_free_margin, pocket_raw_usd
from liqscape.risk.inference.persistence import stood_still
from liqscape.risk.inference.pocket import is_plausible, looks_opened, opening_extra
from liqscape.risk.margin import maintenance_margin
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array

AGREED_VOTES = 2
"""Votes that must agree before a row may be called isolated by plausibility alone (pocket.py, test 3)."""


class Rows:
    """P rows of A accounts. Names as in model.Accounts; `group` is the account of each row.

    present (P,) table of the coin, or of the whole account where it is exempt; candidates (P, C) the tables a row may
    carry instead, -1 where none. width (P,) USD by which its free margin may be off (free_margin.py).
    looks_opened, is_plausible, stood_still: tests 1, 3 and 2 of an isolated pocket.
    """

    def __init__(
        self,
        accounts: Accounts,
        tables: MarginTables,
        older_tables: Int32Array,
        present: Int32Array,
        price_resolution: Float64Array,
        value_resolution: Float64Array,
    ) -> None:
        self.accounts, self.tables, self.present = accounts, tables, present
        self.group = accounts.pool_of_position()
        self.size, self.mark = accounts.size, accounts.observed_mark
        self.price = np.where(accounts.published == PublishedState.PRICE, accounts.published_price, np.nan)
        self.has_price = np.isfinite(self.price) & np.isfinite(self.mark)
        self.is_null = accounts.published == PublishedState.NONE
        self.notional = np.abs(self.size) * self.mark
        self.width = free_margin_width(self.size, self.mark, self.price, price_resolution, value_resolution)
        self.price_resolution = price_resolution
        self.candidates: Int32Array = np.column_stack(
            (present, accounts.table_row, older_tables[accounts.market_index])
        )
        self.is_exempt = accounts.is_exempt[self.group]
        self.time_ms = accounts.observed_ms[self.group]
        markets = int(accounts.market_index.max(initial=0)) + 1
        self.key: Int64Array = accounts.address_row[self.group].astype(np.int64) * markets + accounts.market_index
        raw = pocket_raw_usd(self.size, self.price, present, tables)
        extra = opening_extra(self.size, accounts.entry_price, accounts.leverage, raw)
        own = implied_free_margin(self.size, self.mark, self.price, present, tables)
        self.looks_opened = looks_opened(extra, own) & ~self.is_exempt
        self.is_plausible = is_plausible(extra, own) & ~self.is_exempt
        with np.errstate(invalid="ignore"):
            solvent = (own > 0.0) & ~self.is_exempt
        self.stood_still = stood_still(accounts, self.key, self.time_ms, raw) & solvent

    def is_isolated(self, votes: Int64Array, is_scattered: BoolArray) -> BoolArray:
        """Rows that pass one of the three tests of pocket.py and persistence.py.

        votes, is_scattered (P,) of their account: plausibility alone counts only where prices agree on a shared pool,
        or where so many disagree that there is none.
        """
        has_ground = (votes >= AGREED_VOTES) | is_scattered
        return self.looks_opened | self.stood_still | (self.is_plausible & has_ground)

    def other_values(self, rows: Int64Array) -> Float64Array:
        """(R, C) G of the given rows in each of their candidate tables; NaN where there is none."""
        columns = self.candidates[rows]
        values = np.full(columns.shape, np.nan)
        for column in range(columns.shape[1]):
            has = np.flatnonzero(columns[:, column] >= 0)
            at = rows[has]
            values[has, column] = implied_free_margin(
                self.size[at], self.mark[at], self.price[at], columns[has, column], self.tables
            )
        return values

    def min_free_margin(self, assumed: Int32Array) -> Float64Array:
        """(A,) smallest G at which every published null of the account is right; -inf where there is no null."""
        exposure = self.size * self.mark
        need = exposure - maintenance_margin(np.abs(exposure), assumed, self.tables)
        least = np.full(self.accounts.pool_count, -np.inf)
        rows = np.flatnonzero(self.is_null & (self.size > 0.0) & np.isfinite(need))
        np.maximum.at(least, self.group[rows], need[rows])
        return least
