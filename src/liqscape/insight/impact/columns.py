"""Finished events as columns of the history's table `liquidation_events` (docs/data.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.insight.impact.bursts import event_id
from liqscape.insight.impact.figures import HORIZONS_MS, SLIPPAGE_AGE_MS, BurstFigures, Unknown, unknown_words
from liqscape.model.liquidations import Liquidation, LiquidationMethod
from liqscape.model.markets import Market, Markets
from liqscape.model.minute_notes import Columns
from liqscape.units import BASIS_POINTS, AnyArray, Float64Array

BOOK, HLP, OTHER_VAULT, WINNERS = "book", "hlp", "other_vault", "winners"
"""Who took what was liquidated."""


@dataclass(frozen=True, kw_only=True)
class MeasuredEvent:
    """One event, what is its own, and what is its burst's.

    pre_mid, pre_age_ms  before its own first fill; figures, baseline_bp (3,), burst_usd, unknown: of its burst.
    depth_usd            within 1 % on the side its orders meet, before its first fill; NaN unknown.
    """

    event: Liquidation
    pre_mid: float
    pre_age_ms: int
    figures: BurstFigures
    depth_usd: float
    baseline_bp: Float64Array
    baseline_count: int
    burst_id: str
    burst_usd: float
    measured_on: str
    unknown: int


def taken_by(event: Liquidation, market: Market) -> str:
    """Who took it: a backstop of the first dex is HLP's, one of a builder's dex its own vault's."""
    match event.method:
        case LiquidationMethod.MARKET:
            return BOOK
        case LiquidationMethod.BACKSTOP:
            return HLP if market.dex == "" else OTHER_VAULT
        case LiquidationMethod.ADL:
            return WINNERS
        case _:
            return ""


def event_columns(rows: Sequence[MeasuredEvent], markets: Markets, known_at_ms: int) -> Columns:
    """One row an event, in the order given; NaN, -1 and empty text are unknown."""
    events = [row.event for row in rows]
    market = [event.market_index for event in events]
    direction = np.array([-event.side for event in events], np.int8)
    pre = np.array([row.pre_mid for row in rows])
    price = np.array([event.price for event in events])
    slippage = direction * (price / pre - 1.0) * BASIS_POINTS
    slippage[[row.pre_age_ms > SLIPPAGE_AGE_MS for row in rows]] = np.nan
    depth_share = np.array([event.notional / row.depth_usd for event, row in zip(events, rows, strict=True)])
    columns: Columns = {
        "event_id": _texts([event_id(event, markets.coins[event.market_index]) for event in events]),
        "address": _texts([event.address for event in events]),
        "market_index": np.array(market, np.int32),
        "side": np.array([event.side for event in events], np.int8),
        "direction": direction,
        "method": np.array([event.method for event in events], np.uint8),
        "evidence": np.array([event.evidence for event in events], np.uint8),
        "size": np.array([event.size for event in events]),
        "price": price,
        "notional": np.array([event.notional for event in events]),
        "mark": np.array([event.mark for event in events]),
        "liquidation_price": np.array([event.predicted_price for event in events]),
        "first_fill_ms": np.array([event.first_ms for event in events], np.int64),
        "last_fill_ms": np.array([event.last_ms for event in events], np.int64),
        "pre_mid": pre,
        "measured_on": _texts([row.measured_on for row in rows]),
        "slippage_bp": slippage,
        "recovery_ms": np.array([row.figures.recovery_ms for row in rows], np.int64),
        "depth_share": depth_share,
        "taken_by": _texts([taken_by(event, markets.rows[event.market_index]) for event in events]),
        "baseline_count": np.array([row.baseline_count for row in rows], np.int32),
        "burst_id": _texts([row.burst_id for row in rows]),
        "burst_usd": np.array([row.burst_usd for row in rows]),
        "known_at_ms": np.full(len(rows), known_at_ms, np.int64),
    }
    for place, horizon_ms in enumerate(HORIZONS_MS):
        columns[f"impact_{horizon_ms // 1000}s_bp"] = np.array([row.figures.impact_bp[place] for row in rows])
        columns[f"baseline_{horizon_ms // 1000}s_bp"] = np.array([row.baseline_bp[place] for row in rows])
    reasons = [row.unknown for row in rows]
    for place, row in enumerate(rows):
        if np.isnan(slippage[place]):
            reasons[place] |= Unknown.NO_MID_BEFORE if np.isnan(row.pre_mid) else Unknown.SLIPPAGE
        reasons[place] |= Unknown.NO_DEPTH if np.isnan(depth_share[place]) else 0
    columns["why_unknown"] = _texts([unknown_words(each) for each in reasons])
    return columns


def _texts(values: Sequence[str]) -> AnyArray:
    column = np.empty(len(values), np.object_)
    column[:] = values
    return column
