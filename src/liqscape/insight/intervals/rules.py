"""Constants of the interval of a band, each with where it is from (docs/intervals.md)."""

from __future__ import annotations

from dataclasses import dataclass

from liqscape.errors import ModelError


@dataclass(frozen=True, kw_only=True)
class IntervalRules:
    """How sure a band is. Fitted on sandbox worlds that are not among those it is judged by (docs/accuracy.md).

    share            of bands that hold something, whose truth is to lie between low and high.
    unseen_per_hour  of accounts whose trades are followed: chance an hour that money nobody reported moved a level.
    change_per_hour  of accounts known by snapshots alone: chance an hour that size or margin changed.
    smear            standard deviation of the natural logarithm of the distance from the mark, of a level not known.
    unread_size      by what an unread position is smaller than what is expected of its account says.
    hidden_size      by what a position nobody found is smaller than known ones.
    draws            at solo levels, and as many at joint ones.
    """

    share: float = 0.95
    unseen_per_hour: float = 0.045
    change_per_hour: float = 0.25
    smear: float = 0.35
    unread_size: float = 3.0
    hidden_size: float = 0.2
    draws: int = 400

    def __post_init__(self) -> None:
        if not 0.0 < self.share < 1.0:
            raise ModelError(f"share of an interval is {self.share:g}, must be between 0 and 1")
        if self.draws < 40:
            raise ModelError(f"draws are {self.draws}, an interval needs 40")
