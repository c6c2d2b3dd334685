"""`{"type": "maxMarketOrderNtls"}`: largest market order in USD, by maximum leverage."""

from __future__ import annotations

MaxMarketOrderNtlsAnswer = tuple[tuple[int, float], ...]

CAPS = ((25, 30_000_000.0), (20, 5_000_000.0), (10, 2_000_000.0), (1, 500_000.0))
"""From this maximum leverage on (HL.DOC.CONTRACTS)."""
