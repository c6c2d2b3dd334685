"""Eight bytes at once: read and stored wherever they lie, zeros counted. Import only inside functions, kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from liqscape.risk.kernels.jit import RUNS_AS_PYTHON
from liqscape.units import UInt8Array


def _word_stored(_context: Any, array: Any, _at: Any, _word: Any) -> Any:
    """Signature and code of store_word."""
    signature = types.void(array, types.uint64, types.uint64)

    def generate(context: Any, builder: Any, kinds: Any, values: Any) -> Any:
        data = context.make_array(kinds.args[0])(context, builder, values[0]).data
        place = builder.bitcast(builder.gep(data, [values[1]]), ir.IntType(64).as_pointer())
        builder.store(values[2], place, align=1)
        return context.get_dummy_value()

    return signature, generate


def _word_read(_context: Any, array: Any, _at: Any) -> Any:
    """Signature and code of load_word."""

    def generate(context: Any, builder: Any, kinds: Any, values: Any) -> Any:
        data = context.make_array(kinds.args[0])(context, builder, values[0]).data
        place = builder.bitcast(builder.gep(data, [values[1]]), ir.IntType(64).as_pointer())
        return builder.load(place, align=1)

    return types.uint64(array, types.uint64), generate


def _counted(name: str) -> Callable[[Any, Any], Any]:
    """Signature and code of an instruction that counts zero bits at one end; of 0 it counts 64."""

    def typed(_context: Any, _word: Any) -> Any:
        def generate(_context: Any, builder: Any, _kinds: Any, values: Any) -> Any:
            return getattr(builder, name)(values[0], ir.Constant(ir.IntType(1), 0))

        return types.uint64(types.uint64), generate

    return typed


def _store_in_python(array: UInt8Array, at: np.uint64, word: np.uint64) -> None:
    array[at : at + np.uint64(8)] = np.frombuffer(int(word).to_bytes(8, "little"), np.uint8)


def _load_in_python(array: UInt8Array, at: np.uint64) -> np.uint64:
    return np.uint64(int.from_bytes(bytes(array[at : at + np.uint64(8)]), "little"))


def _low_zeros_in_python(word: np.uint64) -> np.uint64:
    return np.uint64((int(word) & -int(word)).bit_length() - 1 if word else 64)


def _high_zeros_in_python(word: np.uint64) -> np.uint64:
    return np.uint64(64 - int(word).bit_length())


store_word = cast(
    "Callable[[UInt8Array, np.uint64, np.uint64], None]",
    _store_in_python if RUNS_AS_PYTHON else intrinsic(_word_stored),
)
"""Put a word in array[at : at + 8], its lowest byte first. Nothing is checked: there must be room for all eight."""
load_word = cast(
    "Callable[[UInt8Array, np.uint64], np.uint64]", _load_in_python if RUNS_AS_PYTHON else intrinsic(_word_read)
)
"""The word that store_word would have put there."""
low_zeros = cast(
    "Callable[[np.uint64], np.uint64]", _low_zeros_in_python if RUNS_AS_PYTHON else intrinsic(_counted("cttz"))
)
"""Zero bits below the lowest one that is set."""
high_zeros = cast(
    "Callable[[np.uint64], np.uint64]", _high_zeros_in_python if RUNS_AS_PYTHON else intrinsic(_counted("ctlz"))
)
"""Zero bits above the highest one that is set."""
