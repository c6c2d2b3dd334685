"""Volatility of a minute, from the marks of stored frames before (docs/clusters.md, "Sweeps").

sigma_1m^2 <- (1 - a) sigma_1m^2 + a r^2,    r = log return of a minute,    a = max(1 / n, 1 - 2^(-1 / 60))
"""

from __future__ import annotations

import math

from msgspec import Struct

from liqscape.units import MINUTE_MS

HALF_LIFE = 60.0
"""Minutes after which a return weighs half: an hour knows the regime a sweep comes in."""
MIN_RETURNS = 60
"""Fewer minutes give no figure."""
MAX_STEP_MS = 5 * MINUTE_MS
"""Frames further apart give no return: theirs would not be of minutes."""
WEIGHT = 1.0 - 0.5 ** (1.0 / HALF_LIFE)


class MinuteVolatility(Struct, gc=False):
    """An exponentially weighted mean of squared one-minute log returns; the first ones weigh alike."""

    variance: float = 0.0
    count: int = 0
    mark: float = 0.0
    time_ms: int = 0

    @property
    def sigma(self) -> float | None:
        """Of one minute, as a share; None until enough minutes were seen, or where the mark never moved."""
        return math.sqrt(self.variance) if self.count >= MIN_RETURNS and self.variance > 0.0 else None

    def update(self, time_ms: int, mark: float, is_gap: bool) -> None:
        """Take the mark of the next stored frame in; NaN is passed over."""
        if not mark > 0.0:
            return
        step_ms = time_ms - self.time_ms
        if self.mark > 0.0 and not is_gap and 0 < step_ms <= MAX_STEP_MS:
            self.count += 1
            weight = max(WEIGHT, 1.0 / self.count)
            squared = math.log(mark / self.mark) ** 2 * MINUTE_MS / step_ms
            self.variance += weight * (squared - self.variance)
        self.mark, self.time_ms = mark, time_ms
