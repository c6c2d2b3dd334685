"""A share of a limit that is cut when a server complains, and grows back slowly while it does not.

Cut by a factor and recovered in a straight line, as TCP does: many clients of one server settle on a fair part each.
"""

from __future__ import annotations

REST_S = 5.0
"""One burst of complaints is one complaint: requests under way together fail together."""
RECOVERY_A_SECOND = 1.0 / 200.0
"""From a half to the whole in 100 s, longer than the window the exchange counts in."""


class Throttle:
    """`share` within [floor, 1]. Times are arguments and must not fall."""

    def __init__(self, floor: float) -> None:
        self._floor = floor
        self._share = 1.0
        self._since_s = float("-inf")

    def share(self, now_s: float) -> float:
        """What may be used now."""
        if self._share >= 1.0:
            return 1.0
        return min(1.0, self._share + RECOVERY_A_SECOND * (now_s - self._since_s))

    def cut(self, now_s: float, factor: float) -> None:
        """Use `factor` of what was used; nothing within REST_S of the last cut."""
        if now_s - self._since_s < REST_S:
            return
        self._share = max(self._floor, self.share(now_s) * factor)
        self._since_s = now_s
