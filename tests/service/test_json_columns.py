"""Columns written as JSON are the text msgspec writes of the same lists, whatever is in them."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liqscape.service.answers.json_columns import (
    DECIMAL_BYTES,
    SMALL,
    WHOLE_BYTES,
    ColumnWriter,
    Words,
)

WORDS = ("state", "published", "", 'a "quoted" one', "ü")
SIZES = st.one_of(
    st.floats(),
    st.integers(-(10**16), 10**16).map(float),
    st.tuples(st.integers(0, 10**16), st.integers(0, 18)).map(lambda each: each[0] / 10.0 ** each[1]),
    st.lists(st.integers(0, 10**9), min_size=2, max_size=4).map(lambda lots: sum(lot / 1e5 for lot in lots)),
)
"""Anything; whole numbers; decimals; sums of decimals."""


def written(columns: dict[str, list]) -> bytes:
    rows, words = len(columns["whole"]), Words(WORDS)
    writer = ColumnWriter(rows, WHOLE_BYTES + words.row_bytes + 2 * DECIMAL_BYTES)
    writer.whole("whole", np.array(columns["whole"], np.int32))
    writer.words("word", np.array([WORDS.index(word) for word in columns["word"]], np.uint8), words)
    writer.decimals({name: np.array(columns[name], np.float64) for name in ("size", "first")})
    return writer.record()


@given(
    st.lists(st.tuples(st.integers(-(2**31), 2**31 - 1), st.sampled_from(WORDS), SIZES, st.none() | SIZES), max_size=20)
)
@example([(0, "state", 0.0, None), (-1, "", -0.0, 0.0), (99_999_999, "ü", 9_999_999.99999999, 1e7)])
def test_any_columns(rows: list[tuple[int, str, float, float | None]]) -> None:
    columns: dict[str, list] = {
        "whole": [whole for whole, _, _, _ in rows],
        "word": [word for _, word, _, _ in rows],
        "size": [size for _, _, size, _ in rows],
        "first": [size if first is None else first for _, _, size, first in rows],
    }
    assert written(columns) == msgspec.json.encode(columns)


@pytest.mark.parametrize(
    "values",
    [
        np.arange(1, 30_001) / 1e5,
        np.cumsum(np.full(30_000, 0.1)),
        np.nextafter(np.arange(1, 30_001) / 1e3, np.inf),
        10.0 ** np.arange(-12, 22, 0.001),
    ],
    ids=["decimals", "sums of decimals", "next to decimals", "all magnitudes"],
)
def test_many_floats_give_back_their_bits_from_the_shortest_text(values: np.ndarray) -> None:
    writer = ColumnWriter(len(values), DECIMAL_BYTES)
    writer.decimals({"value": values})
    assert writer.record() == msgspec.json.encode({"value": values.tolist()})


@pytest.mark.parametrize(
    "counts",
    [[], [0], list(range(SMALL)), [SMALL], [7, SMALL - 1, SMALL, 2**31 - 1, 0]],
    ids=["none", "nothing", "all small", "large", "both"],
)
def test_counts_are_written_alike_whether_they_are_small_or_not(counts: list[int]) -> None:
    writer = ColumnWriter(len(counts), WHOLE_BYTES)
    writer.counts("count", np.array(counts, np.int32))
    assert writer.record() == msgspec.json.encode({"count": counts})


def test_numbers_are_words_too() -> None:
    writer = ColumnWriter(3, WHOLE_BYTES)
    writer.words("side", np.array([0, 1, 0], np.uint8), Words((-1, 1)))
    assert writer.record() == b'{"side":[-1,1,-1]}'


def test_a_buffer_that_is_used_again_holds_nothing_of_before() -> None:
    long = {"whole": list(range(100)), "word": ["published"] * 100, "size": [0.1] * 100, "first": [0.3] * 100}
    short = {name: column[:2] for name, column in long.items()}
    assert [written(each) for each in (long, short)] == [msgspec.json.encode(each) for each in (long, short)]
