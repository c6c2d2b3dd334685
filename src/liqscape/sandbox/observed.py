"""Find the accounts a block changed."""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import NO_ROW, EventColumn, EventKind, FillColumn
from liqscape.exchange.output import BlockOutput
from liqscape.units import Int64Array


def changed_accounts(output: BlockOutput) -> Int64Array:
    """Sorted rows of the accounts a block changed: traded, funded, paid in or out, taken over."""
    fills, events = output.fills, output.events
    takers = events[events[:, EventColumn.KIND] == EventKind.TAKEOVER][:, EventColumn.C]
    rows: Int64Array = np.unique(
        np.concatenate(
            (fills[:, FillColumn.BUYER], fills[:, FillColumn.SELLER], events[:, EventColumn.ACCOUNT], takers)
        )
    )
    changed: Int64Array = rows[rows != NO_ROW]
    return changed
