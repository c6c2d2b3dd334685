"""How long requests took, in buckets each a fifth longer than the last."""

from __future__ import annotations

import math

SHORTEST_S = 1e-4
GROWTH = 1.2
BUCKETS = 80
"""Up to 0.1 ms * 1.2^79, about 180 s."""


class LatencyHistogram:
    """Counts by bucket; a quantile is right within a fifth."""

    def __init__(self) -> None:
        self.counts = [0] * BUCKETS

    def observe(self, seconds: float) -> None:
        """Count one latency."""
        steps = math.ceil(math.log(max(seconds, SHORTEST_S) / SHORTEST_S, GROWTH))
        self.counts[min(steps, BUCKETS - 1)] += 1

    def quantile_ms(self, share: float) -> float | None:
        """Upper end of the bucket that holds this quantile, milliseconds; None before anything was counted."""
        rank, passed = share * sum(self.counts), 0
        for place, count in enumerate(self.counts):
            passed += count
            if count and passed >= rank:
                return 1e3 * SHORTEST_S * GROWTH**place
        return None
