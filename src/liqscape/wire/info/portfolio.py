"""`{"type": "portfolio", "user"}`: account value and profit over four windows, for everything and for perps alone."""

from __future__ import annotations

import msgspec

WINDOWS = ("day", "week", "month", "allTime", "perpDay", "perpWeek", "perpMonth", "perpAllTime")


class PortfolioWindow(msgspec.Struct, frozen=True):
    """(time ms, USD) points, and USD traded."""

    accountValueHistory: tuple[tuple[int, float], ...]
    pnlHistory: tuple[tuple[int, float], ...]
    vlm: float


PortfolioAnswer = tuple[tuple[str, PortfolioWindow], ...]
