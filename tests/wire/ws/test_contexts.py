"""One bad row of contexts costs its own market's figures and no other's."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from liqscape.errors import RemoteWireError
from liqscape.wire.info.meta import UNKNOWN_CONTEXT, parse_meta_and_asset_contexts
from liqscape.wire.ws.all_dexs_asset_ctxs import read_all_contexts

GOOD: dict[str, Any] = {"markPx": "10", "oraclePx": "11", "openInterest": "5", "funding": "0.1", "dayNtlVlm": "7"}
BAD: list[object] = [
    *({key: value for key, value in GOOD.items() if key != name} for name in ("markPx", "oraclePx", "openInterest")),
    *(GOOD | {name: value} for name in GOOD for value in ([], "x", "nan", "1e30")),
    *(GOOD | {name: None} for name in ("markPx", "oraclePx", "openInterest")),
    *(GOOD | {name: "-1"} for name in ("markPx", "oraclePx", "openInterest")),
    None,
    [],
    "nothing",
]
# A negative figure of a message was always taken for one that nobody quotes.
BAD_IN_MESSAGES = [row for row in BAD if not (isinstance(row, dict) and "-1" in row.values())]


def encoded(*ctxs: object) -> bytes:
    return msgspec.json.encode({"ctxs": ctxs})


@pytest.mark.parametrize("row", BAD_IN_MESSAGES, ids=str)
def test_marks_beside_a_bad_row_move(row: object) -> None:
    read, bad = read_all_contexts(encoded(["", [GOOD, row]], ["x", [GOOD]]), "socket 1")
    assert bad == 1
    ((first, rows), (second, others)) = read.ctxs
    assert (first, second) == ("", "x")
    assert (rows[0].markPx, others[0].markPx) == (10.0, 10.0)
    assert rows[1] is UNKNOWN_CONTEXT
    assert math.isnan(rows[1].markPx)


@pytest.mark.parametrize("pair", [None, ["x"], ["x", None], ["x", {}], [1, [GOOD]], {}], ids=str)
def test_a_dex_that_is_no_list_is_left_out(pair: object) -> None:
    read, bad = read_all_contexts(encoded(pair, ["", [GOOD]]), "socket 1")
    assert bad == 1
    assert [(dex, len(rows)) for dex, rows in read.ctxs] == [("", 1)]


@pytest.mark.parametrize("content", [b"{}", b"[]", b'{"ctxs": null}', b'{"ctxs": 3}', b"{"])
def test_a_message_without_contexts_is_refused(content: bytes) -> None:
    with pytest.raises(RemoteWireError, match="socket 1: "):
        read_all_contexts(content, "socket 1")


@pytest.mark.parametrize("row", BAD, ids=str)
def test_the_listing_stands_beside_a_bad_row_of_its_contexts(row: object) -> None:
    universe = [{"name": coin, "szDecimals": 1, "maxLeverage": 10, "marginTableId": 10} for coin in ("A", "B")]
    content = msgspec.json.encode([{"universe": universe, "marginTables": []}, [row, GOOD]])
    _, contexts = parse_meta_and_asset_contexts(content, "metaAndAssetCtxs")
    assert contexts[0] is UNKNOWN_CONTEXT
    assert contexts[1].markPx == 10.0
