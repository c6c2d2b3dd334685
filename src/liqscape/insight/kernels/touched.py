"""Whether anything that happened in a minute concerns a coin's spans at all: mostly nothing does."""

from __future__ import annotations

from liqscape.risk.kernels.jit import compiled
from liqscape.units import BoolArray, Float64Array, Int64Array


@compiled
def is_touched(
    held: Int64Array,
    held_now: Int64Array,
    level: Float64Array,
    level_now: Float64Array,
    is_quiet: BoolArray,
    first: int,
    last: int,
    side: int,
    spans: Float64Array,
) -> bool:
    """Whether `divide_changes` of these legs [first, last) and spans (S, 4) may give a row.

    It gives none for a leg that is in no span at either minute, nor for a quiet one that is in the same at both.
    """
    for place in range(first, last):
        was_held, is_held = side * held[place] > 0, side * held_now[place] > 0
        if not (was_held or is_held):
            continue
        price, price_now, is_still = level[place], level_now[place], is_quiet[place]
        for span in range(len(spans)):
            was_in = was_held and spans[span, 0] <= price < spans[span, 1]
            is_in = is_held and spans[span, 2] <= price_now < spans[span, 3]
            if (was_in or is_in) and not (was_in and is_in and is_still):
                return True
    return False
