"""Four sums side by side, added to at once: what the compiler does not find by itself in sums reached by an index.

Import only inside functions and kernels: Numba takes most of a second to load.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from liqscape.risk.kernels.jit import RUNS_AS_PYTHON
from liqscape.units import Float64Array


def _four_added(_context: Any, array: Any, _at: Any, _one: Any, _two: Any, _three: Any, _four: Any) -> Any:
    """Signature and code of add_four."""
    number = types.float64
    signature = types.void(array, types.uint64, number, number, number, number)

    def generate(context: Any, builder: Any, kinds: Any, values: Any) -> Any:
        four = ir.VectorType(ir.DoubleType(), 4)
        data = context.make_array(kinds.args[0])(context, builder, values[0]).data
        place = builder.bitcast(builder.gep(data, [values[1]]), four.as_pointer())
        added = ir.Constant(four, ir.Undefined)
        for lane in range(4):
            added = builder.insert_element(added, values[2 + lane], ir.Constant(ir.IntType(32), lane))
        builder.store(builder.fadd(builder.load(place, align=8), added), place, align=8)
        return context.get_dummy_value()

    return signature, generate


def _add_four_in_python(array: Float64Array, at: np.uint64, *four: float) -> None:
    array[at : at + np.uint64(4)] += four


add_four = cast(
    "Callable[[Float64Array, np.uint64, float, float, float, float], None]",
    _add_four_in_python if RUNS_AS_PYTHON else intrinsic(_four_added),
)
"""array[at : at + 4] += (one, two, three, four), inside kernels: the same additions as one by one, to the bit.

array is one-dimensional and contiguous, at within it: nothing is checked. Where the sums begin at a multiple of 32
bytes, none of them lies across two lines of the cache.
"""
