"""Columns of the depth profiles behind PROFILE books (docs/cascade.md, "Book")."""

from __future__ import annotations

from enum import IntEnum


class Depth(IntEnum):
    """(M, 2, B, ...) float64: levels of a side, nearest first. A level with TARGET 0 is padding."""

    DISTANCE = 0
    """Relative distance from the anchor, >= 0: price = anchor * (1 -+ distance), rounded away from the anchor."""
    TARGET = 1
    """Lots the level holds in quiet times."""
    LOTS = 2
    """Lots it holds now; fractions of a lot cannot be filled."""
    RATE = 3
    """Speed of return to withdrawal * TARGET, 1 / ms."""
    WIDTH = 4


class ProfileState(IntEnum):
    """(M, ...) float64: what moves a market's profile as a whole."""

    ANCHOR = 0
    """Ticks; follows the outside mid with a lag."""
    AVERAGE_LOG = 1
    """Moving average of log(ANCHOR) over the volatility window: its distance from log(ANCHOR) is the realised move."""
    LOG_WITHDRAWAL_BID = 2
    """log W of the bid side, in [MIN_LOG_WITHDRAWAL, 0]."""
    LOG_WITHDRAWAL_ASK = 3
    CONSUMED_BID = 4
    """Lots taken from the bid side since the last step."""
    CONSUMED_ASK = 5
    UPDATED_MS = 6
    """Block time up to which the levels are refilled."""
    NORMAL_MOVE = 7
    """Standard deviation of log(ANCHOR) - AVERAGE_LOG in quiet times: daily volatility * sqrt(window / 2 / day)."""
    DEPTH_BID = 8
    """Lots within 1 % of the anchor in quiet times; 0: consumption withdraws nothing."""
    DEPTH_ASK = 9
    MOVE_WITHDRAWAL = 10
    """eta: log W falls by it a millisecond for each unit of realised move above normal."""
    CONSUMPTION_WITHDRAWAL = 11
    """alpha: log W falls by it for each 1 % depth consumed."""
    MIN_LOG_WITHDRAWAL = 12
    TICKS_PER_USD = 13
    """Market's price scale, for the tick rule."""
    IS_MOVING = 14
    """1 until the moving average has caught up with the anchor."""
    WIDTH = 15
