"""Rows of a study's tables, of what its parts know: clusters as they stand and end, and liquidations with theirs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from liqscape.insight.identity import EndedCluster, TrackedCluster
from liqscape.insight.records import ClusterEvent, SweepState
from liqscape.insight.study_rows import ClusterRow, LiquidationEventRow
from liqscape.insight.sweeps import SweepStanding
from liqscape.model.liquidations import Evidence, LiquidationMethod
from liqscape.model.minute_notes import Columns, ForcedFlow
from liqscape.units import SIDE_WORDS, Side

EVENT_WORDS = {event: event.name.lower() for event in ClusterEvent}
SWEEP_WORDS = {state: state.name.lower() for state in SweepState}


def standing_row(
    coin: str, cluster: TrackedCluster, sweep: SweepStanding | None, time_ms: int, mark: float | None
) -> ClusterRow:
    """A cluster as it stands, or is born, at a frame. sweep: None where the mark never met it."""
    return ClusterRow(
        time_ms=time_ms,
        coin=coin,
        side=SIDE_WORDS[cluster.side],
        cluster_id=cluster.cluster_id,
        event=EVENT_WORDS[ClusterEvent.BORN if cluster.is_born_now else ClusterEvent.STANDING],
        born_ms=cluster.born_ms,
        price_low=cluster.price_low,
        price_high=cluster.price_high,
        price_peak=cluster.price_peak,
        size=cluster.size,
        notional=None if mark is None else cluster.size * mark,
        position_count=cluster.position_count,
        age_ms=cluster.age_ms,
        is_age_at_least=cluster.is_age_at_least,
        weighted_age_ms=cluster.weighted_age_ms,
        is_weighted_age_at_least=cluster.is_weighted_age_at_least,
        persistence_1h=cluster.persistence_1h,
        persistence_4h=cluster.persistence_4h,
        persistence_1d=cluster.persistence_1d,
        persistence_3d=cluster.persistence_3d,
        sweep_state=SWEEP_WORDS[SweepState.UNTOUCHED if sweep is None else sweep.state],
        residual_size=None if sweep is None else sweep.residual_size,
        whole_order_window_count=None if sweep is None else sweep.whole_order_window_count,
        parent=cluster.parent,
        merged_into=None,
        is_known=cluster.is_known,
        mark=mark,
        known_at_ms=time_ms,
    )


def ended_row(coin: str, cluster: EndedCluster, time_ms: int, mark: float | None) -> ClusterRow:
    """A cluster that ended at a frame, as it last stood."""
    return ClusterRow(
        time_ms=cluster.ended_ms,
        coin=coin,
        side=SIDE_WORDS[cluster.side],
        cluster_id=cluster.cluster_id,
        event=EVENT_WORDS[ClusterEvent.ENDED],
        born_ms=cluster.born_ms,
        price_low=cluster.price_low,
        price_high=cluster.price_high,
        price_peak=cluster.price_peak,
        size=cluster.size,
        notional=None if mark is None else cluster.size * mark,
        position_count=None,
        age_ms=cluster.age_ms,
        is_age_at_least=cluster.is_age_at_least,
        weighted_age_ms=None,
        is_weighted_age_at_least=False,
        persistence_1h=None,
        persistence_4h=None,
        persistence_1d=None,
        persistence_3d=None,
        sweep_state=None,
        residual_size=None,
        whole_order_window_count=None,
        parent=None,
        merged_into=cluster.merged_into,
        is_known=True,
        mark=mark,
        known_at_ms=time_ms,
    )


ClusterAt = Callable[[Side, float, int], str | None]
"""(side, level, time) to the cluster that the level was in."""


def event_rows(coin: str, events: Columns, rows: Iterable[int], cluster_at: ClusterAt) -> list[LiquidationEventRow]:
    """Some rows of the events of a minute (insight/impact), each with its cluster."""
    return [_event_row(coin, events, row, cluster_at) for row in rows]


def _event_row(coin: str, events: Columns, row: int, cluster_at: ClusterAt) -> LiquidationEventRow:
    def number(name: str) -> float | None:
        value = float(events[name][row])
        return None if math.isnan(value) else value

    def text(name: str) -> str | None:
        return str(events[name][row]) or None

    side, level = Side(int(events["side"][row])), number("liquidation_price")
    first_ms, recovery_ms = int(events["first_fill_ms"][row]), int(events["recovery_ms"][row])
    return LiquidationEventRow(
        event_id=str(events["event_id"][row]),
        address=text("address"),
        coin=coin,
        side=SIDE_WORDS[side],
        direction=ForcedFlow(int(events["direction"][row])).name.lower(),
        method=LiquidationMethod(int(events["method"][row])).name.lower(),
        evidence=Evidence(int(events["evidence"][row])).name.lower(),
        size=float(events["size"][row]),
        price=number("price"),
        notional=number("notional"),
        mark=number("mark"),
        liquidation_price=level,
        first_fill_ms=first_ms,
        last_fill_ms=int(events["last_fill_ms"][row]),
        pre_mid=number("pre_mid"),
        measured_on=text("measured_on"),
        slippage_bp=number("slippage_bp"),
        impact_1s_bp=number("impact_1s_bp"),
        impact_10s_bp=number("impact_10s_bp"),
        impact_60s_bp=number("impact_60s_bp"),
        recovery_ms=None if recovery_ms < 0 else recovery_ms,
        depth_share=number("depth_share"),
        taken_by=text("taken_by"),
        baseline_1s_bp=number("baseline_1s_bp"),
        baseline_10s_bp=number("baseline_10s_bp"),
        baseline_60s_bp=number("baseline_60s_bp"),
        baseline_count=int(events["baseline_count"][row]),
        burst_id=text("burst_id"),
        burst_usd=number("burst_usd"),
        why_unknown=text("why_unknown"),
        cluster_id=None if level is None else cluster_at(side, level, first_ms),
        known_at_ms=int(events["known_at_ms"][row]),
    )


def known(mark: float) -> float | None:
    """A mark, or None where it is not known."""
    return mark if mark > 0.0 else None


def rows_by_market(columns: Columns | None) -> dict[int, list[int]]:
    """Rows of each market, in order."""
    if columns is None:
        return {}
    found: dict[int, list[int]] = {}
    for row, market in enumerate(np.asarray(columns["market_index"]).tolist()):
        found.setdefault(market, []).append(row)
    return found
