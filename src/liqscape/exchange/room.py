"""Room of the trigger orders' tables, which takes no memory until it is used."""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import TriggerColumn, TriggerCounter, TriggersOf
from liqscape.units import Int64Array

MAX_TRIGGERS = 1_048_576
"""Trigger orders that may wait at once."""


def no_triggers(
    accounts: int, markets: int, triggers: int = MAX_TRIGGERS
) -> tuple[Int64Array, Int64Array, Int64Array, Int64Array]:
    """Empty tables State.trigger, .trigger_side, .triggers_of and .trigger_counter."""
    return (
        np.zeros((triggers, TriggerColumn.WIDTH), np.int64),
        np.zeros((markets, 2), np.int64),
        np.zeros((accounts, TriggersOf.WIDTH), np.int64),
        np.zeros(TriggerCounter.WIDTH, np.int64),
    )
