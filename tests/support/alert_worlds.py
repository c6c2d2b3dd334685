"""Frames, clusters and rules for tests of alerts, with as little in them as a test needs."""

from __future__ import annotations

from typing import Any

import numpy as np

from liqscape.heatmap.frame import Provenance
from liqscape.insight.alerts.evaluator import AlertEvaluator
from liqscape.insight.alerts.inputs import FrameFacts, MarkBatch
from liqscape.insight.alerts.records import AlertKind, Rule
from liqscape.insight.study_rows import CascadeRow, ClusterRow, SweepRow

COINS = ("BTC", "ETH")
START_MS = 1_780_000_000_000
MINUTE = 60_000
ADDRESS = "0x" + "ab" * 20


def rule(kind: AlertKind, rule_id: str = "one", **fields: Any) -> Rule:
    """A rule of a kind."""
    return Rule(rule_id=rule_id, kind=kind, **fields)


def facts(minute: float = 0.0, mark: tuple[float, ...] = (100.0, 10.0), **fields: Any) -> FrameFacts:
    """A frame so many minutes after the start."""
    return FrameFacts(
        time_ms=START_MS + int(minute * MINUTE),
        coins=fields.get("coins", COINS),
        mark=np.array(mark),
        open_interest=np.array(fields.get("open_interest", (1_000.0, 5_000.0))),
        coverage=np.array(fields.get("coverage", (0.4, 0.6))),
        coverage_all=fields.get("coverage_all", 0.5),
        funding_8h=np.array(fields.get("funding_8h", (0.01, 0.02))),
        account_age_ms=fields.get("account_age_ms", 4_000),
        provenance=Provenance("sandbox", "seed 1", is_simulated=fields.get("is_simulated", True)),
    )


def batch(minute: float, *mark: float) -> MarkBatch:
    """Marks so many minutes after the start."""
    return MarkBatch(START_MS + round(minute * MINUTE), COINS, np.array(mark if len(mark) > 1 else (*mark, 10.0)))


def watching(*rules: Rule, **first: Any) -> AlertEvaluator:
    """An evaluator that holds rules since a minute before its first frame."""
    evaluator = AlertEvaluator()
    evaluator.take_rules(rules, START_MS - MINUTE)
    evaluator.see_frame(facts(**first))
    return evaluator


def cluster(coin: str = "BTC", low: float = 90.0, high: float = 91.0, **fields: Any) -> ClusterRow:
    """A cluster as the study tells of it; longs below 100, and others by `side`."""
    time_ms = fields.get("time_ms", START_MS)
    side = fields.get("side", "long")
    return ClusterRow(
        time_ms=time_ms,
        coin=coin,
        side=side,
        cluster_id=fields.get("cluster_id", f"{coin}-{side}-{START_MS - 3_600_000}-{round(low * 10)}"),
        event=fields.get("event", "standing"),
        born_ms=fields.get("born_ms", START_MS - 3_600_000),
        price_low=low,
        price_high=high,
        price_peak=(low + high) / 2.0,
        size=fields.get("size", 50.0),
        notional=fields.get("notional", 5_000.0),
        position_count=fields.get("position_count", 3),
        age_ms=fields.get("age_ms", 3_600_000),
        is_age_at_least=fields.get("is_age_at_least", False),
        weighted_age_ms=None,
        is_weighted_age_at_least=False,
        persistence_1h=None,
        persistence_4h=None,
        persistence_1d=None,
        persistence_3d=None,
        sweep_state=None,
        residual_size=None,
        whole_order_window_count=None,
        parent=fields.get("parent"),
        merged_into=fields.get("merged_into"),
        is_known=fields.get("is_known", True),
        mark=100.0,
        known_at_ms=time_ms,
    )


def sweep(**fields: Any) -> SweepRow:
    """A sweep of 50 coins of BTC longs, of which 40 were liquidated."""
    given: dict[str, Any] = dict.fromkeys(SweepRow.__struct_fields__)
    given |= {
        "sweep_id": "BTC-long-1-900:1",
        "cluster_id": "BTC-long-1-900",
        "coin": "BTC",
        "side": "long",
        "entered_ms": START_MS,
        "crossed_ms": START_MS + MINUTE,
        "ended_ms": START_MS + 5 * MINUTE,
        "price_low": 90.0,
        "price_high": 91.0,
        "extreme_mark": 89.5,
        "size_at_entry": 50.0,
        "usd_at_entry": 4_550.0,
        "liquidated_book": 40.0,
        "still_there": 5.0,
        "outcome": "partly_swept",
        "overshoot_bp": 55.0,
        "placebo_count": 0,
        "gap": False,
        "known_at_ms": START_MS + 5 * MINUTE,
    }
    for name in ("liquidated_backstop", "deleveraged", "closed_before", "closed_after", "saved_by_margin"):
        given[name] = 0.0
    return SweepRow(**{**given, "moved_away": 0.0, "unknown": 5.0, **fields})


def cascade(state: str, minute: int = 1, **fields: Any) -> CascadeRow:
    """A state of a cascade of BTC longs."""
    given: dict[str, Any] = dict.fromkeys(CascadeRow.__struct_fields__)
    given |= {"cascade_id": "BTC-long-5", "coin": "BTC", "side": "long", "direction": "sell", "threshold_rule": "p99"}
    time_ms = START_MS + minute * MINUTE
    return CascadeRow(**{**given, "time_ms": time_ms, "known_at_ms": time_ms, "state": state, **fields})
