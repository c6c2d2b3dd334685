"""Memory asked for before it is needed: a kernel that goes from row to row of large tables mostly waits for them.

Rows of several items are asked for at once and arrive while others are worked on; what is computed stays the same.
"""

# Numba tells no types of what is extended here.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, misc, import-untyped"

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from liqscape.risk.kernels.jit import RUNS_AS_PYTHON
from liqscape.units import AnyArray

LINE = 64
"""Bytes that arrive together."""


@intrinsic
def _prefetch(context: Any, table: Any, row: Any, offset: Any) -> Any:  # noqa: ARG001
    """Ask for the line that is `offset` bytes from the beginning of a row. Any row number does no harm."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, value=arguments[0])
        word, byte_pointer = ir.IntType(64), ir.IntType(8).as_pointer()
        stride = builder.extract_value(array.strides, 0)
        distance = builder.add(builder.mul(arguments[1], stride), arguments[2])
        address = builder.add(builder.ptrtoint(array.data, word), distance)
        kind = ir.FunctionType(ir.VoidType(), [byte_pointer, *[ir.IntType(32)] * 3])
        ask = builder.module.declare_intrinsic("llvm.prefetch", [byte_pointer], kind)
        to_read, to_keep, of_data = (ir.Constant(ir.IntType(32), number) for number in (0, 3, 1))
        builder.call(ask, [builder.inttoptr(address, byte_pointer), to_read, to_keep, of_data])
        return context.get_dummy_value()

    return types.void(table, types.int64, types.int64), build


def _ask_nothing(table: AnyArray, row: int, offset: int) -> None:
    """Python waits for itself, not for memory."""


prefetch = cast("Callable[[AnyArray, int, int], None]", _ask_nothing if RUNS_AS_PYTHON else _prefetch)
"""Called in kernels: prefetch(table, row, offset)."""
