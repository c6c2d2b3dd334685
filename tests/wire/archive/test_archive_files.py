"""Archive files: where they stand, LZ4 frames, lines of books, rows of contexts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import RemoteWireError
from liqscape.wire.archive.asset_contexts import COLUMNS, parse_asset_contexts, print_asset_contexts
from liqscape.wire.archive.frame import pack_frame, unpack_frame
from liqscape.wire.archive.l2_book import parse_archived_books
from liqscape.wire.archive.paths import archived_hourly_path, asset_contexts_path, hourly_path, l2_book_path

TIME_MS = 1_761_584_399_797
"""2025-10-27T16:59:59.797."""


def test_files_stand_where_the_exchange_puts_them() -> None:
    assert hourly_path("node_fills_by_block", TIME_MS) == "node_fills_by_block/hourly/20251027/16"
    assert archived_hourly_path("node_fills_by_block", TIME_MS) == "node_fills_by_block/hourly/20251027/16.lz4"
    assert l2_book_path("kPEPE", TIME_MS) == "market_data/20251027/16/l2Book/kPEPE.lz4"
    assert asset_contexts_path(TIME_MS) == "asset_ctxs/20251027.csv.lz4"
    assert hourly_path("misc_events", TIME_MS + 8 * 3_600_000) == "misc_events/hourly/20251028/0"


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_frames_behind_one_another_are_one_content(parts: list[bytes]) -> None:
    assert unpack_frame(b"".join(pack_frame(part) for part in parts), "x") == b"".join(parts)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (pack_frame(b"abc" * 100)[:-6], "cut short"),
        (b"no frame at all", "no LZ4 frame"),
        (pack_frame(b"abc") + b"xyz", "no LZ4 frame|cut short"),
    ],
)
def test_a_damaged_frame_is_refused(content: bytes, rule: str) -> None:
    with pytest.raises(RemoteWireError, match=rule):
        unpack_frame(content, "x")


def test_a_book_is_found_inside_its_envelope() -> None:
    book = {"coin": "BTC", "time": 5, "levels": [[{"px": "1.0", "sz": "2.0", "n": 3}], []]}
    line = {"time": "2025-10-27T16:59:59.797563798", "ver_num": 1, "raw": {"channel": "l2Book", "data": book}}
    (read,) = parse_archived_books(json.dumps(line).encode() + b"\n\n", "x")
    assert (read.raw.data.coin, read.raw.data.levels[0][0].n) == ("BTC", 3)
    with pytest.raises(RemoteWireError, match="x:2: "):
        parse_archived_books(json.dumps(line).encode() + b"\n{}", "x")


def test_columns_are_found_by_their_header_and_empty_cells_are_unknown() -> None:
    content = b"coin,time,extra," + ",".join(COLUMNS[2:]).encode() + b"\nBTC,t,7,0.1,2,3,4,,6,7,8,9,10\n"
    (row,) = parse_asset_contexts(content, "x")
    assert (row.coin, row.time, row.funding, row.premium, row.impact_ask_px) == ("BTC", "t", 0.1, None, 10.0)
    assert parse_asset_contexts(print_asset_contexts([row]), "x") == (row,)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"time,coin\n", "header lacks funding, open_interest"),
        (b"\xff\xfe", "no CSV"),
        (",".join(COLUMNS).encode() + b"\nt,BTC,x,,,,,,,,,\n", "x:2: funding: 'x' is not a number"),
        (",".join(COLUMNS).encode() + b"\nt,BTC,nan,,,,,,,,,\n", "x:2: funding: nan is not a finite number"),
    ],
)
def test_bad_tables_are_refused_with_line_and_column(content: bytes, rule: str) -> None:
    with pytest.raises(RemoteWireError, match=rule):
        parse_asset_contexts(content, "x")
