"""The words of what is studied: why a cluster changed, what a sweep did, how a cascade stands (docs/clusters.md)."""

from __future__ import annotations

from enum import IntEnum


class ChangeReason(IntEnum):
    """Why a cluster holds more or fewer coins than a minute before; the size of all reasons sums to the change."""

    OPENED = 0
    """A position that was not there was opened by its owner."""
    ADDED = 1
    REDUCED = 2
    CLOSED = 3
    FLIPPED = 4
    """The owner traded through zero: what was on this side went, or what is on it came."""
    LIQUIDATED_BOOK = 5
    LIQUIDATED_BACKSTOP = 6
    DELEVERAGED = 7
    DELEVERAGED_AS_WINNER = 8
    MOVED_BY_MARGIN = 9
    """Same size, level moved by the owner's transfer, isolated margin or leverage."""
    MOVED_BY_TRADES = 10
    """Level moved by the owner's trades, in this coin or in others of the pool."""
    MOVED_BY_LIQUIDATION = 11
    """Level moved because something of the pool was liquidated: another leg, or part of this one."""
    MOVED_BY_FUNDING = 12
    """Level moved by funding and fees."""
    MOVED_BY_MARKS = 13
    """Level moved by marks of the pool's other coins."""
    MOVED_BY_TIER = 14
    """Level moved because marks carried a leg of the pool through a tier of its margin table."""
    RULE_CHANGED = 15
    """The exchange changed the margin table, or settled a coin that it delisted."""
    SPAN_MOVED = 16
    """Same position, same level: our own detection cut elsewhere."""
    LEARNT = 17
    """First reading of an account that was not known, or what its levels need is known again."""
    FORGOTTEN = 18
    """An account is not known any more, or what its levels need is not."""
    CORRECTED = 19
    """A reading differs from what tracking had."""
    INTERACTION = 20
    """Level and span both moved, and neither alone would have done it."""
    NOT_REPORTED = 21
    """Two foreign snapshots: the cause is not recorded."""


class SweepState(IntEnum):
    """How far the mark has gone through a cluster's span, as of the mark's path; last prices never count."""

    UNTOUCHED = 0
    ENTERED = 1
    CROSSED = 2
    LEFT = 3


class SweepOutcome(IntEnum):
    """What became of the size that a sweep met."""

    OPEN = 0
    """Not over yet."""
    SWEPT = 1
    """At least 95 % of what was still there when its level was reached was liquidated."""
    PARTLY_SWEPT = 2
    DISSOLVED = 3
    """Owners left before their levels were reached."""
    HELD = 4
    """Nothing was liquidated and most still stands: the mark turned before."""


class CascadeState(IntEnum):
    """How a run of liquidations of one coin and direction stands."""

    NONE = 0
    STARTING = 1
    RUNNING = 2
    FADING = 3
    EXHAUSTED = 4
    OVER = 5


class OutcomeKind(IntEnum):
    """What price did after a cascade, judged at a horizon."""

    REVERSAL = 0
    CONTINUATION = 1
    NEITHER = 2


class ClusterEvent(IntEnum):
    """What a row of the clusters table says."""

    BORN = 0
    STANDING = 1
    ENDED = 2
