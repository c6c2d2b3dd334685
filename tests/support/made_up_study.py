"""A made-up study of the small market's BTC: standing clusters in memory and stored rows of every table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars
from msgspec import msgpack
from small_market import START_MS, address

from liqscape.insight.identity import SpanAges
from liqscape.insight.needs import OnRecord, needs_of
from liqscape.insight.study_rows import (
    CascadeOutcomeRow,
    CascadeRow,
    ClusterChangeRow,
    ClusterRow,
    LiquidationEventRow,
    StudyRows,
    SweepRow,
)
from liqscape.service.studied import TIME_OF_ROW
from liqscape.service.studying.standing import CoinStanding, StudyProgress, StudyStanding, StudyState
from liqscape.store.history import HistoryReader
from liqscape.store.studies import StudyWriter
from liqscape.store.studies.schema import frame_of, frames_of
from liqscape.store.studies.writer import StudiedCoin
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, Side

COIN = "BTC"
OLD, YOUNG, SHORT, GONE = "BTC-long-1769900000000-22310", "BTC-long-1-1", "BTC-short-2-2", "BTC-long-3-3"
LAST_MS = START_MS + 4 * MINUTE_MS
SINCE_MS = START_MS
STATE = msgpack.encode({"records": {"FRAMES": START_MS, "PATH": START_MS}})
"""What the end of a study says of its records; the rest is not looked at here."""


def cluster(cluster_id: str, time_ms: int, event: str = "standing", **more: Any) -> ClusterRow:
    """A row of the clusters."""
    is_long = "-long-" in cluster_id
    low, high = (60_000.0, 69_000.0) if is_long else (71_000.0, 80_000.0)
    values: dict[str, Any] = {
        "time_ms": time_ms,
        "coin": COIN,
        "side": "long" if is_long else "short",
        "cluster_id": cluster_id,
        "event": event,
        "born_ms": START_MS,
        "price_low": low,
        "price_high": high,
        "price_peak": low + 1_000.0,
        "size": 2.5,
        "notional": 175_000.0,
        "position_count": 7,
        "age_ms": time_ms - START_MS,
        "is_age_at_least": True,
        "weighted_age_ms": 60_000,
        "is_weighted_age_at_least": False,
        "persistence_1h": 0.1 + 0.2,
        "persistence_4h": None,
        "persistence_1d": None,
        "persistence_3d": None,
        "sweep_state": "untouched",
        "residual_size": None,
        "whole_order_window_count": 0,
        "parent": None,
        "merged_into": None,
        "is_known": True,
        "mark": 70_000.0,
        "known_at_ms": time_ms,
    }
    return ClusterRow(**{**values, **more})


def change(cluster_id: str, time_ms: int, reason: str, lots: int, **more: Any) -> ClusterChangeRow:
    """A row of the changes."""
    values: dict[str, Any] = {
        "time_ms": time_ms,
        "coin": COIN,
        "side": "long" if "-long-" in cluster_id else "short",
        "cluster_id": cluster_id,
        "reason": reason,
        "lots": lots,
        "size": lots / 1e5,
        "usd": lots * 0.7,
        "position_count": 1,
        "gap": False,
        "known_at_ms": time_ms,
    }
    return ClusterChangeRow(**{**values, **more})


def sweep(number: int, outcome: str, cluster_id: str = OLD, **more: Any) -> SweepRow:
    """A row of the sweeps, entered `number` minutes after the start."""
    entered_ms = START_MS + number * MINUTE_MS
    is_over = outcome != "open"
    parts = ("liquidated_backstop", "deleveraged", "closed_before", "closed_after", "saved_by_margin", "moved_away")
    values: dict[str, Any] = {
        "sweep_id": f"{cluster_id}@{entered_ms}",
        "cluster_id": cluster_id,
        "coin": COIN,
        "side": "long" if "-long-" in cluster_id else "short",
        "entered_ms": entered_ms,
        "crossed_ms": entered_ms + 3_000 if is_over else None,
        "left_ms": entered_ms + 9_000 if is_over else None,
        "ended_ms": entered_ms + 9_000 if is_over else None,
        "price_low": 60_000.0,
        "price_high": 69_000.0,
        "extreme_mark": 59_900.0,
        "size_at_entry": 4.0,
        "usd_at_entry": 276_000.0,
        "liquidated_book": 3.0,
        **dict.fromkeys(parts, 0.0),
        "still_there": 1.0,
        "unknown": 0.0,
        "closed_by_own_stop": None,
        "stop_coverage": None,
        "clear_fraction": 0.75,
        "outcome": outcome,
        "overshoot_bp": 100.0 / 6.0 if is_over else None,
        "overshoot_1m_bp": 3.0,
        "overshoot_5m_bp": None,
        "overshoot_1h_bp": None,
        **dict.fromkeys(("overshoot_sigma", "overshoot_1m_sigma", "overshoot_5m_sigma", "overshoot_1h_sigma"), None),
        "sigma_1m_bp": 5.0,
        "depth_usd": None,
        "placebo_overshoot_bp": 4.0,
        "placebo_count": 30,
        "gap": False,
        "known_at_ms": entered_ms + MINUTE_MS,
    }
    return SweepRow(**{**values, **more})


def event(number: int, **more: Any) -> LiquidationEventRow:
    """A row of the liquidation events, `number` seconds after the start."""
    first_ms = START_MS + 1_000 * number
    side = "long" if number % 3 else "short"
    values: dict[str, Any] = {
        "event_id": f"{COIN}-{side}-{first_ms}-{number:08x}-market",
        "address": address(number),
        "coin": COIN,
        "side": side,
        "direction": "sell" if side == "long" else "buy",
        "method": "market",
        "size": 0.5,
        "price": 66_000.0 + 100.0 * number,
        "notional": 33_000.0,
        "mark": 66_010.0,
        "liquidation_price": None if number == 4 else 66_020.0 + 100.0 * number,
        "first_fill_ms": first_ms,
        "last_fill_ms": first_ms + 10,
        "pre_mid": 66_100.0,
        "slippage_bp": 15.1,
        "impact_1s_bp": None,
        "impact_10s_bp": 7.5,
        "impact_60s_bp": -2.25,
        "recovery_ms": 12_000,
        "depth_share": None,
        "taken_by": "book",
        "baseline_1s_bp": None,
        "baseline_10s_bp": 0.5,
        "baseline_60s_bp": 1.25,
        "baseline_count": 120,
        "burst_id": f"{COIN}-{side}-{first_ms}",
        "burst_usd": 33_000.0,
        "why_unknown": "impact_1s_bp: mids are 3 s apart",
        "cluster_id": OLD if side == "long" else SHORT,
        "known_at_ms": LAST_MS,
    }
    later = {"evidence": "exact", "measured_on": "mids"}
    values |= {name: value for name, value in later.items() if name in LiquidationEventRow.__struct_fields__}
    return LiquidationEventRow(**{**values, **more})


def cascade(state: str, minute: int, **more: Any) -> CascadeRow:
    """A row of the cascades."""
    values: dict[str, Any] = {
        "cascade_id": f"{COIN}-long-{START_MS}",
        "coin": COIN,
        "side": "long",
        "direction": "sell",
        "time_ms": START_MS + minute * MINUTE_MS,
        "state": state,
        "rate_usd": 50_000.0,
        "threshold_usd": 10_000.0,
        "threshold_rule": "10,000 USD: more than 99.5 % of the coin's minutes",
        "peak_rate_usd": 50_000.0,
        "account_count": 4,
        "liquidated_usd": 90_000.0,
        "fuel_ahead_usd": None,
        "sigma_5m_bp": 12.0,
        "extreme_mark": 65_000.0,
        "known_at_ms": START_MS + minute * MINUTE_MS,
    }
    return CascadeRow(**{**values, **more})


def outcome(horizon: str, number: int = 0, **more: Any) -> CascadeOutcomeRow:
    """A row of the cascades' outcomes."""
    values: dict[str, Any] = {
        "cascade_id": f"{COIN}-long-{START_MS + number}",
        "coin": COIN,
        "side": "long",
        "horizon": horizon,
        "exhausted_ms": START_MS + 2 * MINUTE_MS,
        "mark_at": 66_000.0,
        "return_bp": 40.0,
        "share_of_move": 0.6,
        "outcome": "reversal",
        "reached_reversal": True,
        "reached_continuation": False,
        "baseline_reversal": 0.4,
        "baseline_continuation": 0.3,
        "baseline_count": 200,
        "known_at_ms": LAST_MS,
    }
    return CascadeOutcomeRow(**{**values, **more})


def made_up_rows() -> StudyRows:
    """Rows of every table but asymmetry."""
    return StudyRows(
        clusters=[
            cluster(OLD, START_MS, "born"),
            cluster(GONE, START_MS, "born"),
            cluster(OLD, START_MS + MINUTE_MS),
            cluster(GONE, START_MS + MINUTE_MS),
            cluster(YOUNG, START_MS + 2 * MINUTE_MS, "born", parent=OLD, born_ms=START_MS + 2 * MINUTE_MS),
            cluster(GONE, START_MS + 3 * MINUTE_MS, "ended", merged_into=OLD),
        ],
        cluster_changes=[
            change(OLD, START_MS + MINUTE_MS, "opened", 250_000),
            change(OLD, START_MS + MINUTE_MS, "closed", -50_000),
            change(OLD, START_MS + 2 * MINUTE_MS, "opened", 1, usd=None),
            change(SHORT, START_MS + 3 * MINUTE_MS, "moved_by_marks", -7),
        ],
        sweeps=[sweep(1, "swept"), sweep(2, "partly_swept", YOUNG)],
        liquidation_events=[event(number) for number in range(5)],
        cascades=[cascade("starting", 0), cascade("running", 1), cascade("exhausted", 2)],
        cascade_outcomes=[outcome("5m"), outcome("1h", outcome=None, mark_at=None)],
    )


class Span(NamedTuple):
    """Studied minutes."""

    since_ms: int
    last_ms: int


@dataclass
class MemoryStudies:
    """Stored rows of a study without a disk."""

    held: StudyRows = field(default_factory=made_up_rows)

    def end_state(self, coin: str) -> bytes | None:
        return STATE if coin == COIN else None

    def spans(self, coin: str) -> list[Span]:
        return [Span(SINCE_MS, LAST_MS)] if coin == COIN else []

    def rows(
        self, table: str, coin: str | None = None, start_ms: int | None = None, end_ms: int | None = None
    ) -> polars.DataFrame:
        """Plain loops over the records."""
        time = f"{TIME_OF_ROW[table]}_ms"  # type: ignore[index]
        rows = [
            row
            for row in getattr(self.held, table)
            if coin in (None, row.coin)
            and (start_ms is None or getattr(row, time) >= start_ms)
            and (end_ms is None or getattr(row, time) < end_ms)
        ]
        return frame_of(table, rows)


def made_up_state() -> StudyState:
    """The newest minute in memory."""
    state = StudyState()
    state.publish(made_up_standing())
    return state


def made_up_ages(now: int, *held: tuple[float, float, int]) -> SpanAges:
    """Positions of one side that never moved: (level, coins, residence); nothing is known of before observed time 0."""
    level, size, residence = zip(*held, strict=True)
    positions = np.array([[key, now - stood, 0, 0] for key, stood in enumerate(residence)], np.int64)
    return SpanAges(
        now=now,
        gap_at=0,
        level=np.array(level),
        size=np.array(size),
        positions=positions,
        starts=np.zeros(2 * len(held) + 1, np.int64),
        stairs=np.empty((0, 2), np.int64),
    )


def made_up_standing(news: StudyRows | None = None, time_ms: int = LAST_MS) -> StudyStanding:
    """The newest standing of BTC."""
    coin = CoinStanding(
        coin=COIN,
        time_ms=time_ms,
        since_ms=SINCE_MS,
        clusters=(
            cluster(YOUNG, time_ms, weighted_age_ms=30_000),
            cluster(OLD, time_ms, weighted_age_ms=2 * DAY_MS, price_low=30_000.0, price_high=60_000.0),
            cluster(SHORT, time_ms, weighted_age_ms=HOUR_MS, is_weighted_age_at_least=True),
        ),
        sweeps=(sweep(3, "open", SHORT),),
        cascades=(cascade("exhausted", 2),),
        needs=needs_of({OnRecord.FRAMES: SINCE_MS, OnRecord.PATH: SINCE_MS, OnRecord.ACCOUNTS: SINCE_MS}),
        ages={
            Side.LONG: made_up_ages(5 * HOUR_MS, (50_000.0, 3.0, HOUR_MS), (50_100.0, 1.0, 5 * HOUR_MS)),
            Side.SHORT: made_up_ages(5 * HOUR_MS, (90_000.0, 2.0, 0)),
        },
    )
    progress = StudyProgress(start_ms=SINCE_MS, studied_ms=time_ms, stored_ms=time_ms)
    return StudyStanding(
        time_ms=time_ms, coins={COIN: coin}, news={} if news is None else {COIN: news}, progress=progress
    )


def write_study(folder: Path, rows: StudyRows | None = None) -> None:
    """The made-up rows as parts beside a history."""
    history_id = HistoryReader(folder).history_id
    studied = StudiedCoin(coin=COIN, since_ms=SINCE_MS, last_ms=LAST_MS, state=STATE, goes_on=False)
    with StudyWriter(folder, history_id) as writer:
        writer.keep(START_MS // DAY_MS, [studied], frames_of(rows or made_up_rows()))
