"""Free margin, margin tables and pockets of accounts of which only published prices are known.

Theory of operation. A snapshot table gives size, mark and published liquidation price of each position, but neither
account value nor which positions are isolated nor which table a position carries. What it does give is
redundancy: every price of a pool implies the same free margin G (free_margin.py), so

1. each price votes for G in the table the position is assumed to carry, and the mode wins (consensus.py, settle.py);
2. a price that misses G is tried in older tables, then as an isolated pocket of its own (pocket.py,
   persistence.py), then as a stale read; a null is held against G;
3. a second pass assumes of every position what the *nearest other snapshot* showed (memory.py): its table, or that
   it is a pocket, which then does not vote. Only this makes the solved price of a position with an older table or of
   a pocket right without a look at its own price.

The solved price of a row comes from G found without that row, in the assumed table: its own price never enters.
It is solved by risk.liquidation, each row as a pocket with the same G.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.model.accounts import Accounts, PublishedState
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Market, Markets, MarketSnapshot
from liqscape.risk.inference.classes import CODE, RowClass
from liqscape.risk.inference.consensus import find_consensus
from liqscape.risk.inference.free_margin import (
    free_margin_width,
    implied_free_margin,
    pocket_raw_usd,
    raw_usd_of_free_margin,
)
from liqscape.risk.inference.memory import SAME_SIZE, nearest_known
from liqscape.risk.inference.persistence import stood_still
from liqscape.risk.inference.pocket import is_plausible, looks_opened, opening_extra
from liqscape.risk.inference.settle import MARK_NOISE, TABLE_SHARPNESS, Votes, settle
from liqscape.risk.liquidation import solve_liquidation
from liqscape.risk.margin import maintenance_margin
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array

REPRODUCED_WITHIN = 1e-4
"""A solved price this close to the published one, relative, counts as reproduced."""

CLEAR_VOTES = 2
"""Votes that must agree before a row may be called isolated by plausibility alone (pocket.py, test 3)."""

DEFAULT_PRICE_RESOLUTION = 5e-11
"""Half a unit of the tenth decimal, to which the venue prints liquidation prices."""

DEFAULT_VALUE_RESOLUTION = 5e-7
"""Half a micro-USD, to which the venue prints position values."""


@dataclass(frozen=True)
class Inference:
    """A accounts (an address in a snapshot), P positions, as in the accounts given.

    row_class     (P,) code of RowClass (classes.ROW_CLASSES).
    solved_price  (P,) from other prices of the account only; NaN where they do not determine it or no mark liquidates.
    table_row     (P,) margin table the position carries: the given one, or the older one its price shows.
    is_pocket     (P,) split off as a pool of its own.
    pocket_raw    (P,) raw USD of that pool; NaN where it is not one or not known.
    free_margin   (A,) USD of the shared pool; NaN where no price determines it.
    votes         (A,) prices that agree on it.
    agreement     (A,) largest relative difference, in price, between the agreeing prices and the pool; NaN below 2 votes.
    """

    row_class: UInt8Array
    solved_price: Float64Array
    table_row: Int32Array
    is_pocket: BoolArray
    pocket_raw: Float64Array
    free_margin: Float64Array
    votes: Int64Array
    agreement: Float64Array


def infer_pools(
    accounts: Accounts,
    tables: MarginTables,
    older_tables: Int32Array,
    *,
    exempt_table_row: int = -1,
    price_resolution: Float64Array | None = None,
    value_resolution: Float64Array | None = None,
) -> Inference:
    """Infer every account; see the head of this file.

    accounts         one pool per address and snapshot (observed_ms), raw_usd not read; observed_mark, published and
                     published_price are. table_row is the coin's present table. The order of rows is free.
    older_tables     (M, C) rows of tables a position of each market may still carry, best first, -1 where none.
    exempt_table_row table of all positions of accounts marked is_exempt; -1: they have no table of their own.
    price_resolution, value_resolution  (P,) half a unit of the last printed digit of price and position value.
    """
    count = accounts.position_count
    prices = np.full(count, DEFAULT_PRICE_RESOLUTION) if price_resolution is None else price_resolution
    values = np.full(count, DEFAULT_VALUE_RESOLUTION) if value_resolution is None else value_resolution
    table_row = accounts.table_row
    if exempt_table_row >= 0:
        is_exempt = accounts.is_exempt[accounts.pool_of_position()]
        table_row = np.where(is_exempt, exempt_table_row, table_row).astype(np.int32)
    rows = _Rows(accounts, tables, older_tables, table_row, prices, values)
    nothing = np.zeros(count, np.bool_)
    first = rows.judge(table_row, nothing, np.full(count, np.nan))
    assumed, is_pocket, raw = rows.remember(first)
    if np.array_equal(assumed, table_row) and not is_pocket.any():
        return first
    return rows.judge(assumed, is_pocket, raw)


class _Rows:
    """The rows and what does not change between the two passes."""

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
        self.older = older_tables[accounts.market_index]
        self.account_exempt = accounts.is_exempt[self.group]
        self.time_ms = accounts.observed_ms[self.group]
        markets = int(accounts.market_index.max(initial=0)) + 1
        self.key: Int64Array = accounts.address_row[self.group].astype(np.int64) * markets + accounts.market_index
        raw = pocket_raw_usd(self.size, self.price, present, tables)
        self.present_raw = raw
        extra = opening_extra(self.size, accounts.entry_price, accounts.leverage, raw)
        own = implied_free_margin(self.size, self.mark, self.price, present, tables)
        self.looks_opened = looks_opened(extra, own) & ~self.account_exempt
        self.is_plausible = is_plausible(extra, own) & ~self.account_exempt
        with np.errstate(invalid="ignore"):
            solvent = (own > 0.0) & ~self.account_exempt
        self.stood_still = stood_still(accounts, self.key, self.time_ms, raw) & solvent

    def judge(self, assumed: Int32Array, known_pocket: BoolArray, known_raw: Float64Array) -> Inference:
        """One pass: consensus of every account, then a class for every row."""
        value = implied_free_margin(self.size, self.mark, self.price, assumed, self.tables)
        pool = _Pools(self, assumed, value, known_pocket)
        pool.adopt_last_price(self, value, self._is_isolated(pool.votes[self.group]))
        pool.drop_pockets_against_nulls(self, value, self.least_free_margin(assumed))
        pool.tell_nulls(self)
        solved = self._solve(pool.others, assumed, known_pocket, known_raw)
        shared = pool.value[self.group]
        table_row, fits = self._fit_tables(assumed, value, shared, pool.width[self.group])
        row_class = np.full(len(value), CODE[RowClass.UNEXPLAINED], np.uint8)
        is_pocket = np.zeros(len(value), np.bool_)
        self._judge_prices(row_class, is_pocket, pool, value, solved, table_row, fits, known_pocket)
        self._judge_nulls(row_class, is_pocket, shared, pool.votes[self.group], assumed)
        raw = pocket_raw_usd(self.size, self.price, table_row, self.tables)
        opening = -self.size * self.accounts.entry_price * (1.0 - 1.0 / self.accounts.leverage)
        raw = np.where(self.is_null, opening, raw)
        return Inference(
            row_class,
            solved,
            table_row,
            is_pocket,
            np.where(is_pocket, raw, np.nan),
            pool.value,
            pool.votes,
            self._agreement(value, pool, table_row, fits),
        )

    def remember(self, first: Inference) -> tuple[Int32Array, BoolArray, Float64Array]:
        """What to assume of each row from the nearest other snapshot: table, pocket, the pocket's raw USD."""
        fitted = np.isin(
            first.row_class, [CODE[RowClass.REPRODUCED], CODE[RowClass.OLDER_TABLE], CODE[RowClass.EXEMPT_TABLE]]
        )
        # Only what one snapshot shows by itself: persistence looks at the neighbours, which may be the row asked about.
        isolated = (first.row_class == CODE[RowClass.ISOLATED]) & self.has_price
        isolated &= self.looks_opened | (self.is_plausible & (first.votes[self.group] >= CLEAR_VOTES))
        nearest = nearest_known(self.key, self.time_ms, fitted | isolated)
        has = nearest >= 0
        same_side = has & (np.sign(self.size[nearest]) == np.sign(self.size))
        assumed = np.where(same_side & fitted[nearest], first.table_row[nearest], self.present).astype(np.int32)
        is_pocket = same_side & isolated[nearest]
        is_same_size = np.abs(self.size[nearest] - self.size) <= SAME_SIZE * np.abs(self.size)
        raw = np.where(is_pocket & is_same_size, first.pocket_raw[nearest], np.nan)
        return assumed, is_pocket, raw

    def _solve(
        self, others: Float64Array, assumed: Int32Array, known_pocket: BoolArray, known_raw: Float64Array
    ) -> Float64Array:
        shared = raw_usd_of_free_margin(others, self.size, self.mark, assumed, self.tables)
        raw = np.where(known_pocket, known_raw, shared)
        count = len(raw)
        alone = Accounts.build(
            ("",),
            np.zeros(count, np.int32),
            raw,
            np.arange(count + 1),
            np.zeros(count, np.int32),
            self.size,
            assumed,
        )
        # One position a pool: its own mark does not enter the price, so one stand-in market is enough.
        market = Markets.build([Market("*", 0, 1, 0)])
        return solve_liquidation(alone, MarketSnapshot.of_marks(market, 0, np.ones(1)), self.tables).price

    def _fit_tables(
        self, assumed: Int32Array, value: Float64Array, shared: Float64Array, shared_width: Float64Array
    ) -> tuple[Int32Array, BoolArray]:
        """Table in which each price meets G to the printed digits: the assumed one, the present one, an older one."""
        room = self.width + shared_width + 1e-9 * np.abs(shared)
        with np.errstate(invalid="ignore"):
            fits = np.abs(value - shared) <= room
            is_open = self.has_price & ~fits & (room <= TABLE_SHARPNESS * 100.0 * np.abs(shared))
        table_row = assumed.copy()
        candidates = np.column_stack((self.present, self.older))
        for column in range(candidates.shape[1]):
            rows = np.flatnonzero(is_open & (candidates[:, column] >= 0))
            if not len(rows):
                continue
            table = candidates[rows, column]
            implied = implied_free_margin(self.size[rows], self.mark[rows], self.price[rows], table, self.tables)
            hit = np.abs(implied - shared[rows]) <= room[rows]
            table_row[rows[hit]] = table[hit]
            fits[rows[hit]] = True
            is_open[rows[hit]] = False
        return table_row, fits

    def _judge_prices(
        self,
        row_class: UInt8Array,
        is_pocket: BoolArray,
        pool: _Pools,
        value: Float64Array,
        solved: Float64Array,
        table_row: Int32Array,
        fits: BoolArray,
        known_pocket: BoolArray,
    ) -> None:
        shared, votes = pool.value[self.group], pool.votes[self.group]
        with np.errstate(invalid="ignore", divide="ignore"):
            difference = np.abs(solved - self.price)
            is_near = difference <= REPRODUCED_WITHIN * self.price
            slope = np.maximum(np.abs(self.size) * (1.0 - self.tables.rate[table_row].max(axis=1)), 1e-300)
            digits = (self.width + pool.others_width) / slope + 2.0 * self.price_resolution
            is_rounding = difference <= digits
            noise = MARK_NOISE * (pool.notional[self.group] + self.notional)
            is_stale = (np.abs(value - shared) <= noise) & (votes >= 2)
            in_shared = self.has_price & (fits | (is_near & ~known_pocket) | (is_rounding & ~known_pocket))
            is_solvent = value > 0.0
        can_be_pocket = self.has_price & ~in_shared
        isolated = can_be_pocket & self._is_isolated(votes)
        is_plain = table_row == self.present
        plain_class = np.where(self.account_exempt, CODE[RowClass.EXEMPT_TABLE], CODE[RowClass.REPRODUCED])
        is_only = self.has_price & fits & (votes == 1)
        with_older = np.bincount(self.group, fits & ~is_plain, len(pool.value))[self.group] > 0
        # In the pool to the printed digits, but the others alone do not say so: they need an older table, or they tie.
        is_silent = in_shared & is_plain & ~is_near & ~is_rounding & (votes >= 2)
        steps = (
            (isolated, np.full(len(value), CODE[RowClass.ISOLATED])),
            (can_be_pocket & is_stale & ~isolated, np.full(len(value), CODE[RowClass.STALE_READ])),
            (in_shared & is_plain & is_near, plain_class),
            (in_shared & is_plain & ~is_near & is_rounding, np.full(len(value), CODE[RowClass.ROUNDING])),
            (is_silent & with_older, np.full(len(value), CODE[RowClass.OLDER_TABLE])),
            (is_silent & ~with_older, np.full(len(value), CODE[RowClass.ONLY_PRICE])),
            (in_shared & ~is_plain & (votes >= 2), np.full(len(value), CODE[RowClass.OLDER_TABLE])),
            (is_only & is_solvent, np.full(len(value), CODE[RowClass.ONLY_PRICE])),
        )
        for mask, code in steps:
            row_class[mask] = code[mask]
        is_pocket |= self.has_price & ~in_shared & (row_class != CODE[RowClass.STALE_READ])

    def _is_isolated(self, votes: Int64Array) -> BoolArray:
        """Rows that pass one of the three tests of pocket.py and persistence.py, given the votes of their account."""
        return self.looks_opened | self.stood_still | (self.is_plausible & (votes >= CLEAR_VOTES))

    def _judge_nulls(
        self,
        row_class: UInt8Array,
        is_pocket: BoolArray,
        shared: Float64Array,
        votes: Int64Array,
        assumed: Int32Array,
    ) -> None:
        """A long has no price if the pool survives a mark of zero: G + M(|s| m) - s m >= 0. A short always has one."""
        at_zero = raw_usd_of_free_margin(shared, self.size, self.mark, assumed, self.tables)
        is_long = self.size > 0.0
        with np.errstate(invalid="ignore"):
            agrees = at_zero >= -1e-9 * (np.abs(shared) + self.notional)
            is_one_times = is_long & (self.accounts.leverage <= 1.0) & ~agrees & (votes > 0)
        row_class[self.is_null] = CODE[RowClass.NULL_CONTRADICTED]
        row_class[self.is_null & is_long & (votes == 0)] = CODE[RowClass.NULL_ALONE]
        row_class[self.is_null & is_long & agrees & (votes > 0)] = CODE[RowClass.NULL_AGREES]
        row_class[self.is_null & is_one_times] = CODE[RowClass.ISOLATED]
        is_pocket |= self.is_null & is_one_times

    def other_values(self, rows: Int64Array) -> Float64Array:
        """(R, C) G of the given rows in each older table of their market; NaN where there is none."""
        columns = np.column_stack((self.present[rows], self.older[rows]))
        values = np.full(columns.shape, np.nan)
        for column in range(columns.shape[1]):
            has = np.flatnonzero(columns[:, column] >= 0)
            at = rows[has]
            values[has, column] = implied_free_margin(
                self.size[at], self.mark[at], self.price[at], columns[has, column], self.tables
            )
        return values

    def least_free_margin(self, assumed: Int32Array) -> Float64Array:
        """(A,) smallest G at which every published null of the account is right; -inf where there is no null."""
        exposure = self.size * self.mark
        need = exposure - maintenance_margin(np.abs(exposure), assumed, self.tables)
        least = np.full(self.accounts.pool_count, -np.inf)
        rows = np.flatnonzero(self.is_null & (self.size > 0.0) & np.isfinite(need))
        np.maximum.at(least, self.group[rows], need[rows])
        return least

    def _agreement(
        self, value: Float64Array, pool: _Pools, table_row: Int32Array, fits: BoolArray
    ) -> Float64Array:
        rows = np.flatnonzero(fits & self.has_price)
        implied = implied_free_margin(self.size[rows], self.mark[rows], self.price[rows], table_row[rows], self.tables)
        relative = np.abs(implied - pool.value[self.group[rows]]) / (np.abs(self.size[rows]) * self.price[rows])
        worst = np.zeros(len(pool.value))
        np.maximum.at(worst, self.group[rows], relative)
        return np.where(pool.votes >= 2, worst, np.nan)


class _Pools:
    """Consensus of every account (A,) and of every row's others (P,)."""

    def __init__(self, rows: _Rows, assumed: Int32Array, value: Float64Array, known_pocket: BoolArray) -> None:
        count = rows.accounts.pool_count
        voters = np.flatnonzero(rows.has_price & ~known_pocket)
        found = find_consensus(rows.group[voters], value[voters], rows.width[voters], count)
        self.value, self.width, self.votes = found.value.copy(), found.width.copy(), found.votes.copy()
        self.others, self.others_width = np.full(len(value), np.nan), np.full(len(value), np.nan)
        self.others[voters], self.others_width[voters] = found.others, found.others_width
        self.notional = np.bincount(rows.group, np.nan_to_num(rows.notional), count)
        self._settle_rest(rows, assumed, value, voters, found.is_settled)
        # Pockets known from other snapshots do not vote: all votes are others'.
        self.others[known_pocket] = self.value[rows.group[known_pocket]]
        self.others_width[known_pocket] = self.width[rows.group[known_pocket]]

    def _settle_rest(
        self, rows: _Rows, assumed: Int32Array, value: Float64Array, voters: Int64Array, is_settled: BoolArray
    ) -> None:
        open_voters = voters[~is_settled[rows.group[voters]]]
        if not len(open_voters):
            return
        others = rows.other_values(open_voters)
        least = rows.least_free_margin(assumed)
        starts = np.flatnonzero(np.diff(rows.group[open_voters], prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(open_voters)], strict=True):
            members = open_voters[start:end]
            group = int(rows.group[members[0]])
            votes = Votes(
                value[members],
                rows.width[members],
                others[start:end],
                rows.looks_opened[members],
                rows.notional[members],
                float(least[group]),
            )
            self._settle_account(group, members, votes)

    def adopt_last_price(self, rows: _Rows, value: Float64Array, is_isolated: BoolArray) -> None:
        """Where no consensus was found and all prices but one are pockets, the one left is the shared pool's."""
        is_left = rows.has_price & (self.votes[rows.group] == 0) & ~is_isolated
        is_one = np.bincount(rows.group, is_left, len(self.value)) == 1
        left = np.flatnonzero(is_left & is_one[rows.group])
        groups = rows.group[left]
        self.value[groups], self.width[groups], self.votes[groups] = value[left], rows.width[left], 1

    def drop_pockets_against_nulls(self, rows: _Rows, value: Float64Array, least: Float64Array) -> None:
        """A single price that looks like a pocket and implies less than the account's nulls need is not the pool's."""
        single = self.votes[rows.group] == 1
        with np.errstate(invalid="ignore"):
            is_less = value < least[rows.group] * (1.0 - 1e-9)
            is_deciding = rows.has_price & single & (value == self.value[rows.group])
        groups = rows.group[is_deciding & is_less & (rows.looks_opened | rows.stood_still)]
        self.value[groups], self.width[groups], self.votes[groups] = np.nan, np.nan, 0

    def tell_nulls(self, rows: _Rows) -> None:
        """Nulls have no price of their own: whatever the pool turned out to hold is from others."""
        self.others[rows.is_null] = self.value[rows.group[rows.is_null]]
        self.others_width[rows.is_null] = self.width[rows.group[rows.is_null]]

    def _settle_account(self, group: int, members: Int64Array, votes: Votes) -> None:
        everyone = settle(votes)
        if everyone.votes == 0 and len(members) == 1:
            everyone = settle(votes._replace(pocket_look=np.zeros(1, np.bool_), least=-np.inf))
        self.value[group], self.width[group], self.votes[group] = everyone.value, everyone.width, everyone.votes
        if len(members) == 1:
            return
        for place, row in enumerate(members):
            without = settle(votes.take(np.arange(len(members)) != place))
            self.others[row], self.others_width[row] = without.value, without.width
