"""Which accounts a block changed."""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import NO_ROW, Event, EventKind, Fill
from liqscape.exchange.output import BlockOutput
from liqscape.units import Int64Array


def changed_accounts(output: BlockOutput) -> Int64Array:
    """Sorted rows of the accounts a block changed: traded, funded, paid in or out, taken over."""
    fills, events = output.fills, output.events
    takers = events[events[:, Event.KIND] == EventKind.TAKEOVER][:, Event.C]
    rows: Int64Array = np.unique(
        np.concatenate((fills[:, Fill.BUYER], fills[:, Fill.SELLER], events[:, Event.ACCOUNT], takers))
    )
    changed: Int64Array = rows[rows != NO_ROW]
    return changed
