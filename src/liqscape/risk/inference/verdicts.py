"""The class of every row, from the shared pool, the solved price and the row's own tests."""

from __future__ import annotations

import numpy as np

from liqscape.risk.inference.classes import CODE, RowClass
from liqscape.risk.inference.free_margin import pocket_raw_usd_of_free_margin
from liqscape.risk.inference.pools import SharedPools
from liqscape.risk.inference.rows import Rows
from liqscape.risk.inference.settle import MARK_NOISE
from liqscape.units import BoolArray, Float64Array, Int32Array, UInt8Array

REPRODUCED_WITHIN = 1e-4
"""A solved price this close to the published one, relative, counts as reproduced."""


class Verdicts:
    """row_class (P,) codes; is_pocket (P,) rows split off as pools of their own.

    value (P,) G of each price in its assumed table; table_row (P,) the table found, fits (P,) whether the price meets
    the shared G in it to the printed digits; known_pocket (P,) called a pocket by another snapshot.
    """

    def __init__(
        self,
        rows: Rows,
        pool: SharedPools,
        *,
        value: Float64Array,
        solved: Float64Array,
        assumed: Int32Array,
        table_row: Int32Array,
        fits: BoolArray,
        known_pocket: BoolArray,
    ) -> None:
        self.row_class: UInt8Array = np.full(len(value), CODE[RowClass.UNEXPLAINED], np.uint8)
        self.is_pocket = np.zeros(len(value), np.bool_)
        self._judge_prices(
            rows, pool, value=value, solved=solved, table_row=table_row, fits=fits, known_pocket=known_pocket
        )
        self._judge_nulls(rows, pool, assumed)

    def _judge_prices(
        self,
        rows: Rows,
        pool: SharedPools,
        *,
        value: Float64Array,
        solved: Float64Array,
        table_row: Int32Array,
        fits: BoolArray,
        known_pocket: BoolArray,
    ) -> None:
        shared, votes = pool.value[rows.group], pool.votes[rows.group]
        with np.errstate(invalid="ignore", divide="ignore"):
            difference = np.abs(solved - rows.price)
            is_near = difference <= REPRODUCED_WITHIN * rows.price
            slope = np.maximum(np.abs(rows.size) * (1.0 - rows.tables.rate[table_row].max(axis=1)), 1e-300)
            digits = (rows.width + pool.others_width) / slope + 2.0 * rows.price_resolution
            is_rounding = difference <= digits
            noise = MARK_NOISE * (pool.notional[rows.group] + rows.notional)
            is_stale = (np.abs(value - shared) <= noise) & (votes >= 2)
            is_apart = np.abs(value - pool.others) <= noise
            in_shared = rows.has_price & (fits | (is_near & ~known_pocket) | (is_rounding & ~known_pocket))
            is_solvent = value > 0.0
        can_be_pocket = rows.has_price & ~in_shared
        isolated = can_be_pocket & rows.is_isolated(votes, pool.is_scattered[rows.group])
        is_plain = table_row == rows.present
        is_only = rows.has_price & fits & (votes == 1)
        with_older = np.bincount(rows.group, fits & ~is_plain, len(pool.value))[rows.group] > 0
        # In the pool to the printed digits, but the others alone do not say so: they need an older table, or they tie.
        is_silent = in_shared & is_plain & ~is_near & ~is_rounding & (votes >= 2)
        steps = (
            (isolated, RowClass.ISOLATED),
            (can_be_pocket & is_stale & ~isolated, RowClass.STALE_READ),
            (in_shared & is_plain & is_near, RowClass.REPRODUCED),
            (in_shared & is_plain & is_near & rows.is_exempt, RowClass.EXEMPT_TABLE),
            (in_shared & is_plain & ~is_near & is_rounding, RowClass.ROUNDING),
            (is_silent & with_older, RowClass.OLDER_TABLE),
            (is_silent & ~with_older, RowClass.ONLY_PRICE),
            (is_silent & ~with_older & is_apart, RowClass.STALE_READ),
            (in_shared & ~is_plain & (votes >= 2), RowClass.OLDER_TABLE),
            (is_only & is_solvent, RowClass.ONLY_PRICE),
        )
        for mask, row_class in steps:
            self.row_class[mask] = CODE[row_class]
        self.is_pocket |= can_be_pocket & (self.row_class != CODE[RowClass.STALE_READ])

    def _judge_nulls(self, rows: Rows, pool: SharedPools, assumed: Int32Array) -> None:
        """A long has no price if the pool survives a mark of zero: G + M(|s| m) - s m >= 0. A short always has one."""
        shared, votes = pool.value[rows.group], pool.votes[rows.group]
        at_zero = pocket_raw_usd_of_free_margin(shared, rows.size, rows.mark, assumed, rows.tables)
        is_long = rows.size > 0.0
        with np.errstate(invalid="ignore"):
            agrees = at_zero >= -1e-9 * (np.abs(shared) + rows.notional)
            is_one_times = is_long & (rows.accounts.leverage <= 1.0) & ~agrees & (votes > 0)
        self.row_class[rows.is_null] = CODE[RowClass.NULL_CONTRADICTED]
        self.row_class[rows.is_null & is_long & (votes == 0)] = CODE[RowClass.NULL_ALONE]
        self.row_class[rows.is_null & is_long & agrees & (votes > 0)] = CODE[RowClass.NULL_AGREES]
        self.row_class[rows.is_null & is_one_times] = CODE[RowClass.ISOLATED]
        self.is_pocket |= rows.is_null & is_one_times
