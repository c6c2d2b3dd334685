"""Several things at once, where the compiler does not find it by itself: four sums reached by an index, 64 marks.

Import only inside functions and kernels: Numba takes most of a second to load.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.cpython.unsafe.numbers import trailing_zeros
from numba.extending import intrinsic

from liqscape.risk.kernels.jit import RUNS_AS_PYTHON
from liqscape.units import Float64Array, UInt8Array


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


def _marks_read(_context: Any, array: Any, _at: Any) -> Any:
    """Signature and code of marked_bytes."""

    def generate(context: Any, builder: Any, kinds: Any, values: Any) -> Any:
        many = ir.VectorType(ir.IntType(8), 64)
        data = context.make_array(kinds.args[0])(context, builder, values[0]).data
        place = builder.bitcast(builder.gep(data, [values[1]]), many.as_pointer())
        is_marked = builder.icmp_unsigned("!=", builder.load(place, align=1), ir.Constant(many, None))
        return builder.bitcast(is_marked, ir.IntType(64))

    return types.uint64(array, types.uint64), generate


def _marks_read_in_python(array: UInt8Array, at: np.uint64) -> np.uint64:
    found: np.uint64 = np.packbits(array[at : at + np.uint64(64)] != 0, bitorder="little").view(np.uint64)[0]
    return found


def _lowest_bit_in_python(mask: np.uint64) -> int:
    return (int(mask) & -int(mask)).bit_length() - 1


marked_bytes = cast(
    "Callable[[UInt8Array, np.uint64], np.uint64]",
    _marks_read_in_python if RUNS_AS_PYTHON else intrinsic(_marks_read),
)
"""64 bits, inside kernels: bit i is set where array[at + i] is not 0.

array is one-dimensional and contiguous, at + 64 within it: nothing is checked.
"""

lowest_bit = cast("Callable[[np.uint64], int]", _lowest_bit_in_python if RUNS_AS_PYTHON else trailing_zeros)
"""Number of the lowest bit that is set, inside kernels; of a mask that is not 0."""
