"""Documents of a record type, and which situations of the type a document is in.

A situation is a field absent, null or present, a branch of a union, a list or map with and without entries, a decimal
as text or as a number. `documents` makes synthetic ones, `seen` looks at any; they share no more than the type.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import inspect

LISTS = (inspect.ListType, inspect.VarTupleType)


def situations(kind: inspect.Type, name: str = "answer", above: tuple[type, ...] = ()) -> set[str]:
    """All that documents of this type can be in."""
    match kind:
        case inspect.UnionType():
            found = {f"{name}: {_branch(each)}" for each in kind.types}
            found |= set().union(*(situations(each, name, above) for each in kind.types))
            # Text is text where it may be: never a decimal.
            return found - {f"{name}: text"} if any(isinstance(each, inspect.StrType) for each in kind.types) else found
        case inspect.StructType() if kind.cls not in above:
            return set().union(*(_of_field(kind, field, (*above, kind.cls)) for field in kind.fields))
        case inspect.ListType() | inspect.VarTupleType():
            return {f"{name}: empty", f"{name}: filled"} | situations(kind.item_type, f"{name}[]", above)
        case inspect.DictType():
            return {f"{name}: empty", f"{name}: filled"} | situations(kind.value_type, f"{name}{{}}", above)
        case inspect.TupleType():
            return set().union(*(situations(each, f"{name}[{row}]", above) for row, each in enumerate(kind.item_types)))
        case inspect.FloatType():
            return {f"{name}: text", f"{name}: number"}
        case inspect.LiteralType():
            return {f"{name}: {value!r}" for value in kind.values}
    return set()


def seen(kind: inspect.Type, value: Any, name: str = "answer") -> set[str]:
    """Those one document is in."""
    match kind:
        case inspect.UnionType():
            branch = next(each for each in kind.types if _fits(each, value))
            return {f"{name}: {_branch(branch)}"} | seen(branch, value, name)
        case inspect.StructType():
            found: set[str] = set()
            for field in kind.fields:
                place = f"{kind.cls.__name__}.{field.encode_name}"
                if field.encode_name not in value:
                    found.add(f"{place}: absent")
                else:
                    found |= {f"{place}: present"} | seen(field.type, value[field.encode_name], place)
            return found
        case inspect.ListType() | inspect.VarTupleType():
            inner = (seen(kind.item_type, each, f"{name}[]") for each in value)
            return {f"{name}: {'filled' if value else 'empty'}"}.union(*inner)
        case inspect.DictType():
            inner = (seen(kind.value_type, each, f"{name}{{}}") for each in value.values())
            return {f"{name}: {'filled' if value else 'empty'}"}.union(*inner)
        case inspect.TupleType():
            pairs = zip(kind.item_types, value, strict=True)
            return set().union(*(seen(each, item, f"{name}[{row}]") for row, (each, item) in enumerate(pairs)))
        case inspect.FloatType():
            return {f"{name}: {'text' if isinstance(value, str) else 'number'}"}
        case inspect.LiteralType():
            return {f"{name}: {value!r}"}
    return set()


def documents(kind: inspect.Type, above: tuple[type, ...] = ()) -> Iterator[Any]:
    """The whole document first, then one for every way a part of it may differ."""
    match kind:
        case inspect.UnionType():
            for each in sorted(kind.types, key=lambda each: isinstance(each, inspect.NoneType)):
                yield from documents(each, above)
        case inspect.StructType():
            whole = {field.encode_name: _first(field.type, (*above, kind.cls)) for field in kind.fields}
            yield whole
            for field in kind.fields:
                for value in documents(field.type, (*above, kind.cls)):
                    yield whole | {field.encode_name: value}
                if not field.required:
                    yield {name: value for name, value in whole.items() if name != field.encode_name}
        case inspect.ListType() | inspect.VarTupleType():
            if not (isinstance(kind.item_type, inspect.StructType) and kind.item_type.cls in above):
                for value in documents(kind.item_type, above):
                    yield [value]
            else:
                # A record in itself, once.
                field_names = {
                    field.encode_name: [] if isinstance(field.type, LISTS) else _first(field.type, above)
                    for field in kind.item_type.fields
                }
                yield [field_names]
            yield []
        case inspect.DictType():
            for value in documents(kind.value_type, above):
                yield {"KEY": value}
            yield {}
        case inspect.TupleType():
            whole_row = [_first(each, above) for each in kind.item_types]
            yield whole_row
            for row, each in enumerate(kind.item_types):
                for value in documents(each, above):
                    yield [*whole_row[:row], value, *whole_row[row + 1 :]]
        case inspect.FloatType():
            yield from ("1.5", 1.5)
        case inspect.LiteralType():
            yield from kind.values
        case inspect.IntType():
            yield 7
        case inspect.StrType():
            yield "word"
        case inspect.BoolType():
            yield from (True, False)
        case inspect.NoneType():
            yield None
        case _:
            yield 1


def lacking(kind: inspect.Type, above: tuple[type, ...] = ()) -> Iterator[tuple[Any, str]]:
    """Documents with one required field missing, and its name."""
    match kind:
        case inspect.UnionType():
            for each in kind.types:
                yield from lacking(each, above)
        case inspect.StructType() if kind.cls not in above:
            whole = _first(kind, above)
            for field in kind.fields:
                if field.required:
                    yield {name: value for name, value in whole.items() if name != field.encode_name}, field.encode_name
                for value, name in lacking(field.type, (*above, kind.cls)):
                    yield whole | {field.encode_name: value}, name
        case inspect.ListType() | inspect.VarTupleType():
            yield from (([value], name) for value, name in lacking(kind.item_type, above))
        case inspect.DictType():
            yield from (({"KEY": value}, name) for value, name in lacking(kind.value_type, above))
        case inspect.TupleType():
            row = [_first(each, above) for each in kind.item_types]
            for place, each in enumerate(kind.item_types):
                for value, name in lacking(each, above):
                    yield [*row[:place], value, *row[place + 1 :]], name


def with_more(value: Any) -> Any:
    """The same with a field in every object that nobody has heard of."""
    if isinstance(value, dict):
        return {name: with_more(inner) for name, inner in value.items()} | {"notYetInvented": {"deep": [1]}}
    return [with_more(inner) for inner in value] if isinstance(value, list) else value


def type_of(kind: Any) -> inspect.Type:
    """What msgspec knows of a type."""
    return inspect.type_info(kind)


def _of_field(kind: inspect.StructType, field: inspect.Field, above: tuple[type, ...]) -> set[str]:
    place = f"{kind.cls.__name__}.{field.encode_name}"
    found = {f"{place}: present"} if field.required else {f"{place}: present", f"{place}: absent"}
    return found | situations(field.type, place, above)


def _first(kind: inspect.Type, above: tuple[type, ...]) -> Any:
    return next(documents(kind, above))


def _branch(kind: inspect.Type) -> str:
    return (
        kind.cls.__name__ if isinstance(kind, inspect.StructType) else type(kind).__name__.removesuffix("Type").lower()
    )


def _fits(kind: inspect.Type, value: Any) -> bool:
    if value is None or isinstance(kind, inspect.NoneType):
        return value is None and isinstance(kind, inspect.NoneType)
    if isinstance(kind, inspect.StructType | inspect.DictType):
        return isinstance(value, dict)
    if isinstance(kind, (*LISTS, inspect.TupleType)):
        return isinstance(value, list)
    if isinstance(kind, inspect.StrType):
        return isinstance(value, str)
    return True
