"""Copies of a market's tables for a run that changes them, in new memory or in that of a run that is over.

Half of a copy's time goes into new memory: the system wipes what it hands out. So who runs one market many times
gives the tables of the last run along.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from liqscape.exchange.columns import ClockColumn, TriggerCounter
from liqscape.exchange.state import State
from liqscape.units import AnyArray, Int64Array

LOGS = ("fill", "event")
SHARED = ("tier", "order", "level", "holding", "trigger", "triggers_of")
"""Tables that no cascade changes, or only where they have rows (own_state)."""


def own_table(table: AnyArray, used: AnyArray | None = None) -> AnyArray:
    """A copy. used: a table that nobody looks at any more; it is written over where it has the same shape."""
    if used is None or used is table or used.shape != table.shape:
        return table.copy()
    np.copyto(used, table)
    return used


def own_state(state: State, used: State | None = None) -> State:
    """Tables that a run may change, copied; logs empty. Tables without a row are shared: nobody adds one in a cascade.

    used  tables of a run that began with these, and that nobody looks at any more: they are written over.

    `zeros` and not `zeros_like`: room that is never written to takes neither time nor memory.
    """
    before = {} if used is None else used._asdict()

    def logs(name: str, table: Int64Array) -> Int64Array:
        return before[name] if name in before else np.zeros(table.shape, table.dtype)

    own: dict[str, Any] = {
        name: logs(name, table) if name in LOGS else own_table(table, before.get(name))
        for name, table in state._asdict().items()
        if name not in SHARED
    }
    if state.clock[ClockColumn.HOLDING_COUNT]:
        own["holding"] = own_table(state.holding, before.get("holding"))
    if state.trigger_counter[TriggerCounter.END]:
        end = int(state.trigger_counter[TriggerCounter.END])
        own["trigger"] = logs("trigger", state.trigger)
        own["trigger"][:end] = state.trigger[:end]
        own["triggers_of"] = own_table(state.triggers_of, before.get("triggers_of"))
    return state._replace(**own)
