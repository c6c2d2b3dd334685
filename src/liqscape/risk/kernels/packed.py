"""Records of many arrays handed to a kernel as one array that says where they are.

A kernel called from Python looks at each array it is given: type, memory, a count of references, some 0.15 us each. The
ledger's tables are sixteen arrays that stay the same from call to call; their places are written down once, and the
kernel makes the record of them again, which costs it nothing:

    places = packing.pack(tables)        # once, while `tables` stay the same objects
    kernel(places, ...)                  # in it: tables = unpack(places), with unpack = packing.unpack

Whoever packs keeps the record: places do not hold its arrays.
"""

# Numba tells no types of what is extended here.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, misc, import-untyped"

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from liqscape.units import Int64Array

Packed = TypeVar("Packed", bound=NamedTuple)

WORD = 8
"""Bytes of a place, a length or a number."""


class Packing(Generic[Packed]):
    """How records of one kind are packed. Fields are arrays, whole rows one after the other, or int and float."""

    def __init__(self, example: Packed) -> None:
        self._fields: tuple[object, ...] = tuple(map(_kind_of, example))
        self.unpack = _unpacking(numba.typeof(example))
        """The record of its places, in a kernel."""
        self.width = sum(1 + np.ndim(field) for field in example)
        """Of its places."""

    def pack(self, record: Packed) -> Int64Array:
        """Places of a record. Raises TypeError for a field of another kind than that of the example."""
        words: list[int] = []
        for name, field, kind in zip(record._fields, record, self._fields, strict=True):
            if _kind_of(field) != kind:
                raise TypeError(f"{name} is {_kind_of(field)}, must be {kind}")
            if isinstance(field, np.ndarray):
                words += [field.ctypes.data, *field.shape]
            else:
                words.append(int(np.asarray(field).view(np.int64)))
        return np.array(words, np.int64)


def _kind_of(field: object) -> object:
    """What compiled code depends on."""
    if not isinstance(field, np.ndarray):
        return np.asarray(field).dtype.str
    return field.dtype.str, field.ndim, field.flags.c_contiguous and field.flags.writeable and field.flags.aligned


def _unpacking(kind: Any) -> Any:
    @intrinsic
    def unpack(context: Any, places: Any) -> Any:  # noqa: ARG001
        """The record whose places these are."""

        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, value=arguments[0]).data
            reader = _Reader(context, builder, data)
            return context.make_tuple(builder, kind, [reader.read(each) for each in kind.types])

        return kind(places), build

    return unpack


class _Reader:
    """Makes arrays and numbers of the words that `pack` wrote, one after the other."""

    def __init__(self, context: Any, builder: Any, data: Any) -> None:
        self._context, self._builder, self._data = context, builder, data
        self._count = 0

    def read(self, kind: Any) -> Any:
        if not isinstance(kind, numba.types.Array):
            return self._word(self._context.get_value_type(kind))
        array = self._context.make_array(kind)(self._context, self._builder)
        data = self._builder.inttoptr(self._word(ir.IntType(64)), array.data.type)
        shape = [self._word(ir.IntType(64)) for _ in range(kind.ndim)]
        itemsize = self._context.get_abi_sizeof(self._context.get_data_type(kind.dtype))
        strides = [ir.Constant(ir.IntType(64), itemsize)]
        for length in reversed(shape[1:]):
            strides.insert(0, self._builder.mul(strides[0], length))
        populate_array(array, data, shape, strides, itemsize, None)
        return array._getvalue()

    def _word(self, kind: Any) -> Any:
        place = cgutils.gep_inbounds(self._builder, self._data, self._count)
        self._count += 1
        return self._builder.load(self._builder.bitcast(place, kind.as_pointer()))
