"""What the exchange hands back: a block, and how a market was loaded."""

from __future__ import annotations

from dataclasses import dataclass

from liqscape.units import Int64Array


@dataclass(frozen=True)
class LoadReport:
    """How a market became an exchange.

    pool_row       (A,) pool of each given pool; NO_ROW where it was left out.
    left_out_count pools left out: raw USD, or the mark of a coin they hold, is not known.
    dropped_count  positions smaller than half a lot.
    residual_lots  (M,) signed lots the rest account holds so that every market sums to zero.
    """

    pool_row: Int64Array
    left_out_count: int
    dropped_count: int
    residual_lots: Int64Array


@dataclass(frozen=True, kw_only=True)
class BlockOutput:
    """What one block did. Arrays are copies: answers (n, Answer), fills (F, Fill), events (E, Event)."""

    time_ms: int
    block: int
    answers: Int64Array
    fills: Int64Array
    events: Int64Array
    is_mark_update: bool
