"""GET /Mainnet/leaderboard of the statistics host: accounts with their performance (undocumented).

`accountValue` there is not the perp equity; many accounts are missing.
"""

from __future__ import annotations

import msgspec


class Performance(msgspec.Struct, frozen=True):
    """USD, a fraction, USD."""

    pnl: float
    roi: float
    vlm: float


class LeaderboardRow(msgspec.Struct, frozen=True, kw_only=True):
    ethAddress: str
    accountValue: float
    windowPerformances: tuple[tuple[str, Performance], ...]
    prize: int
    displayName: str | None


class Leaderboard(msgspec.Struct, frozen=True):
    leaderboardRows: tuple[LeaderboardRow, ...]
