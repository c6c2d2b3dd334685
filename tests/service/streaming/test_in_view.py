"""Bands in view against a slow twin, and changes that lead from any rows to any others."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from view_reader import rows_in_view

from liqscape.heatmap.bands import Bands
from liqscape.service.answers.in_view import BandsInView, changed_rows, merge_sides

BANDS = st.dictionaries(
    st.tuples(st.integers(-40, 40), st.sampled_from([-1, 1]), st.integers(0, 4)),
    st.tuples(st.floats(1e-3, 1e6), st.integers(1, 9)),
    max_size=40,
)
EDGES = st.none() | st.integers(-20, 20)


def bands_of(rows: dict) -> Bands:
    keys = sorted(rows)
    key = np.array(keys, np.int64).reshape(-1, 3)
    size = np.array([rows[each][0] for each in keys], np.float64)
    count = np.array([rows[each][1] for each in keys], np.int32)
    return Bands(
        market_index=np.zeros(len(keys), np.int32),
        band=key[:, 0].astype(np.int32),
        side=key[:, 1].astype(np.int8),
        margin_source=key[:, 2].astype(np.uint8),
        size=size,
        level_notional=size,
        first_order_size=size,
        position_count=count,
    )


def reported(rows: BandsInView) -> dict:
    columns = rows.columns()
    named = zip(columns.band, columns.side, columns.size, columns.position_count, strict=True)
    return {(band, side): (size, count) for band, side, size, count in named}


@given(rows=BANDS, level=st.integers(0, 6), first=EDGES, end=EDGES, side=st.sampled_from([None, 1, -1]))
def test_rows_in_view_are_those_of_a_slow_reader(rows: dict, level: int, first: int, end: int, side: int) -> None:
    flat = [(key[0], key[1], *rows[key]) for key in sorted(rows)]
    merged = merge_sides(bands_of(rows), level).between(first, end, side)
    assert reported(merged) == rows_in_view(flat, level, first, end, side)
    assert merged.key.tolist() == sorted(merged.key.tolist())


@given(before=BANDS, after=BANDS, level=st.integers(0, 3))
def test_changes_are_the_rows_that_differ_and_no_others(before: dict, after: dict, level: int) -> None:
    old, new = merge_sides(bands_of(before), level), merge_sides(bands_of(after), level)
    changes = reported(changed_rows(old, new))
    held, wanted = reported(old), reported(new)
    expected = {key: content for key, content in wanted.items() if held.get(key) != content}
    assert changes == expected | {key: (0.0, 0) for key in held if key not in wanted}
