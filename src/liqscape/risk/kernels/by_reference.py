"""Records of many arrays, handed to kernels as one address.

Numba hands a named tuple of arrays over field by field: with ten numbers an array, the exchange's state is 250
arguments of every call, put together again inside, and each use of an array counts a reference. That was most of the
code and half of the compile time of the exchange's kernels. Of a class named here a kernel gets the address of its
fields, laid out once at the door from Python; `record.field` reads one. Kernels are written as before.

The arrays are *lent*: the caller's Python object keeps them alive while the kernel runs, so no reference is counted.
Lent arrays, and views of them, cannot be given back to Python.

Measured (thread time, `exchange.kernels.matching.process`): with parts.py 10.1 s -> 6.2 s, its code 1.28 -> 0.26 MB.
"""

# Numba tells no types of what is extended here.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, override, misc, attr-defined, import-untyped"

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.datamodel.registry import register_default
from numba.core.typing.templates import AttributeTemplate
from numba.core.typing.typeof import typeof_impl
from numba.extending import NativeValue, box, infer_getattr, lower_getattr_generic, unbox

ADDRESS = ir.IntType(8).as_pointer()
LENT_FIELDS = ("nitems", "itemsize", "data", "shape", "strides")
"""Of Numba's array; the two others say who owns it."""


class LentArray(types.Array):
    """An array that somebody else keeps alive."""

    def __init__(self, dtype: Any, ndim: int, layout: str, *, readonly: bool = False, aligned: bool = True) -> None:
        name = f"lent({dtype}, {ndim}d, {layout}, {'readonly' if readonly else 'mutable'})"
        super().__init__(dtype, ndim, layout, readonly=readonly, name=name, aligned=aligned)

    def copy(
        self, dtype: Any = None, ndim: int | None = None, layout: str | None = None, readonly: bool | None = None
    ) -> LentArray:
        """The type of a view of it: lent too."""
        return LentArray(
            self.dtype if dtype is None else dtype,
            self.ndim if ndim is None else ndim,
            self.layout if layout is None else layout,
            readonly=not self.mutable if readonly is None else readonly,
            aligned=self.aligned,
        )

    def unify(self, typingctx: Any, other: Any) -> Any:
        """A name may stand for several lent arrays, not for one that is lent and one that is owned."""
        if not isinstance(other, LentArray):
            return None
        found = super().unify(typingctx, other)
        return found and self.copy(layout=found.layout, readonly=not found.mutable)

    @property
    def owned(self) -> types.Array:
        """The type of the same array as Python hands it over."""
        return types.Array(self.dtype, self.ndim, self.layout, not self.mutable, aligned=self.aligned)


class Referenced(types.Type):
    """A record that is handed over as the address of its lent arrays."""

    def __init__(self, name: str, fields: tuple[str, ...], arrays: tuple[LentArray, ...]) -> None:
        self.fields, self.arrays = fields, arrays
        super().__init__(f"{name}({', '.join(map(str, arrays))})")

    @property
    def mangling_args(self) -> tuple[str, list[Any]]:
        """Short: names of compiled functions hold it."""
        return self.name.partition("(")[0], []

    @property
    def held(self) -> types.Tuple:
        """What stands at the address."""
        return types.Tuple(self.arrays)


@register_default(LentArray)
class _LentArrayModel(models.StructModel):
    """Numba's array with owners that nobody counts."""

    def __init__(self, manager: Any, kind: LentArray) -> None:
        sizes = types.UniTuple(types.intp, kind.ndim)
        members = [
            ("meminfo", types.voidptr),
            ("parent", types.voidptr),
            ("nitems", types.intp),
            ("itemsize", types.intp),
            ("data", types.CPointer(kind.dtype)),
            ("shape", sizes),
            ("strides", sizes),
        ]
        super().__init__(manager, kind, members)


@register_default(Referenced)
class _ReferencedModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Referenced) -> None:
        super().__init__(manager, kind, ADDRESS)


@infer_getattr
class _Fields(AttributeTemplate):
    key = Referenced

    def generic_resolve(self, record: Referenced, name: str) -> LentArray | None:
        return record.arrays[record.fields.index(name)] if name in record.fields else None


@lower_getattr_generic(Referenced)
def _read_field(context: Any, builder: Any, record: Referenced, address: Any, name: str) -> Any:
    held = context.data_model_manager[record.held].get_data_type().as_pointer()
    at = record.fields.index(name)
    return builder.load(cgutils.gep_inbounds(builder, builder.bitcast(address, held), 0, at))


@unbox(Referenced)
def _lay_out(record: Referenced, given: Any, door: Any) -> NativeValue:
    """Put the arrays of a Python record side by side on the stack of the call."""
    context, builder = door.context, door.builder
    place = cgutils.alloca_once(builder, context.data_model_manager[record.held].get_data_type())
    nobody = context.get_constant_null(types.voidptr)
    is_wrong = cgutils.false_bit
    for at, kind in enumerate(record.arrays):
        read = door.unbox(kind.owned, door.pyapi.tuple_getitem(given, at))
        is_wrong = builder.or_(is_wrong, read.is_error)
        owned = context.make_array(kind.owned)(context, builder, read.value)
        lent = context.make_array(kind)(context, builder)
        for field in LENT_FIELDS:
            setattr(lent, field, getattr(owned, field))
        lent.meminfo = lent.parent = nobody
        builder.store(lent._getvalue(), cgutils.gep_inbounds(builder, place, 0, at))
        context.nrt.decref(builder, kind.owned, read.value)  # the record holds it
    return NativeValue(builder.bitcast(place, ADDRESS), is_error=is_wrong)


@box(LentArray)
def _keep(array: LentArray, _value: Any, _door: Any) -> Any:
    """Refuse to make a Python array of what Python may free."""
    raise TypeError(f"a kernel cannot return a lent array: {array}")


def pass_by_reference(record: type[tuple[Any, ...]]) -> None:
    """From now on kernels get a named tuple of arrays of this class as one address."""
    names = tuple(record._fields)

    @typeof_impl.register(record)
    def type_of(value: tuple[Any, ...], context: Any) -> Referenced:
        owned = [typeof_impl(each, context) for each in value]
        for name, kind in zip(names, owned, strict=True):
            if not isinstance(kind, types.Array):
                raise TypeError(f"{record.__name__}.{name} is no array: {kind}")
        lent = (LentArray(a.dtype, a.ndim, a.layout, readonly=not a.mutable, aligned=a.aligned) for a in owned)
        return Referenced(record.__name__, names, tuple(lent))
