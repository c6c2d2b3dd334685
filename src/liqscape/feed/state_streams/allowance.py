"""How many accounts may be subscribed to at once, and whether unread ones may take turns: less after each refusal.

The exchange counts the users of all user feeds of one internet address, our other programs included, and does not say
whether a user still counts for a while after his subscription has ended. So a refusal is believed twice over: no more
users than stood when it came, one more with every REGROW_S; and nobody takes turns for a while, twice as long with
each refusal that comes soon after the last pause. Where only the one more is refused, other programs hold their places:
turns go on in ours, and the next one more is tried after twice the time.
"""

from __future__ import annotations

from liqscape.feed.users import DEFAULT_USERS

REGROW_S, MAX_REGROW_S = 60.0, 3_600.0
BURST_S = 5.0
"""Refusals so soon after one another are one: what was on its way is refused together."""
FIRST_PAUSE_S, MAX_PAUSE_S = 60.0, 3_600.0
CALM_S = 300.0
"""A refusal so long after the last pause is a first one again."""


class Allowance:
    """Times are arguments, seconds that do not fall."""

    def __init__(self, max_users: int = DEFAULT_USERS) -> None:
        self.max_users = max_users
        self._users = max_users
        self._since_s = 0.0
        self._regrow_s = REGROW_S
        self._refused_s = float("-inf")
        self._paused_until_s = float("-inf")
        self._pause_s = FIRST_PAUSE_S

    def users(self, now_s: float) -> int:
        """Accounts that may be subscribed to at once now."""
        grown = int((now_s - self._since_s) / self._regrow_s) if self._users < self.max_users else 0
        return min(self.max_users, self._users + grown)

    def may_take_turns(self, now_s: float) -> bool:
        """Whether accounts may be subscribed to for a moment each."""
        return now_s >= self._paused_until_s

    def refused(self, now_s: float, standing: int) -> None:
        """Note that the server refused one more account beside `standing` others."""
        allowed, is_burst = self.users(now_s), now_s - self._refused_s < BURST_S
        is_one_more = self._users < allowed and standing >= self._users
        self._users, self._since_s = min(allowed, max(0, standing)), now_s
        self._refused_s = now_s
        if is_burst:
            return
        self._regrow_s = min(MAX_REGROW_S, 2.0 * self._regrow_s) if is_one_more else REGROW_S
        if not is_one_more:
            self.fruitless(now_s)

    def fruitless(self, now_s: float) -> None:
        """Note that subscribing to accounts in turn brings nothing now; ignored within a pause."""
        if now_s < self._paused_until_s:
            return
        if now_s - self._paused_until_s > CALM_S:
            self._pause_s = FIRST_PAUSE_S
        self._paused_until_s = now_s + self._pause_s
        self._pause_s = min(MAX_PAUSE_S, 2.0 * self._pause_s)
