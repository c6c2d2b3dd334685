"""Rules about what happens once: births, ends and sweeps of clusters, liquidations, states of cascades, cash received.

An event is told once to each rule it fits, and never to a rule that was not there yet when it happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from liqscape.insight.alerts.columns import EVERY, RuleColumns
from liqscape.insight.alerts.inputs import CashReceived, LiquidationSeen
from liqscape.insight.study_rows import CascadeRow, ClusterRow, SweepRow
from liqscape.units import SIDE_NUMBERS


class Happened(NamedTuple):
    """An event that a rule fits. event_id: the same whoever tells it."""

    rule: int
    event_id: str


def born_of(columns: RuleColumns, row: ClusterRow, coins: Mapping[str, int]) -> list[Happened]:
    """Rules told of a birth. A cluster that stood when the study began was not seen to be born: is_age_at_least."""
    if row.event != "born" or row.is_age_at_least or not row.size > 0.0:
        return []
    return _fitting(columns, row.coin, row.side, row.notional, f"{row.cluster_id}:born", coins)


def dissolved_of(columns: RuleColumns, row: ClusterRow, coins: Mapping[str, int]) -> list[Happened]:
    """Rules told of an end that is no merger."""
    if row.event != "ended" or row.merged_into is not None:
        return []
    return _fitting(columns, row.coin, row.side, row.notional, f"{row.cluster_id}:ended", coins)


def swept_of(columns: RuleColumns, row: SweepRow, coins: Mapping[str, int]) -> list[Happened]:
    """Rules told of a sweep that is over; of a cluster that held nothing there is none to tell."""
    if row.ended_ms is None or row.outcome == "open" or not row.size_at_entry > 0.0:
        return []
    return _fitting(columns, row.coin, row.side, row.usd_at_entry, f"{row.sweep_id}:over", coins)


def cascade_of(columns: RuleColumns, row: CascadeRow, coins: Mapping[str, int]) -> list[Happened]:
    """Rules told of a cascade's new state."""
    event_id = f"{row.cascade_id}:{row.state}:{row.time_ms}"
    found = _fitting(columns, row.coin, row.side, None, event_id, coins)
    return [each for each in found if columns.rules[each.rule].state == row.state]


def liquidation_of(columns: RuleColumns, event: LiquidationSeen, coins: Mapping[str, int]) -> list[Happened]:
    """Rules told of a liquidation; one that turned out to be an ordinary close is none."""
    if event.evidence == "refuted":
        return []
    event_id = f"{event.coin}:{event.address}:{event.first_ms}"
    found = _fitting(columns, event.coin, event.side, event.notional, event_id, coins)
    return [each for each in found if columns.rules[each.rule].address in (None, event.address)]


def cash_of(columns: RuleColumns, moved: CashReceived) -> list[Happened]:
    """Rules told of cash that an account received."""
    event_id = f"{moved.address}:{moved.coin or 'cross'}:{moved.time_ms}"
    return [
        Happened(place, event_id)
        for place, rule in enumerate(columns.rules)
        if rule.address == moved.address and moved.usd >= columns.min_usd[place]
    ]


def _fitting(
    columns: RuleColumns, coin: str, side: str, usd: float | None, event_id: str, coins: Mapping[str, int]
) -> list[Happened]:
    if not len(columns):
        return []
    market = coins.get(coin)
    fits = columns.market == EVERY
    if market is not None:
        fits |= columns.market == market
    fits &= (columns.side == 0) | (columns.side == SIDE_NUMBERS.get(side, 0))
    fits &= (columns.min_usd <= 0.0) | ((np.nan if usd is None else usd) >= columns.min_usd)
    return [Happened(place, event_id) for place in np.flatnonzero(fits).tolist()]
