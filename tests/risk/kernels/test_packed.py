"""A record of arrays is the same in a kernel that gets its places as it was in Python."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from liqscape.risk.kernels.jit import compiled
from liqscape.risk.kernels.packed import Packing
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array


class PackedRecord(NamedTuple):
    table: Float64Array
    count: int
    row: Int32Array
    share: float
    is_seen: BoolArray


def record_of(rows: int) -> PackedRecord:
    return PackedRecord(
        table=np.arange(3.0 * rows).reshape(rows, 3),
        count=7 - rows,
        row=np.arange(rows, dtype=np.int32),
        share=0.1 * rows,
        is_seen=np.arange(rows) % 2 == 1,
    )


PACKING = Packing(record_of(1))
unpack = PACKING.unpack


@compiled
def read_packed(places: Int64Array) -> tuple[float, int, int, float, int, int]:
    record = unpack(places)
    record.table[0, 1] += 100.0
    last = len(record.row) - 1
    return (
        record.table[last, 2],
        record.count,
        record.row[last],
        record.share,
        len(record.is_seen),
        record.is_seen[last],
    )


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_a_kernel_reads_and_writes_the_arrays_of_the_record(rows: int) -> None:
    record = record_of(rows)
    places = PACKING.pack(record)
    last = rows - 1
    assert read_packed(places) == (3.0 * rows - 1, 7 - rows, last, record.share, rows, last % 2)
    assert record.table[0, 1] == 101.0
    assert len(places) == PACKING.width


@pytest.mark.parametrize(
    "changed",
    [
        {"row": np.arange(2)},
        {"table": np.zeros(2)},
        {"table": np.zeros((2, 6))[:, ::2]},
        {"count": 1.5},
        {"share": 1},
    ],
)
def test_a_field_of_another_kind_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(TypeError, match=f"{next(iter(changed))} is "):
        PACKING.pack(record_of(2)._replace(**changed))  # type: ignore[arg-type]
