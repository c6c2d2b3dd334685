"""A sliding window: what was used within the last so many seconds, the shape of every limit of the exchange."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass

MINUTE_S = 60.0


@dataclass(slots=True)
class Use:
    """An amount counted at a time; 0 once it no longer counts."""

    at_s: float
    amount: int


class SlidingWindow:
    """Sum over the last `seconds`. Times are arguments and must not fall."""

    def __init__(self, limit: int, seconds: float = MINUTE_S) -> None:
        self.limit = limit
        self.seconds = seconds
        self._uses: deque[Use] = deque()
        self._total = 0

    def used(self, now_s: float) -> int:
        """Sum that still counts."""
        while self._uses and self._uses[0].at_s <= now_s - self.seconds:
            use = self._uses.popleft()
            self._total -= use.amount
            use.amount = 0
        return self._total

    def has_room(self, now_s: float, amount: int = 1, reserve: int = 0) -> bool:
        """Whether `amount` fits while `reserve` is left free."""
        return self.used(now_s) + amount <= self.limit - reserve

    def take(self, now_s: float, amount: int = 1) -> Use:
        """Count it, fitting or not."""
        use = Use(now_s, amount)
        self._uses.append(use)
        self._total += amount
        return use

    def insert(self, at_s: float, amount: int) -> None:
        """Count a use that was made at an earlier time."""
        self._uses.insert(bisect_right(self._uses, at_s, key=lambda use: use.at_s), Use(at_s, amount))
        self._total += amount

    def uses(self, now_s: float) -> list[Use]:
        """What still counts, oldest first."""
        self.used(now_s)
        return [use for use in self._uses if use.amount]

    def recount(self, use: Use, now_s: float, amount: int) -> None:
        """Count a use as `amount` at `now_s` in place of what it was, whether that still counted or not."""
        self._total -= use.amount
        use.amount = 0
        self.take(now_s, amount)

    def seconds_until(self, now_s: float, total: int) -> float:
        """Until at most `total` is used, if nothing is added; 0 where that is so now."""
        left = self.used(now_s)
        wait_s = 0.0
        for use in self._uses:
            if left <= total:
                break
            left -= use.amount
            wait_s = use.at_s + self.seconds - now_s
        return max(0.0, wait_s)
