"""Liquidations that were seen, each against the level this map showed before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from liqscape.service.answers.damage import DamageRow
from liqscape.service.answers.events import (
    Baseline1s,
    BurstId,
    DepthShare,
    EventId,
    Impact1s,
    InCluster,
    MeasuredOn,
    PreMid,
    RecoveryMs,
    Slippage,
    WhyUnknown,
)
from liqscape.service.answers.parts import Coins, ProvenanceAnswer, SideNumber, TimeMs, Usd, known
from liqscape.service.answers.study_parts import Bp

if TYPE_CHECKING:
    from liqscape.store.liquidations import StoredLiquidation

Method = Literal["none", "market", "backstop", "adl"]
EvidenceName = Literal["exact", "inferred", "confirmed", "refuted"]


class LiquidationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event: all fills that closed one position of one wallet in one go.

    From `event_id` on: what price did after it (docs/clusters.md, "Impact"); null where that was not measured.
    """

    address: str
    coin: str
    side: SideNumber
    size: Coins
    price: Annotated[float, msgspec.Meta(description="Average price of the fills, USD for one coin.")]
    notional: Annotated[float, msgspec.Meta(description="Sum of size * price, USD.")]
    mark: Annotated[float | None, msgspec.Meta(description="Mark that triggered it, USD for one coin.")]
    predicted_liquidation_price: Annotated[float | None, msgspec.Meta(description="Level this map had just before.")]
    method: Method
    evidence: EvidenceName
    fee: Usd | None
    account_value: Annotated[float | None, msgspec.Meta(description="USD left in the margin pool afterwards.")]
    fill_count: int
    first_fill_ms: TimeMs
    last_fill_ms: TimeMs
    trade_ids: list[int]
    event_id: EventId | None = None
    pre_mid: PreMid | None = None
    measured_on: MeasuredOn | None = None
    slippage_bp: Slippage | None = None
    impact_1s_bp: Impact1s | None = None
    impact_10s_bp: Bp | None = None
    impact_60s_bp: Bp | None = None
    recovery_ms: RecoveryMs | None = None
    depth_share: DepthShare | None = None
    taken_by: str | None = None
    baseline_1s_bp: Baseline1s | None = None
    baseline_10s_bp: Bp | None = None
    baseline_60s_bp: Bp | None = None
    baseline_count: int | None = None
    burst_id: BurstId | None = None
    burst_usd: Usd | None = None
    why_unknown: WhyUnknown | None = None
    cluster_id: InCluster | None = None


class LiquidationTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Of all events that fit, also those beyond the limit. Refuted ones are counted apart and in no other figure."""

    count: int
    address_count: int
    long_notional: Usd
    short_notional: Usd
    refuted_count: int


class LiquidationsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. as_of_ms is the time of the newest frame."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    totals: LiquidationTotals
    liquidations: list[LiquidationRow]
    note: Annotated[str | None, msgspec.Meta(description="Why this map can have none; null where it keeps them.")]
    damaged: Annotated[list[DamageRow], msgspec.Meta(description="Files of days asked about that are damaged.")]
    next_cursor: Annotated[
        str | None, msgspec.Meta(description="Asks for older ones, whatever new ones have come; null at the end.")
    ] = None


def liquidation_row(stored: StoredLiquidation) -> LiquidationRow:
    """A stored event as the answers show it."""
    return LiquidationRow(
        address=stored.address,
        coin=stored.coin,
        side=stored.side,
        size=stored.size,
        price=stored.price,
        notional=stored.notional,
        mark=known(stored.mark),
        predicted_liquidation_price=known(stored.predicted_price),
        method=stored.method,  # type: ignore[arg-type]
        evidence=stored.evidence,  # type: ignore[arg-type]
        fee=known(stored.fee),
        account_value=known(stored.account_value),
        fill_count=stored.fill_count,
        first_fill_ms=stored.first_ms,
        last_fill_ms=stored.last_ms,
        trade_ids=list(stored.trade_ids),
    )
