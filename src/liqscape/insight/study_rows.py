"""Rows of a study, one record a table: the same words in files, answers, frames and SQL (docs/data.md, "Studies").

Times end in _ms here and are timestamps without it in files; ages and other durations keep it. None is unknown,
which is never zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec import Struct


class ClusterRow(Struct, frozen=True, kw_only=True, gc=False):
    """A cluster at its birth, at its end, and as it stands each 15 minutes (event: born, standing, ended)."""

    time_ms: int
    coin: str
    side: str
    cluster_id: str
    event: str
    born_ms: int
    price_low: float
    price_high: float
    price_peak: float
    size: float
    notional: float | None
    """USD at the mark."""
    position_count: int | None
    age_ms: int
    is_age_at_least: bool
    weighted_age_ms: int | None
    is_weighted_age_at_least: bool
    persistence_1h: float | None
    persistence_4h: float | None
    persistence_1d: float | None
    persistence_3d: float | None
    sweep_state: str | None
    residual_size: float | None
    """Coins that a sweep has left so far."""
    whole_order_window_count: int | None
    """Accounts of which the exchange sends whole positions for 30 s."""
    parent: str | None
    merged_into: str | None
    is_known: bool
    """False: the mark is unknown, and all is as it last was."""
    mark: float | None
    known_at_ms: int


class ClusterChangeRow(Struct, frozen=True, kw_only=True, gc=False):
    """How many coins of a cluster came or went in a minute for one reason; a minute's rows sum to the change."""

    time_ms: int
    coin: str
    side: str
    cluster_id: str
    reason: str
    lots: int
    size: float
    usd: float | None
    position_count: int
    gap: bool
    """More than a minute lies between: whatever happened in a hole."""
    known_at_ms: int


class SweepRow(Struct, frozen=True, kw_only=True, gc=False):
    """A mark's way through a cluster, and what became of the size it met; open ones say so (outcome: open)."""

    sweep_id: str
    cluster_id: str
    coin: str
    side: str
    entered_ms: int
    crossed_ms: int | None
    left_ms: int | None
    ended_ms: int | None
    price_low: float
    price_high: float
    extreme_mark: float | None
    size_at_entry: float
    usd_at_entry: float | None
    liquidated_book: float
    liquidated_backstop: float
    deleveraged: float
    closed_before: float
    closed_after: float
    saved_by_margin: float
    moved_away: float
    still_there: float
    unknown: float
    closed_by_own_stop: float | None
    """Coins, of closed before and after; None where trigger orders of nobody in it were known."""
    stop_coverage: float | None
    """Share of the size at entry whose accounts' trigger orders were known; None where the frame has none."""
    clear_fraction: float | None
    outcome: str
    overshoot_bp: float | None
    overshoot_1m_bp: float | None
    overshoot_5m_bp: float | None
    overshoot_1h_bp: float | None
    overshoot_sigma: float | None
    overshoot_1m_sigma: float | None
    overshoot_5m_sigma: float | None
    overshoot_1h_sigma: float | None
    sigma_1m_bp: float | None
    depth_usd: float | None
    placebo_overshoot_bp: float | None
    placebo_count: int
    gap: bool
    known_at_ms: int


class LiquidationEventRow(Struct, frozen=True, kw_only=True, gc=False):
    """A liquidation with what price did after it, and the cluster it was in."""

    event_id: str
    address: str | None
    coin: str
    side: str
    direction: str
    method: str | None
    evidence: str | None
    """exact, inferred, confirmed or refuted."""
    size: float
    price: float | None
    notional: float | None
    mark: float | None
    liquidation_price: float | None
    first_fill_ms: int
    last_fill_ms: int
    pre_mid: float | None
    measured_on: str | None
    """mids, or marks where a source has no mids."""
    slippage_bp: float | None
    impact_1s_bp: float | None
    impact_10s_bp: float | None
    impact_60s_bp: float | None
    recovery_ms: int | None
    depth_share: float | None
    taken_by: str | None
    baseline_1s_bp: float | None
    baseline_10s_bp: float | None
    baseline_60s_bp: float | None
    baseline_count: int
    burst_id: str | None
    burst_usd: float | None
    why_unknown: str | None
    cluster_id: str | None
    known_at_ms: int


class CascadeRow(Struct, frozen=True, kw_only=True, gc=False):
    """A change of a cascade's state, with the rule and the figures that decided it."""

    cascade_id: str
    coin: str
    side: str
    direction: str
    time_ms: int
    state: str
    rate_usd: float | None
    threshold_usd: float | None
    threshold_rule: str
    peak_rate_usd: float | None
    account_count: int | None
    """Of the minute."""
    liquidated_usd: float | None
    fuel_ahead_usd: float | None
    sigma_5m_bp: float | None
    extreme_mark: float | None
    known_at_ms: int


class CascadeOutcomeRow(Struct, frozen=True, kw_only=True, gc=False):
    """What price had done at a horizon after a cascade was exhausted."""

    cascade_id: str
    coin: str
    side: str
    horizon: str
    exhausted_ms: int
    mark_at: float | None
    return_bp: float | None
    share_of_move: float | None
    outcome: str | None
    reached_reversal: bool | None
    reached_continuation: bool | None
    baseline_reversal: float | None
    baseline_continuation: float | None
    baseline_count: int
    known_at_ms: int


class StudiedAsymmetry(Struct, frozen=True, kw_only=True, gc=False):
    """USD of longs' levels below the mark and shorts' above, within so many percent of it."""

    time_ms: int
    coin: str
    percent: float
    long_usd: float | None
    short_usd: float | None
    known_at_ms: int


@dataclass(slots=True, kw_only=True)
class StudyRows:
    """What one minute, or any run of minutes, of one coin gives to the tables."""

    clusters: list[ClusterRow] = field(default_factory=list)
    cluster_changes: list[ClusterChangeRow] = field(default_factory=list)
    sweeps: list[SweepRow] = field(default_factory=list)
    liquidation_events: list[LiquidationEventRow] = field(default_factory=list)
    cascades: list[CascadeRow] = field(default_factory=list)
    cascade_outcomes: list[CascadeOutcomeRow] = field(default_factory=list)
    asymmetry: list[StudiedAsymmetry] = field(default_factory=list)

    def extend(self, later: StudyRows) -> None:
        """Append the rows of a later minute."""
        for name in TABLES:
            getattr(self, name).extend(getattr(later, name))


TABLES: dict[str, type[Struct]] = {
    "clusters": ClusterRow,
    "cluster_changes": ClusterChangeRow,
    "sweeps": SweepRow,
    "liquidation_events": LiquidationEventRow,
    "cascades": CascadeRow,
    "cascade_outcomes": CascadeOutcomeRow,
    "asymmetry": StudiedAsymmetry,
}
"""Names of the tables, in order, and the record of each."""

DURATIONS = frozenset({"age_ms", "weighted_age_ms", "recovery_ms"})
"""Fields in ms that are no times."""
