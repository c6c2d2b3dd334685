"""Trigger orders of a cascade, fired in the block after the marks reached them."""

from __future__ import annotations

from liqscape.cascade.kernels.holders import Holders, read_filled
from liqscape.cascade.kernels.index import Index, touch_fills
from liqscape.exchange.columns import ClockColumn
from liqscape.exchange.kernels.triggers import fire_triggers
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled


@compiled
def fire_among(state: State, index: Index, holders: Holders, is_indexed: bool) -> None:
    """Carry them out; pools of both sides of every fill are looked at again."""
    first = state.clock[ClockColumn.FILL_COUNT]
    fire_triggers(state, False)
    if is_indexed:
        touch_fills(state, index, first)
        read_filled(state, holders, first, state.clock[ClockColumn.FILL_COUNT])
