"""How often money that nobody reported moves a level, measured on two frames of a map (docs/intervals.md, "Age")."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.heatmap.grid import BASE_WIDTH
from liqscape.model.accounts import Accounts
from liqscape.units import Float64Array, Int64Array, MarginSource

MIN_CASES = 200
"""Positions read again, below which the shipped hazard stays."""
_HOUR_MS = 3_600_000.0


class MeasuredHazard(NamedTuple):
    """per_hour of the levels of n positions, each watched from one reading to the next; never below one case."""

    per_hour: float
    n: int


def measured_hazard(
    before: Accounts, after: Accounts, root_before: Float64Array, root_after: Float64Array
) -> MeasuredHazard | None:
    """Of positions alone in their pool, of the same size in both, whose account was read again between.

    hazard = (1 + those whose level is more than a base band away) / hours between their two readings, summed

    A position alone in its pool is moved by no mark, and by nothing that a print tells while its size stays. Money that
    was reported counts too where it is, so it is rather too much. None with fewer than MIN_CASES of them.
    """
    first, then = _lone(before, root_before), _lone(after, root_after)
    shared = [key for key in first if key in then]
    here = np.array([first[key] for key in shared], np.int64)
    there = np.array([then[key] for key in shared], np.int64)
    if not len(here):
        return None
    read_ms = after.observed_ms[after.pool_of_position()[there]] - before.observed_ms[before.pool_of_position()[here]]
    asked = (before.size[here] == after.size[there]) & (read_ms > 0)
    if np.count_nonzero(asked) < MIN_CASES:
        return None
    moved = np.abs(root_after[there[asked]] / root_before[here[asked]] - 1.0) > BASE_WIDTH
    hours = float(read_ms[asked].sum()) / _HOUR_MS
    return MeasuredHazard(per_hour=(1.0 + float(np.count_nonzero(moved))) / hours, n=int(np.count_nonzero(asked)))


def _lone(accounts: Accounts, root: Float64Array) -> dict[tuple[str, int], int]:
    """Row of each position alone in its pool with a level that was read, by address and market; the last of two."""
    pool = accounts.pool_of_position()
    with np.errstate(invalid="ignore"):
        is_asked = (accounts.is_lone == 1) & (root > 0.0) & ~accounts.is_exempt[pool]
    rows: Int64Array = np.flatnonzero(is_asked & (accounts.margin_source[pool] != MarginSource.MODELLED))
    owner, market = accounts.address_row[pool[rows]].tolist(), accounts.market_index[rows].tolist()
    names = accounts.addresses
    return {(names[each], coin): row for each, coin, row in zip(owner, market, rows.tolist(), strict=True)}
