"""Margin tables of whole accounts from their published prices alone, where none is known beforehand.

Every price implies a free margin in each table its position may carry (free_margin.py). In the right tables all prices
of a pool imply the same one, to the printed digits; in wrong ones they scatter, and chance meetings are about 1e-6 a
pair. So the free margin that most positions of an account can meet in some table shows the table of each.
"""

from __future__ import annotations

import numpy as np

from liqscape.model.accounts import Accounts, PublishedState
from liqscape.model.margin_tables import MarginTables
from liqscape.risk.inference.free_margin import free_margin_width, implied_free_margin
from liqscape.risk.inference.settle import TABLE_SHARPNESS
from liqscape.units import Float64Array, Int32Array, Int64Array


def fit_tables(
    accounts: Accounts,
    tables: MarginTables,
    candidates: Int32Array,
    price_resolution: Float64Array,
    value_resolution: Float64Array,
) -> tuple[Int32Array, Int64Array]:
    """(P,) table in which a price meets others of its account, and (P,) how many others; -1 and 0 where none.

    candidates (P, C) rows of tables each position may carry, -1 where none.
    price_resolution, value_resolution (P,) half a unit of the last printed digit of price and position value.
    An account whose two largest meetings are equally large says nothing. O(P C log(P C)), no loop over accounts.
    """
    price = np.where(accounts.published == PublishedState.PRICE, accounts.published_price, np.nan)
    width = free_margin_width(accounts.size, accounts.observed_mark, price, price_resolution, value_resolution)
    usable = (candidates >= 0) & np.isfinite(price * accounts.observed_mark)[:, None]
    row, column = np.nonzero(usable)
    table = candidates[row, column]
    value = implied_free_margin(accounts.size[row], accounts.observed_mark[row], price[row], table, tables)
    sharp = width[row] <= TABLE_SHARPNESS * np.abs(value)
    row, table, value = row[sharp], table[sharp], value[sharp]
    best_table, others = np.full(len(price), -1, np.int32), np.zeros(len(price), np.int64)
    if not len(row):
        return best_table, others

    group = accounts.pool_of_position()[row]
    order = np.lexsort((value, group))
    row, table, value, group = row[order], table[order], value[order], group[order]
    is_new = (group[1:] != group[:-1]) | (value[1:] - value[:-1] > width[row[1:]] + width[row[:-1]])
    cluster = np.concatenate(([0], np.cumsum(is_new)))
    # A position may meet in several tables that are alike where it stands: it counts once.
    pair = np.sort(cluster * len(price) + row)  # sorting is quicker than numpy's hashed `unique`
    is_once = np.concatenate(([True], pair[1:] != pair[:-1]))
    size = np.bincount(pair[is_once] // len(price))
    largest, repeats = np.zeros(accounts.pool_count, np.int64), np.zeros(accounts.pool_count, np.int64)
    owner = group[np.searchsorted(cluster, np.arange(len(size)))]
    np.maximum.at(largest, owner, size)
    np.add.at(repeats, owner, size == largest[owner])
    is_winner = ((size == largest[owner]) & (repeats[owner] == 1) & (size >= 2))[cluster]
    best_table[row[is_winner]] = table[is_winner]
    others[row[is_winner]] = size[cluster[is_winner]] - 1
    return best_table, others
