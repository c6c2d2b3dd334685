"""Records handed to kernels by their address, and functions that are only made within a kernel, do what Python does."""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
import pytest
from numba.core.errors import LoweringError

from liqscape.risk.kernels.jit import compiled, inlined, merged, pass_by_reference
from liqscape.risk.kernels.parts import NOT_COMPILED
from liqscape.units import Float64Array, Int64Array


class Shelf(NamedTuple):
    """A record of arrays of several shapes."""

    count: Int64Array
    price: Float64Array
    box: Int64Array


pass_by_reference(Shelf)


@inlined
def box_sum(shelf: Shelf, row: int) -> int:
    total = 0
    for column in range(shelf.box.shape[1]):
        total += shelf.box[row, column]
    return total


@merged
def put(shelf: Shelf, row: int, lots: int) -> None:
    shelf.box[row, 0] += lots
    shelf.count[0] += 1


@inlined
def worth(shelf: Shelf, row: int) -> float:
    put(shelf, row, row)
    return shelf.price[row] * box_sum(shelf, row)


@compiled
def fill(shelf: Shelf, out: Float64Array) -> float:
    total = 0.0
    for row in range(len(out)):
        view = shelf.box[row]
        view[1] += 2
        out[row] = worth(shelf, row)
        total += out[row]
    return total


@compiled
def give_back(shelf: Shelf) -> Int64Array:
    return shelf.box[0]


def shelf_of(rows: int, *, is_strided: bool) -> Shelf:
    chance = np.random.default_rng(3)
    box = chance.integers(-5, 5, (rows, 6))
    return Shelf(np.zeros(1, np.int64), chance.normal(size=rows), box[:, ::2] if is_strided else box)


def in_python(shelf: Shelf, out: Float64Array) -> float:
    total = 0.0
    for row in range(len(out)):
        shelf.box[row, 1] += 2
        shelf.box[row, 0] += row
        shelf.count[0] += 1
        out[row] = shelf.price[row] * sum(shelf.box[row].tolist())
        total += out[row]
    return total


@pytest.mark.parametrize("is_strided", [False, True])
def test_a_record_by_reference_is_read_and_written_as_in_python(is_strided: bool) -> None:
    ours, theirs = shelf_of(40, is_strided=is_strided), shelf_of(40, is_strided=is_strided)
    out, expected = np.zeros(40), np.zeros(40)
    for _ in range(3):
        assert fill(ours, out) == in_python(theirs, expected)
    assert np.array_equal(out, expected)
    assert all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))
    assert ours.count[0] == 120


def test_the_arrays_of_a_record_are_counted_as_often_after_a_call_as_before() -> None:
    shelf, out = shelf_of(8, is_strided=False), np.zeros(8)
    fill(shelf, out)
    before = [sys.getrefcount(each) for each in shelf]
    for _ in range(50):
        fill(shelf, out)
    assert [sys.getrefcount(each) for each in shelf] == before


def test_what_is_not_an_array_is_refused_and_named() -> None:
    with pytest.raises(TypeError, match=r"Shelf\.price is no array"):
        fill(Shelf(np.zeros(1, np.int64), 3.0, np.zeros((2, 3), np.int64)), np.zeros(2))  # type: ignore[arg-type]


def test_a_lent_array_is_not_given_back_to_python() -> None:
    with pytest.raises((TypeError, LoweringError), match="lent array"):
        give_back(shelf_of(2, is_strided=False))


def test_a_part_has_no_machine_code_of_its_own() -> None:
    fill(shelf_of(2, is_strided=False), np.zeros(2))
    for part in (box_sum, put, worth):
        for made in part.overloads.values():  # type: ignore[attr-defined]
            assert made.library.get_pointer_to_function(made.fndesc.llvm_func_name) == NOT_COMPILED
