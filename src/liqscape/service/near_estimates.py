"""What a live map knows of those it does not hold: near coverage, and how many accounts wait to be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from liqscape.insight.intervals import WaitingAccounts
from liqscape.service.answers.sources import NearCoverage


@dataclass
class NearEstimates:
    """All coins together, and the largest ones; unread None: not estimated yet."""

    whole: list[NearCoverage] = field(default_factory=list)
    by_coin: dict[str, list[NearCoverage]] = field(default_factory=dict)
    unread: WaitingAccounts | None = None


AskNear = Callable[[], NearEstimates | None]
"""The newest estimates; None where nobody looks for accounts."""


def nobody_looks() -> NearEstimates | None:
    """For maps that follow nothing."""
    return None


class NearMemory:
    """A place for the newest estimates, which is there before anybody estimates; `newest` is replaced as a whole."""

    def __init__(self) -> None:
        self.newest = NearEstimates()

    def read(self) -> NearEstimates | None:
        """As AskNear."""
        return self.newest
