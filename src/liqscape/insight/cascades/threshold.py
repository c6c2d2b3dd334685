"""From how many USD a minute on liquidations are a cascade (docs/clusters.md, "State of a cascade").

    F = max(q99.5 of the coin's own minutes of 7 days, 0.5 % of the depth within 1 %, 10,000 USD)

q99.5 alone is zero for most coins. Until a coin has 24 hours of its own, that of its class stands in.
"""

from __future__ import annotations

from typing import NamedTuple

from liqscape.insight.cascades.record import MIN_MINUTES

MIN_USD = 10_000.0
DEPTH_SHARE = 0.005
CLASSES = ((1e9, 530_000.0), (1e8, 28_000.0))
"""(open interest from USD, q99.5 of a minute, USD), largest first; 0 below the last. Measured on 11 recorded hours of
liquidations, October 2025 to July 2026, without the busiest one (which alone doubles them): BTC and ETH in the first
class, HYPE, SOL and XRP in the second; of 20 to 100 million USD of open interest it is 360 USD, of less none."""


class Threshold(NamedTuple):
    """usd F; rule in words: which of its parts is the largest, and what of it is not known."""

    usd: float
    rule: str


def threshold_of(
    own_quantile: float | None, own_minutes: int, depth_usd: float | None, open_interest_usd: float | None
) -> Threshold:
    """F with its rule. own_quantile None: own_minutes are fewer than a day; depth, open interest None: not known."""
    parts = [(MIN_USD, "least amount")]
    unknown = []
    if own_quantile is not None:
        parts.append((own_quantile, "q99.5 of own minutes of 7 days"))
    else:
        unknown.append(f"own record {own_minutes} of {MIN_MINUTES} minutes")
        parts.append(_of_class(open_interest_usd))
    if depth_usd is not None:
        parts.append((DEPTH_SHARE * depth_usd, "0.5 % of depth within 1 %"))
    else:
        unknown.append("depth not known")
    usd, rule = max(parts, key=lambda each: each[0])
    return Threshold(usd, "; ".join((rule, *unknown)))


def _of_class(open_interest_usd: float | None) -> tuple[float, str]:
    for least, quantile in CLASSES:
        if open_interest_usd is not None and open_interest_usd >= least:
            return quantile, f"q99.5 of its class (open interest from {least / 1e6:,.0f}M USD)"
    return 0.0, "q99.5 of its class"
