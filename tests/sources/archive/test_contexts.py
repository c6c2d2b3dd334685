"""A day of contexts as columns, equal to its rows read one by one; and what is wrong with one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import RemoteWireError
from liqscape.sources.archive.contexts import join_content, read_contexts
from liqscape.wire.archive.asset_contexts import AssetContextRow, parse_asset_contexts, print_asset_contexts

START_MS = 1_761_523_200_000
"""2025-10-27."""
NUMBER = st.one_of(st.none(), st.floats(0.0, 1e9).map(lambda value: round(value, 3)))


def row(minute: int, coin: str, *cells: float | None) -> AssetContextRow:
    mark, oracle, interest, funding = cells
    time = f"2025-10-27T{minute // 60:02d}:{minute % 60:02d}:00Z"
    return AssetContextRow(time, coin, funding, interest, 1.0, None, None, oracle, mark, None, None, None)


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 30), st.sampled_from(["BTC", "kPEPE", "xyz:GOLD"])),
        st.tuples(NUMBER, NUMBER, NUMBER, NUMBER),
        min_size=1,
        max_size=40,
    )
)
def test_columns_say_what_the_rows_say(cells: dict[tuple[int, str], tuple[float | None, ...]]) -> None:
    content = print_asset_contexts([row(minute, coin, *values) for (minute, coin), values in cells.items()])
    found = read_contexts(content, "day")
    assert len(parse_asset_contexts(content, "day")) == len(cells)
    assert found.time_ms.tolist() == sorted({START_MS + 60_000 * minute for minute, _ in cells})
    assert set(found.coins) == {coin for _, coin in cells}
    columns = (found.mark, found.oracle, found.open_interest, found.funding)
    for time, time_ms in enumerate(found.time_ms.tolist()):
        assert found.row_at(time_ms) == time
        for place, coin in enumerate(found.coins):
            expected = cells.get(((time_ms - START_MS) // 60_000, coin), (None,) * 4)
            for column, value in zip(columns, expected, strict=True):
                assert (math.isnan(column[time, place]) and value is None) or column[time, place] == value
    assert found.row_at(START_MS - 60_000) is None
    assert found.row_at(START_MS + 60_000 * 2_000) is None


def test_size_decimals_are_those_most_figures_show() -> None:
    interest = [100.25, 100.5, 100.0, 99.75, 8272576.5729350001]
    found = read_contexts(print_asset_contexts([row(i, "X", 1.0, 1.0, v, 0.0) for i, v in enumerate(interest)]), "day")
    assert found.size_decimals.tolist() == [2]


def test_a_minute_listed_twice_keeps_its_last_row() -> None:
    found = read_contexts(print_asset_contexts([row(3, "X", value, 1.0, 1.0, 0.0) for value in (1.0, 2.0)]), "day")
    assert found.mark.tolist() == [[2.0]]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ((b"mark_px", b"mark"), "header lacks mark_px"),
        ((b",7.5", b",seven"), r"day:2: mark_px: 'seven' is not a number"),
        ((b",7.5", b",nan"), "is not a finite number"),
        ((b",7.5", b",1e30"), "is beyond 1e"),
        ((b"2025-10-27T", b"someday "), "is not an ISO 8601 time"),
        ((b"X", b"\xff"), "no CSV"),
    ],
)
def test_what_is_wrong_is_named(change: tuple[bytes, bytes], rule: str) -> None:
    content = print_asset_contexts([row(0, "X", 7.5, 1.0, 2.0, 0.0)])
    with pytest.raises(RemoteWireError, match=rule):
        read_contexts(content.replace(*change), "day")


def test_of_a_damaged_file_whole_lines_are_left() -> None:
    def parts() -> object:
        yield b"header\none\nt"
        raise RemoteWireError("cut")

    content, error = join_content(parts())  # type: ignore[arg-type]
    assert content == b"header\none\n"
    assert str(error) == "cut"
    assert join_content([b"a", b"b"]) == (b"ab", None)


def test_an_empty_day_has_no_minutes() -> None:
    found = read_contexts(print_asset_contexts([]), "day")
    assert (len(found.time_ms), found.coins) == (0, ())
    assert np.shape(found.mark) == (0, 0)
