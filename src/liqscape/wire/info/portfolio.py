"""`{"type": "portfolio", "user"}`: account value and profit over four windows, for everything and for perps alone."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest

WINDOWS = ("day", "week", "month", "allTime", "perpDay", "perpWeek", "perpMonth", "perpAllTime")


class PortfolioWindow(msgspec.Struct, frozen=True):
    """(time ms, USD) points, and USD traded."""

    accountValueHistory: tuple[tuple[int, float], ...]
    pnlHistory: tuple[tuple[int, float], ...]
    vlm: float


PortfolioAnswer = tuple[tuple[str, PortfolioWindow], ...]


class PortfolioRequest(InfoRequest[PortfolioAnswer], frozen=True, tag="portfolio"):
    """Account value and profit through time."""

    user: str

    example: ClassVar = Example(
        '{"type": "portfolio", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '[["day", {"accountValueHistory": [[1770000000000, "1000.0"]], "pnlHistory": [[1770000000000, "0.0"]], '
        '"vlm": "0.0"}]]',
    )
