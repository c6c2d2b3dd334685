"""Consensus of one small or contested account, by rules that use the given votes and nothing else.

Called with all votes of an account and again without each one, so a value found without a row cannot depend on it.
The rules, in order, until one leaves a single winner:

1. the largest cluster of at least two votes;
2. the same among the votes that do not look like isolated pockets (pocket.py; of several votes the largest free
   margin is not taken for one), and whose free margin is not below what the account's published nulls need; here a
   single remaining vote wins too;
3. the same over all older tables of the rows at once: two rows that meet in G to the printed digits in some pair
   of tables (chance meetings are about 1e-6 a pair);
4. the largest cluster when marks may be read apart by MARK_NOISE.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.units import BoolArray, Float64Array, Int64Array

MARK_NOISE = 2e-4
"""Relative difference of marks of one coin within a snapshot read over minutes (measured 0.01 %, doubled)."""

TABLE_SHARPNESS = 1e-6
"""An older table is only looked for where the printed digits fix G at least this well (width / |G|)."""


class Settled(NamedTuple):
    """Free margin agreed on (USD, NaN if none), width of the deciding vote, votes of the winning cluster."""

    value: float
    width: float
    votes: int


UNSETTLED = Settled(float("nan"), float("nan"), 0)


class Votes(NamedTuple):
    """V priced rows of one account.

    value (V,) G in the assumed table; width (V,); other_tables (V, C) G in each older table, NaN where none;
    pocket_look (V,) looks like an isolated pocket by itself; notional (V,); least: smallest G the nulls allow.
    """

    value: Float64Array
    width: Float64Array
    other_tables: Float64Array
    pocket_look: BoolArray
    notional: Float64Array
    least: float

    def take(self, rows: BoolArray) -> Votes:
        """The votes of some rows; `least` stays that of the account."""
        return Votes(
            self.value[rows],
            self.width[rows],
            self.other_tables[rows],
            self.pocket_look[rows],
            self.notional[rows],
            self.least,
        )


def settle(votes: Votes) -> Settled:
    """The winner by the rules above, or UNSETTLED."""
    if not len(votes.value):
        return UNSETTLED
    rows = np.arange(len(votes.value))
    plain = _largest(votes.value, votes.width, rows)
    if plain is not None and plain.votes >= 2:
        return plain
    # The largest free margin is the shared pool's more often than a pocket's, whatever it looks like.
    pocket_look = votes.pocket_look & ((votes.value < votes.value.max()) | (len(votes.value) == 1))
    kept = ~pocket_look & (votes.value >= votes.least - votes.width - abs(votes.least) * 1e-9)
    if kept.any():
        narrowed = _largest(votes.value[kept], votes.width[kept], rows[kept])
        if narrowed is not None:
            return narrowed
    elif len(votes.value) == 1:
        return UNSETTLED
    pooled = _over_tables(votes)
    if pooled is not None:
        return pooled
    wide = _largest(votes.value, votes.width + 0.5 * MARK_NOISE * votes.notional, rows)
    if wide is not None and wide.votes >= 2:
        # Its width stays that of the printed digits: how far the marks moved is for the reader's class to say.
        return wide._replace(width=float(votes.width[votes.value == wide.value].min()))
    return UNSETTLED


def is_scattered(votes: Votes) -> bool:
    """Three votes or more of which no two agree, in any table or within the noise of marks: there is no shared pool.

    Two that disagree say less: one of them may well be the shared pool's only price.
    """
    if len(votes.value) < 3:
        return False
    rows = np.arange(len(votes.value))
    wide = votes.width + 0.5 * MARK_NOISE * votes.notional
    return _max_rows(votes.value, wide, rows) == 1 and _max_rows(*_all_tables(votes)) <= 1


def _max_rows(value: Float64Array, width: Float64Array, row: Int64Array) -> int:
    """Distinct rows of the largest cluster."""
    return int(_sizes(value, width, row)[2].max()) if len(value) else 0


def _largest(value: Float64Array, width: Float64Array, row: Int64Array) -> Settled | None:
    """Largest cluster by distinct rows; None where two are equally large."""
    order, cluster, counts = _sizes(value, width, row)
    count = int(counts.max())
    winner = int(counts.argmax())
    if np.count_nonzero(counts == count) > 1:
        return None
    start, end = np.searchsorted(cluster, (winner, winner + 1))
    v, w = value[order[start:end]], width[order[start:end]]
    pick = int(w.argmin())
    return Settled(float(v[pick]), float(w[pick]), count)


def _sizes(value: Float64Array, width: Float64Array, row: Int64Array) -> tuple[Int64Array, Int64Array, Int64Array]:
    """(V,) order by value, in it the cluster of each (neighbours closer than their widths are of one), its rows.

    A row may stand in a cluster more than once, in several tables: it counts once.
    """
    order = np.lexsort((row, value))
    v, w = value[order], width[order]
    cluster = np.zeros(len(v), np.int64)
    np.cumsum(v[1:] - v[:-1] > w[1:] + w[:-1], out=cluster[1:])
    span = int(row.max()) + 1
    pair = np.sort(cluster * span + row[order])
    is_once = np.concatenate(([True], pair[1:] != pair[:-1]))
    return order, cluster, np.bincount(pair[is_once] // span)


def _over_tables(votes: Votes) -> Settled | None:
    value, width, row = _all_tables(votes)
    if not len(value):
        return None
    found = _largest(value, width, row)
    return found if found is not None and found.votes >= 2 else None


def _all_tables(votes: Votes) -> tuple[Float64Array, Float64Array, Int64Array]:
    """Values, widths and rows of the votes in every table in which the printed digits are sharp enough to decide."""
    value = np.column_stack((votes.value, votes.other_tables))
    row = np.broadcast_to(np.arange(len(value))[:, None], value.shape)
    width = np.broadcast_to(votes.width[:, None], value.shape)
    usable = np.isfinite(value) & (width <= TABLE_SHARPNESS * np.abs(value)) & ~votes.pocket_look[:, None]
    return value[usable], width[usable], row[usable]
