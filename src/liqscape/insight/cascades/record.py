"""Liquidated USD of a coin's own minutes of the last 7 days: most are zero, so only the others are kept."""

from __future__ import annotations

from math import ceil

from msgspec import Struct, field

from liqscape.units import DAY_MS, HOUR_MS

KEPT_HOURS = 7 * 24
QUANTILE_PERMILLE = 995
MIN_MINUTES = DAY_MS // 60_000
"""Fewer minutes of its own, and a coin is judged by its class."""


class OwnMinutes(Struct, gc=False):
    """hours [hour since 1970, minutes in it], minute_count of all; seen [hour, USD] of minutes with a liquidation."""

    hours: list[tuple[int, int]] = field(default_factory=list)
    seen: list[tuple[int, float]] = field(default_factory=list)
    minute_count: int = 0

    def add(self, time_ms: int, usd: float) -> None:
        """One more minute; whole hours older than 7 days go."""
        hour = time_ms // HOUR_MS
        self.minute_count += 1
        if self.hours and self.hours[-1][0] == hour:
            self.hours[-1] = (hour, self.hours[-1][1] + 1)
        else:
            self.hours.append((hour, 1))
            oldest = hour - KEPT_HOURS
            if self.hours[0][0] < oldest:
                self.hours = [each for each in self.hours if each[0] >= oldest]
                self.seen = [each for each in self.seen if each[0] >= oldest]
                self.minute_count = sum(count for _, count in self.hours)
        if usd > 0.0:
            self.seen.append((hour, usd))

    def quantile(self) -> float | None:
        """q99.5 of the minutes, USD: the least that so many are not above. None below MIN_MINUTES."""
        count = self.minute_count
        if count < MIN_MINUTES:
            return None
        above = count - ceil(count * QUANTILE_PERMILLE / 1_000)  # minutes that may be larger
        if above >= len(self.seen):
            return 0.0
        return sorted((usd for _, usd in self.seen), reverse=True)[above]
