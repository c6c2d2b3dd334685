"""When accounts were read on each dex, in 32 bits: as what the account's newest state is later by.

    kept = newest - time + 1, exact to 49 days; 0 never read; LONG_AGO beyond

Who was read on one dex and for 49 days not on another is said to have been read there before everything: in doubt if
there ever was any, and never read later than it was.
"""

from __future__ import annotations

import numpy as np

from liqscape.ledger.columns import NEVER_MS, LedgerAccountColumn
from liqscape.ledger.tables import LedgerTables
from liqscape.units import AnyArray, Int64Array

NEVER_READ = 0
LONG_AGO = (1 << 32) - 1
SPAN_MS = LONG_AGO - 2
"""Times that lie so far before the newest, or less, are kept as they are."""
LONG_AGO_MS = 0
"""Before everything that happened."""


def state_times(tables: LedgerTables, account: Int64Array, dex: AnyArray | slice) -> Int64Array:
    """Times of the newest states of accounts (K,), on a dex each (K,) or on several (K, D); NEVER_MS, LONG_AGO_MS."""
    behind = tables.state_behind[account, dex].astype(np.int64)
    newest_ms = tables.account[account, LedgerAccountColumn.STATE_MS]
    time_ms: Int64Array = newest_ms.reshape(newest_ms.shape + (1,) * (behind.ndim - 1)) + 1 - behind
    time_ms[behind == LONG_AGO] = LONG_AGO_MS
    time_ms[behind == NEVER_READ] = NEVER_MS
    return time_ms
