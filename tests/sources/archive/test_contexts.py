"""A day of contexts as columns, equal to its rows read one by one; and what is wrong with one."""

from __future__ import annotations

import math
import re
from dataclasses import replace

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
    return AssetContextRow(
        time=time,
        coin=coin,
        funding=funding,
        open_interest=interest,
        prev_day_px=1.0,
        day_ntl_vlm=None,
        premium=None,
        oracle_px=oracle,
        mark_px=mark,
        mid_px=None,
        impact_bid_px=None,
        impact_ask_px=None,
    )


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
                is_unknown = value is None or (value == 0.0 and (column is found.mark or column is found.oracle))
                assert math.isnan(column[time, place]) if is_unknown else column[time, place] == value
    assert found.row_at(START_MS - 60_000) is None
    assert found.row_at(START_MS + 60_000 * 2_000) is None


def test_size_decimals_are_those_most_figures_show() -> None:
    interest = [100.25, 100.5, 100.0, 99.75, 8272576.5729350001]
    found = read_contexts(print_asset_contexts([row(i, "X", 1.0, 1.0, v, 0.0) for i, v in enumerate(interest)]), "day")
    assert found.size_decimals.tolist() == [2]


def test_a_minute_listed_twice_keeps_its_last_row() -> None:
    found = read_contexts(print_asset_contexts([row(3, "X", value, 1.0, 1.0, 0.0) for value in (1.0, 2.0)]), "day")
    assert found.mark.tolist() == [[2.0]]


def test_a_header_without_a_needed_column_is_refused() -> None:
    content = print_asset_contexts([row(0, "X", 7.5, 1.0, 2.0, 0.0)])
    with pytest.raises(RemoteWireError, match="day: header lacks mark_px"):
        read_contexts(content.replace(b"mark_px", b"mark"), "day")


HEADER = print_asset_contexts([]).strip()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ((b",7.5", b",seven"), r"day:4: mark_px: 'seven' is not a number"),
        ((b",7.5", b",NaN"), r"day:4: mark_px: nan is not a finite number"),
        ((b",7.5", b",-inf"), "is not a finite number"),
        ((b",7.5", b",1e30"), "is beyond 1e"),
        ((b",7.5", b",-7.5"), "day:4: mark_px: '-7.5' must be 0 or more"),
        ((b",2.0,", b",-2.0,"), "day:4: open_interest: '-2.0' must be 0 or more"),
        ((b",7.5", b",7.5,8"), "has 13 cells, not 12"),
        ((b"2025-10-27T00:01", b"someday"), "is not an ISO 8601 time"),
        ((b"BAD", b"B\xff D"), "must be 1 to 64 printable characters"),
        ((b"BAD", b""), "must be 1 to 64 printable characters"),
        ((b"7.5", b'"7.5'), "has 9 cells, not 12"),
    ],
)
def test_a_bad_row_is_left_out_and_said_and_the_others_count(change: tuple[bytes, bytes], rule: str) -> None:
    rows = [row(0, "GOOD", 5.0, 1.0, 2.0, 0.0), row(1, "GOOD", 6.0, 1.0, 2.0, 0.0), row(1, "BAD", 7.5, 1.0, 2.0, 0.0)]
    lines = print_asset_contexts([*rows, row(2, "GOOD", 7.0, 1.0, 2.0, 0.0)]).splitlines()
    lines[3] = lines[3].replace(*change)
    found = read_contexts(b"\n".join(lines), "day")
    assert found.coins == ("GOOD",)
    assert found.mark[:, 0].tolist() == [5.0, 6.0, 7.0]
    left = found.left_out
    assert left is not None
    assert (left.count, left.from_ms, left.to_ms) == (1, START_MS + 60_000, START_MS + 60_000)
    assert re.search(rule, left.first)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=12))
def test_headers_repeated_anywhere_cost_nothing_but_themselves(rows: list[tuple[int, bool]]) -> None:
    """As where the pieces of a day were put together."""
    lines, good = [HEADER], []
    for minute, is_header in rows:
        made = row(minute, "X", float(minute), 1.0, 2.0, 0.0)
        good += [] if is_header else [made]
        lines.append(HEADER if is_header else print_asset_contexts([made], has_header=False).strip())
    found = read_contexts(b"\n".join(lines) + b"\n", "day")
    expected = read_contexts(print_asset_contexts(good), "day")
    assert found.time_ms.tolist() == expected.time_ms.tolist()
    assert found.mark.tobytes() == expected.mark.tobytes()
    assert (0 if found.left_out is None else found.left_out.count) == len(rows) - len(good)


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


def test_a_mid_of_zero_is_a_book_nobody_quotes_and_a_bad_one_costs_nothing_else_of_its_row() -> None:
    rows = [replace(row(minute, "X", 2.0, 3.0, 1.0, 0.0), mid_px=mid) for minute, mid in enumerate((2.5, 0.0, None))]
    lines = print_asset_contexts(rows)
    assert [None if math.isnan(mid) else mid for mid in read_contexts(lines, "day").mid[:, 0]] == [2.5, None, None]
    for damaged in (lines.replace(b"2.5", b"oops"), lines.replace(b"2.5", b"oops").replace(b",X,", b',"X",')):
        found = read_contexts(damaged, "day")
        assert np.isnan(found.mid).all()
        assert found.mark[:, 0].tolist() == [2.0] * 3
        assert found.left_out is None
