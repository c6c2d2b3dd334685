"""Which frames of a part stay when it is thinned, and what windows show between them.

Of every step since 1970 UTC the last frame stays; so do the first and the last frame of the part, and both sides of
every gap longer than a frame is shown for. So a stretch without its frames is no hole where frames were taken out
(`thinned_count` of the frame that follows says how many), and a hole stays the hole it was.
"""

from __future__ import annotations

import numpy as np

from liqscape.units import BoolArray, Int32Array, Int64Array


def kept_frames(time_ms: Int64Array, thinned_count: Int32Array, step_ms: int, hold_ms: int) -> BoolArray:
    """(T,) which frames of a part stay. time_ms (T,) rising; thinned_count (T,) taken out before each by now."""
    step = time_ms // step_ms
    is_kept = np.append(step[1:] != step[:-1], True) if len(time_ms) else np.empty(0, np.bool_)
    is_kept[:1] = True
    is_gap = (np.diff(time_ms) > hold_ms) & (thinned_count[1:] == 0)
    is_kept[:-1] |= is_gap
    is_kept[1:] |= is_gap
    return is_kept


def count_thinned(thinned_count: Int32Array, is_kept: BoolArray) -> Int32Array:
    """(K,) frames taken out before each that stays: those that go now, and those that went before."""
    total = np.cumsum(thinned_count + ~is_kept)[is_kept]
    return np.diff(total, prepend=0).astype(np.int32)


def is_thinned_after(place: Int64Array, thinned_count: Int32Array) -> BoolArray:
    """(C,) whether frames were taken out right after the frame at each place; -1: there is none."""
    following = np.append(thinned_count, np.int32(0))
    found: BoolArray = following[place + 1] > 0
    found &= place >= 0
    return found
