"""What became of trigger orders, found by comparing the exchange's slots of triggers after each block.

The engine reports which fired and which it cancelled; of one that waited and is gone without such a report its owner
took it back. A trigger that came and went within one block was never waiting and is not found.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from liqscape.exchange.columns import (
    EventColumn,
    EventKind,
    TriggerColumn,
    TriggerCounter,
    TriggerEnd,
)
from liqscape.sandbox.records.log import Log, SavedLog
from liqscape.units import Int64Array

if TYPE_CHECKING:
    from liqscape.exchange.exchange import Exchange
    from liqscape.exchange.output import BlockOutput

MAX_ENDED = 200_000
KEPT = 9
"""Leading columns of TriggerColumn that are remembered: the others are links inside the engine."""


class EndedTrigger(IntEnum):
    """(n, ...) columns after those of TriggerColumn: when it ended, how, lots it sent and lots filled at once."""

    ENDED_MS = KEPT
    FATE = KEPT + 1
    SENT = KEPT + 2
    FILLED = KEPT + 3
    WIDTH = KEPT + 4


class Fate(IntEnum):
    """How a trigger order stopped waiting."""

    FIRED = 0
    TAKEN_BACK = 1
    POSITION_CLOSED = 2
    NOT_REDUCING = 3
    NO_MARGIN = 4
    LIQUIDATED = 5
    DELISTED = 6


FATE_OF_END = {
    TriggerEnd.POSITION_CLOSED: Fate.POSITION_CLOSED,
    TriggerEnd.NOT_REDUCING: Fate.NOT_REDUCING,
    TriggerEnd.NO_MARGIN: Fate.NO_MARGIN,
    TriggerEnd.LIQUIDATION: Fate.LIQUIDATED,
    TriggerEnd.DELISTED: Fate.DELISTED,
}


class TriggerRecords:
    """The newest trigger orders that wait no more. Same blocks, same records."""

    def __init__(self, most: int = MAX_ENDED) -> None:
        self.ended = Log(EndedTrigger.WIDTH, most)
        self.placed: Int64Array = np.zeros((0, KEPT), np.int64)
        """Those that began to wait in the last block."""
        self.gone: Int64Array = np.zeros((0, EndedTrigger.WIDTH), np.int64)
        """Those that ended in the last block."""
        self._before: Int64Array = np.zeros((0, KEPT), np.int64)

    def look_at(self, exchange: Exchange) -> None:
        """Take what waits now as that from before the next block."""
        self._before = _slots(exchange).copy()

    def observe(self, exchange: Exchange, output: BlockOutput) -> None:
        """Takes in one block; to be called once for every block, in order."""
        before, now = self._before, _slots(exchange)
        if not len(now):
            return
        if len(before) < len(now):
            fresh = np.zeros((len(now) - len(before), KEPT), np.int64)
            self._before = before = np.concatenate((before, fresh))
        has_moved = before[:, TriggerColumn.ID] != now[:, TriggerColumn.ID]
        self.placed = now[has_moved & (now[:, TriggerColumn.ID] > 0)]
        self.gone = _ended(before[has_moved & (before[:, TriggerColumn.ID] > 0)], output)
        if len(self.gone):
            self.ended.append(self.gone)
        before[has_moved] = now[has_moved]

    def of(self, account: int) -> Int64Array:
        """(n, EndedTrigger.WIDTH) of an account, oldest first."""
        rows = self.ended.rows
        found: Int64Array = rows[rows[:, TriggerColumn.ACCOUNT] == account]
        return found

    def save(self) -> SavedLog:
        """For a checkpoint."""
        return self.ended.save()

    def load(self, saved: SavedLog) -> None:
        """Takes over the rows of a checkpoint. Raises StoreError where they have another width."""
        self.ended.load(saved)


def _slots(exchange: Exchange) -> Int64Array:
    """(n, KEPT) a view of every slot of triggers that was ever used."""
    state = exchange.state
    slots: Int64Array = state.trigger[: int(state.trigger_counter[TriggerCounter.END]), :KEPT]
    return slots


def _ended(left: Int64Array, output: BlockOutput) -> Int64Array:
    """(n, EndedTrigger.WIDTH) of those that left (n, KEPT), by order id."""
    rows = np.zeros((len(left), EndedTrigger.WIDTH), np.int64)
    if not len(left):
        return rows
    rows[:, :KEPT] = left[np.argsort(left[:, TriggerColumn.ID])]
    rows[:, EndedTrigger.ENDED_MS], rows[:, EndedTrigger.FATE] = output.time_ms, Fate.TAKEN_BACK
    place = {ident: at for at, ident in enumerate(rows[:, TriggerColumn.ID].tolist())}
    kinds = (EventKind.TRIGGER_FIRED, EventKind.TRIGGER_CANCELLED)
    for event in output.events[np.isin(output.events[:, EventColumn.KIND], kinds)].tolist():
        at = place.get(event[EventColumn.C])
        if at is None:
            continue
        if event[EventColumn.KIND] == EventKind.TRIGGER_FIRED:
            rows[at, EndedTrigger.FATE :] = Fate.FIRED, event[EventColumn.A], event[EventColumn.B]
        else:
            rows[at, EndedTrigger.FATE] = FATE_OF_END[TriggerEnd(event[EventColumn.B])]
    return rows
