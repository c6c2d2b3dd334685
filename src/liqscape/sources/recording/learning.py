"""Maximum leverages that are not recorded, learnt from the prices they explain."""

from __future__ import annotations

import numpy as np

from liqscape.risk.inference import fit_tables
from liqscape.sources.recording.accounts import accounts_of
from liqscape.sources.recording.markets import RecordedMarkets
from liqscape.sources.recording.positions import RecordedPositions
from liqscape.sources.recording.tables import RecordedTables, build_tables


def learn_tables(positions: RecordedPositions, recorded: RecordedMarkets) -> RecordedTables:
    """Tables of everything recorded; those of coins without a recorded maximum leverage as learnt.

    Of each such coin the leverage counts in which its prices meet most others of their accounts; a coin none of whose
    prices meets any keeps its guess (tables.py).
    """
    tables = build_tables(positions, recorded)
    if not tables.guessed:
        return tables
    accounts = accounts_of(positions, tables)
    candidates = np.column_stack((accounts.table_row, tables.older_tables[accounts.market_index]))
    table_row, others = fit_tables(
        accounts, tables.tables, candidates, positions.price_resolution, positions.value_resolution
    )
    others[accounts.is_exempt[accounts.pool_of_position()]] = 0  # theirs is the table of the account, not of the coin
    leverage = tables.tables.max_leverage[table_row, 0]
    learnt: dict[str, int] = {}
    for coin in tables.guessed:
        is_fitted = (accounts.market_index == tables.markets.index_of(coin)) & (others > 0)
        if is_fitted.any():
            learnt[coin] = int(np.bincount(leverage[is_fitted], others[is_fitted]).argmax())
    return build_tables(positions, recorded, learnt)
