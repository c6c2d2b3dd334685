"""Which figure is the pool's true free margin, and which margin table each position follows.

Theory of operation. The published prices of a pool are the judge: each implies the free margin in each table its
position may have (risk/pool.py). A claim of the state (account value, spot figures) stands if it meets most prices,
with the position's likeliest table wherever that meets it; a table further down the list is only taken where it meets
and the likeliest does not. Standard accounts are told from unified ones this way, without a flag. Where no claim
stands, the prices speak for themselves: the free margin that most of them meet. A price is then solved from the
*others* (`raw_usd_without`), and the only price of a pool is never called checked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.model.margin_tables import MarginTables
from liqscape.risk.margin import maintenance_margin
from liqscape.risk.pool import PriceVotes, agree, leave_one_out, price_votes, raw_usd_from_free_margin
from liqscape.states.account_pools import FreeMarginClaim, HeldPool, PoolSource
from liqscape.units import BoolArray, Float64Array, Int64Array, MarginSource, PoolMode

LATE_READ = 2e-4
"""Share of the notional by which a state and its published prices may differ where marks moved between the two (0.01 %
measured in recordings read over minutes, doubled): less says nothing about the mode."""


@dataclass(frozen=True, kw_only=True)
class PoolSettlement:
    """What a pool of P positions was found to hold.

    free_margin, raw_usd   USD; NaN where unknown.
    raw_usd_without (P,)   raw USD to solve each position with; found without its own price.
    choice (P,)            index into the position's `choices`.
    table_row (P,)         row of that table in the tables settled with.
    price_count, agreeing_count  published prices, and how many meet `free_margin`.
    spread                 relative disagreement of the agreeing prices; NaN without.
    state_difference       (free margin of the state - of the prices) / that of the prices; NaN without either.
    is_cross_checked       at least one published price was met by a figure that does not stem from it.
    """

    mode: PoolMode
    source: PoolSource
    margin_source: MarginSource
    free_margin: float
    raw_usd: float
    raw_usd_without: Float64Array
    choice: Int64Array
    table_row: Int64Array
    price_count: int
    agreeing_count: int
    spread: float
    state_difference: float
    is_cross_checked: bool


@dataclass(frozen=True, kw_only=True)
class _PoolColumns:
    """A pool as columns: P positions, C tables each (row 0 of `rows` is the likeliest)."""

    size: Float64Array
    mark: Float64Array
    price: Float64Array
    rows: Int64Array  # (P, C), the likeliest table repeated where a position has fewer
    value: Float64Array  # (P, C) implied free margin, NaN without a price
    width: Float64Array  # (P,)

    @property
    def has_price(self) -> BoolArray:
        return np.isfinite(self.price)


def settle_pool(pool: HeldPool, table_rows: list[list[int]], tables: MarginTables) -> PoolSettlement:
    """Decide one pool. `table_rows` gives for each position the rows of its possible tables in `tables`."""
    columns = _columns(pool, table_rows, tables)
    count = int(columns.has_price.sum())
    if pool.doubt:
        return _unknown(pool, columns, count)
    if pool.declared is PoolMode.ISOLATED:
        return _isolated(pool, columns, tables)
    met = [_meets(columns, claim.free_margin, claim.width) for claim in pool.claims]
    for claim, (is_met, choice) in zip(pool.claims, met, strict=True):
        if count and int(is_met.sum()) * 2 > count:
            return _from_claim(pool, claim, columns, choice, tables)
    if count == 0 or pool.declared is PoolMode.CROSS:
        claim_of_state = _unjudged_claim(pool, columns, tables)
        if claim_of_state is not None:
            return _from_claim(pool, claim_of_state, columns, np.zeros(len(columns.size), np.int64), tables)
    return _from_prices(pool, columns, tables)


def _columns(pool: HeldPool, table_rows: list[list[int]], tables: MarginTables) -> _PoolColumns:
    size, mark, price, resolution = (
        np.array([getattr(position, name) for position in pool.positions], np.float64)
        for name in ("size", "mark", "price", "price_resolution")
    )
    most = max((len(rows) for rows in table_rows), default=1)
    rows = np.array([given + [given[0]] * (most - len(given)) for given in table_rows], np.int64).reshape(-1, most)
    votes = [price_votes(size, mark, price, resolution, rows[:, column], tables) for column in range(most)]
    return _PoolColumns(
        size=size,
        mark=mark,
        price=price,
        rows=rows,
        value=np.column_stack([vote.value for vote in votes]),
        width=votes[0].width,
    )


def _meets(columns: _PoolColumns, free_margin: float, width: float) -> tuple[BoolArray, Int64Array]:
    """(P,) which prices meet a free margin in some table, and (P,) the likeliest such table (0 where none)."""
    with np.errstate(invalid="ignore"):
        fits = np.abs(columns.value - free_margin) <= (columns.width + width)[:, None]
    is_met: BoolArray = np.logical_or.reduce(fits, axis=1)
    return is_met, fits.argmax(axis=1).astype(np.int64)


def _unjudged_claim(pool: HeldPool, columns: _PoolColumns, tables: MarginTables) -> FreeMarginClaim | None:
    """The first claim that the published nulls allow, or that the venue's own word on the mode supports."""
    rows = columns.rows[:, 0]
    for claim in pool.claims:
        if pool.declared is not None:
            return claim
        # A short always has a price, and a long none only if the pool outlives a mark of zero.
        shorts_end = (columns.size < 0.0) & ~columns.has_price & (claim.free_margin > 0.0)
        at_mark = maintenance_margin(np.abs(columns.size) * columns.mark, rows, tables)
        longs_end = (columns.size > 0.0) & (claim.free_margin + at_mark < columns.size * columns.mark - claim.width)
        if not (shorts_end | longs_end).any():
            return claim
    return None


def _from_claim(
    pool: HeldPool, claim: FreeMarginClaim, columns: _PoolColumns, choice: Int64Array, tables: MarginTables
) -> PoolSettlement:
    is_met, _ = _meets(columns, claim.free_margin, claim.width)
    rows = _chosen_rows(columns, choice)
    raw_usd = float(raw_usd_from_free_margin(claim.free_margin, columns.size, columns.mark, rows, tables))
    if claim.source is PoolSource.ACCOUNT_VALUE and pool.raw_usd is not None:
        raw_usd = pool.raw_usd
    agreement = agree(_chosen_votes(columns, choice, is_met))
    return PoolSettlement(
        mode=claim.mode,
        source=claim.source,
        margin_source=MarginSource.STATE,
        free_margin=claim.free_margin,
        raw_usd=raw_usd,
        raw_usd_without=np.full(len(columns.size), raw_usd),
        choice=choice,
        table_row=rows,
        price_count=int(columns.has_price.sum()),
        agreeing_count=int(is_met.sum()),
        spread=agreement.spread,
        state_difference=(claim.free_margin - agreement.free_margin) / abs(agreement.free_margin)
        if agreement.count
        else np.nan,
        is_cross_checked=bool(is_met.any()),
    )


def _from_prices(pool: HeldPool, columns: _PoolColumns, tables: MarginTables) -> PoolSettlement:
    count = int(columns.has_price.sum())
    is_met, choice = _largest_meeting(columns)
    agreeing = int(is_met.sum())
    if agreeing == 0 or (agreeing == 1 and count > 1):
        return _unknown(pool, columns, count)
    rows = _chosen_rows(columns, choice)
    votes = _chosen_votes(columns, choice, is_met)
    agreement = agree(votes)
    others, _ = leave_one_out(votes)
    free_margin = agreement.free_margin if agreement.count else float(np.nanmedian(votes.value))
    # Where the others agree on nothing a price is not solved at all: never from itself, but for the only one.
    without = np.where(is_met & (count > 1), others, free_margin)
    raw = raw_usd_from_free_margin(np.append(without, free_margin), columns.size, columns.mark, rows, tables)
    claimed = next((claim.free_margin for claim in pool.claims), np.nan)
    return PoolSettlement(
        mode=_mode_of(pool, columns, free_margin),
        source=PoolSource.PUBLISHED_PRICES,
        margin_source=MarginSource.PUBLISHED,
        free_margin=free_margin,
        raw_usd=float(raw[-1]),
        raw_usd_without=raw[:-1],
        choice=choice,
        table_row=rows,
        price_count=count,
        agreeing_count=agreeing,
        spread=agreement.spread,
        state_difference=(claimed - free_margin) / abs(free_margin) if free_margin else np.nan,
        is_cross_checked=agreeing >= 2,
    )


def _mode_of(pool: HeldPool, columns: _PoolColumns, free_margin: float) -> PoolMode:
    """Mode of a pool settled by its prices: the claim that misses them by no more than marks move between two reads."""
    if pool.declared is PoolMode.PORTFOLIO:
        return PoolMode.PORTFOLIO
    late = LATE_READ * float(np.sum(np.abs(columns.size) * columns.mark))
    near = [claim.mode for claim in pool.claims if abs(claim.free_margin - free_margin) <= late + claim.width]
    return near[0] if near else PoolMode.UNIFIED


def _largest_meeting(columns: _PoolColumns) -> tuple[BoolArray, Int64Array]:
    """The free margin that most prices meet in some table; among equals the one with the likeliest tables."""
    best: tuple[int, int] = (0, 0)
    found = (np.zeros(len(columns.size), np.bool_), np.zeros(len(columns.size), np.int64))
    for row in np.flatnonzero(columns.has_price):
        for value in np.unique(columns.value[row]):
            is_met, choice = _meets(columns, float(value), float(columns.width[row]))
            score = (int(is_met.sum()), -int(choice[is_met].sum()))
            if score > best:
                best, found = score, (is_met, np.where(is_met, choice, 0))
    return found


def _isolated(pool: HeldPool, columns: _PoolColumns, tables: MarginTables) -> PoolSettlement:
    raw_usd = float("nan") if pool.raw_usd is None else pool.raw_usd
    exposure = columns.size * columns.mark
    at_mark = maintenance_margin(np.abs(exposure)[:, None], columns.rows, tables)
    implied = _PoolColumns(
        size=columns.size,
        mark=columns.mark,
        price=columns.price,
        rows=columns.rows,
        value=columns.value + at_mark - exposure[:, None],
        width=columns.width,
    )
    is_met, choice = _meets(implied, raw_usd, 2e-6)
    rows = _chosen_rows(columns, choice)
    free_margin = raw_usd + float(exposure[0] - at_mark[0, int(choice[0])])
    price_free_margin = float(columns.value[0, int(choice[0])])
    return PoolSettlement(
        mode=PoolMode.ISOLATED,
        source=PoolSource.ISOLATED_CASH,
        margin_source=MarginSource.STATE,
        free_margin=free_margin,
        raw_usd=raw_usd,
        raw_usd_without=np.full(1, raw_usd),
        choice=choice,
        table_row=rows,
        price_count=int(columns.has_price.sum()),
        agreeing_count=int(is_met.sum()),
        spread=float("nan"),
        state_difference=(free_margin - price_free_margin) / abs(price_free_margin)
        if price_free_margin
        else float("nan"),
        is_cross_checked=bool(is_met.any()),
    )


def _unknown(pool: HeldPool, columns: _PoolColumns, count: int) -> PoolSettlement:
    positions = len(columns.size)
    choice = np.zeros(positions, np.int64)
    nan = float("nan")
    return PoolSettlement(
        mode=pool.declared or PoolMode.UNKNOWN,
        source=PoolSource.UNKNOWN,
        margin_source=MarginSource.UNKNOWN,
        free_margin=nan,
        raw_usd=nan,
        raw_usd_without=np.full(positions, nan),
        choice=choice,
        table_row=_chosen_rows(columns, choice),
        price_count=count,
        agreeing_count=0,
        spread=nan,
        state_difference=nan,
        is_cross_checked=False,
    )


def _chosen_rows(columns: _PoolColumns, choice: Int64Array) -> Int64Array:
    rows: Int64Array = np.take_along_axis(columns.rows, choice[:, None], axis=1)[:, 0]
    return rows


def _chosen_votes(columns: _PoolColumns, choice: Int64Array, is_met: BoolArray) -> PriceVotes:
    value = np.take_along_axis(columns.value, choice[:, None], axis=1)[:, 0]
    return PriceVotes(np.where(is_met, value, np.nan), columns.width)
