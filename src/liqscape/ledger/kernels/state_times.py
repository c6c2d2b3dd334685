"""When an account was read on each dex, as it is kept in 32 bits (ledger/state_times.py)."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.columns import NEVER_MS, LedgerAccountColumn
from liqscape.ledger.state_times import LONG_AGO, LONG_AGO_MS, NEVER_READ
from liqscape.ledger.tables import LedgerTables
from liqscape.risk.kernels.jit import merged
from liqscape.units import BoolArray


@merged
def state_time(tables: LedgerTables, account: int, dex: int) -> int:
    """Venue time of the newest state of an account on a dex; NEVER_MS, LONG_AGO_MS."""
    behind = np.int64(tables.state_behind[account, dex])
    if behind == NEVER_READ:
        return NEVER_MS
    if behind == LONG_AGO:
        return LONG_AGO_MS
    return tables.account[account, LedgerAccountColumn.STATE_MS] + 1 - behind


@merged
def note_state(tables: LedgerTables, account: int, is_covered: BoolArray, time_ms: int) -> None:
    """The account was read at a time on covered dexs (D,): its newest state may now be older than before."""
    newest_ms = NEVER_MS
    for dex in range(tables.state_behind.shape[1]):
        newest_ms = max(newest_ms, _time_after(tables, account, dex, is_covered, time_ms))
    for dex in range(tables.state_behind.shape[1]):
        dex_ms = _time_after(tables, account, dex, is_covered, time_ms)
        behind = newest_ms - dex_ms + 1
        if dex_ms == NEVER_MS:
            behind = NEVER_READ
        elif dex_ms == LONG_AGO_MS or behind > LONG_AGO:
            behind = LONG_AGO
        tables.state_behind[account, dex] = behind
    tables.account[account, LedgerAccountColumn.STATE_MS] = newest_ms


@merged
def _time_after(tables: LedgerTables, account: int, dex: int, is_covered: BoolArray, time_ms: int) -> int:
    if dex < len(is_covered) and is_covered[dex]:
        return time_ms
    return state_time(tables, account, dex)


@merged
def forget_states(tables: LedgerTables, account: int) -> None:
    """It was never read."""
    for dex in range(tables.state_behind.shape[1]):
        tables.state_behind[account, dex] = NEVER_READ
    tables.account[account, LedgerAccountColumn.STATE_MS] = NEVER_MS
