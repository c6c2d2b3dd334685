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

from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Market, Markets, MarketSnapshot
from liqscape.risk.inference.classes import CODE, RowClass
from liqscape.risk.inference.free_margin import implied_free_margin, pocket_raw_usd, pocket_raw_usd_of_free_margin
from liqscape.risk.inference.memory import SAME_SIZE, nearest_known
from liqscape.risk.inference.pools import SharedPools
from liqscape.risk.inference.rows import AGREED_VOTES, Rows
from liqscape.risk.inference.verdicts import Verdicts
from liqscape.risk.liquidation import solve_liquidation
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array

TABLE_SHARPNESS = 1e-4
"""Another table is only tried where the printed digits fix G at least this well, relative."""

DEFAULT_PRICE_RESOLUTION = 5e-11
"""Half a unit of the tenth decimal, to which the venue prints liquidation prices."""

DEFAULT_VALUE_RESOLUTION = 5e-7
"""Half a micro-USD, to which the venue prints position values."""


@dataclass(frozen=True, kw_only=True)
class Inference:
    """A accounts (an address in a snapshot), P positions, as in the accounts given.

    row_class     (P,) code of RowClass (classes.ROW_CLASSES).
    solved_price  (P,) from other prices of the account only; NaN where they do not determine it or no mark liquidates.
    table_row     (P,) margin table the position carries: the given one, or the older one its price shows.
    is_pocket     (P,) split off as a pool of its own.
    pocket_raw    (P,) raw USD of that pool; NaN where it is not one or not known.
    free_margin   (A,) USD of the shared pool; NaN where no price determines it.
    free_margin_width (A,) USD by which the printed digits leave it open; NaN alike.
    votes         (A,) prices that agree on it.
    agreement     (A,) largest relative difference, in price, between agreeing prices and the pool; NaN below 2 votes.
    is_scattered  (A,) so many prices disagree that there is no shared pool.
    """

    row_class: UInt8Array
    solved_price: Float64Array
    table_row: Int32Array
    is_pocket: BoolArray
    pocket_raw: Float64Array
    free_margin: Float64Array
    free_margin_width: Float64Array
    votes: Int64Array
    agreement: Float64Array
    is_scattered: BoolArray


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
    rows = Rows(accounts, tables, older_tables, table_row, prices, values)
    nothing = np.zeros(count, np.bool_)
    first = _judge(rows, table_row, nothing, np.full(count, np.nan))
    assumed, is_pocket, raw = _remember(rows, first)
    if np.array_equal(assumed, table_row) and not is_pocket.any():
        return first
    return _judge(rows, assumed, is_pocket, raw)


def _judge(rows: Rows, assumed: Int32Array, known_pocket: BoolArray, known_raw: Float64Array) -> Inference:
    """One pass: the shared pool of every account, then table, solved price and class of every row."""
    value = implied_free_margin(rows.size, rows.mark, rows.price, assumed, rows.tables)
    pool = SharedPools(rows, assumed, value, known_pocket)
    solved = _solve(rows, pool.others, assumed, known_pocket, known_raw)
    table_row, fits = _fit_tables(rows, assumed, value, pool)
    verdicts = Verdicts(
        rows,
        pool,
        value=value,
        solved=solved,
        assumed=assumed,
        table_row=table_row,
        fits=fits,
        known_pocket=known_pocket,
    )
    raw = pocket_raw_usd(rows.size, rows.price, table_row, rows.tables)
    # The pocket of a 1x long with a published null: what it was opened with.
    opening = -rows.size * rows.accounts.entry_price * (1.0 - 1.0 / rows.accounts.leverage)
    raw = np.where(rows.is_null, opening, raw)
    return Inference(
        row_class=verdicts.row_class,
        # Within rounding of none at all a root may be left, far below any mark.
        solved_price=np.where(verdicts.row_class == CODE[RowClass.NULL_AGREES], np.nan, solved),
        table_row=table_row,
        is_pocket=verdicts.is_pocket,
        pocket_raw=np.where(verdicts.is_pocket, raw, np.nan),
        free_margin=pool.value,
        free_margin_width=pool.width,
        votes=pool.votes,
        agreement=_agreement(rows, pool, table_row, fits),
        is_scattered=pool.is_scattered,
    )


def _remember(rows: Rows, first: Inference) -> tuple[Int32Array, BoolArray, Float64Array]:
    """What to assume of each row from the nearest other snapshot: table, pocket, the pocket's raw USD."""
    fitted = np.isin(
        first.row_class, [CODE[RowClass.REPRODUCED], CODE[RowClass.OLDER_TABLE], CODE[RowClass.EXEMPT_TABLE]]
    )
    # Only what one snapshot shows by itself: persistence looks at the neighbours, which may be the row asked about.
    isolated = (first.row_class == CODE[RowClass.ISOLATED]) & rows.has_price
    has_ground = ((first.votes >= AGREED_VOTES) | first.is_scattered)[rows.group]
    isolated &= rows.looks_opened | (rows.is_plausible & has_ground)
    nearest = nearest_known(rows.key, rows.time_ms, fitted | isolated)
    has = nearest >= 0
    same_side = has & (np.sign(rows.size[nearest]) == np.sign(rows.size))
    assumed = np.where(same_side & fitted[nearest], first.table_row[nearest], rows.present).astype(np.int32)
    is_pocket = same_side & isolated[nearest]
    is_same_size = np.abs(rows.size[nearest] - rows.size) <= SAME_SIZE * np.abs(rows.size)
    raw = np.where(is_pocket & is_same_size, first.pocket_raw[nearest], np.nan)
    return assumed, is_pocket, raw


def _solve(
    rows: Rows, others: Float64Array, assumed: Int32Array, known_pocket: BoolArray, known_raw: Float64Array
) -> Float64Array:
    """(P,) price of each row as a pocket with the free margin of the others; a known pocket with its own raw USD."""
    shared = pocket_raw_usd_of_free_margin(others, rows.size, rows.mark, assumed, rows.tables)
    raw = np.where(known_pocket & ~np.isnan(known_raw), known_raw, shared)
    count = len(raw)
    alone = Accounts.build(
        addresses=("",),
        address_row=np.zeros(count, np.int32),
        raw_usd=raw,
        offsets=np.arange(count + 1),
        market_index=np.zeros(count, np.int32),
        size=rows.size,
        table_row=assumed,
    )
    # One position a pool: its own mark does not enter the price, so one stand-in market is enough.
    market = Markets.build([Market(coin="*", size_decimals=0, max_leverage=1, table_row=0)])
    return solve_liquidation(alone, MarketSnapshot.of_marks(market, 0, np.ones(1)), rows.tables).price


def _fit_tables(
    rows: Rows, assumed: Int32Array, value: Float64Array, pool: SharedPools
) -> tuple[Int32Array, BoolArray]:
    """Table in which each price meets G to the printed digits: the assumed one, the present one, an older one."""
    shared = pool.value[rows.group]
    room = rows.width + pool.width[rows.group] + 1e-9 * np.abs(shared)
    with np.errstate(invalid="ignore"):
        fits = np.abs(value - shared) <= room
        is_open = rows.has_price & ~fits & (room <= TABLE_SHARPNESS * np.abs(shared))
    table_row = assumed.copy()
    for column in range(rows.candidates.shape[1]):
        open_rows = np.flatnonzero(is_open & (rows.candidates[:, column] >= 0))
        if not len(open_rows):
            continue
        table = rows.candidates[open_rows, column]
        implied = implied_free_margin(
            rows.size[open_rows], rows.mark[open_rows], rows.price[open_rows], table, rows.tables
        )
        hit = np.abs(implied - shared[open_rows]) <= room[open_rows]
        table_row[open_rows[hit]] = table[hit]
        fits[open_rows[hit]] = True
        is_open[open_rows[hit]] = False
    return table_row, fits


def _agreement(rows: Rows, pool: SharedPools, table_row: Int32Array, fits: BoolArray) -> Float64Array:
    at = np.flatnonzero(fits & rows.has_price)
    implied = implied_free_margin(rows.size[at], rows.mark[at], rows.price[at], table_row[at], rows.tables)
    relative = np.abs(implied - pool.value[rows.group[at]]) / (np.abs(rows.size[at]) * rows.price[at])
    worst = np.zeros(len(pool.value))
    np.maximum.at(worst, rows.group[at], relative)
    return np.where(pool.votes >= 2, worst, np.nan)
