"""Bodies with HTTP 200 that are no answers."""

from __future__ import annotations

import pytest

from liqscape.errors import RequestFailed
from liqscape.feed.answer_check import check_answer, count_items
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.candle_snapshot import CandleSnapshotRequest
from liqscape.wire.info.registry import find_request
from liqscape.wire.info.user_fills import UserFillsRequest


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("clearinghouseState", b""),
        ("clearinghouseState", b"<html>busy</html>"),
        ("clearinghouseState", b'{"time": 1'),
        ("clearinghouseState", b'[{"time": 1}, '),
        ("clearinghouseState", b"[1]]"),
        ("clearinghouseState", b'{"error": "busy"}'),
        ("clearinghouseState", b' {"status": "err", "response": "User or API Wallet does not exist."}'),
        ("clearinghouseState", b'"Invalid user"'),
        (None, b"Not found"),
        ("meta", b'{"\xff": 1}]'),
        ("meta", b"[" * 100_000),
        ("meta", b'{"a":' * 100_000),
        (None, b"[[" * 100_000),
    ],
)
def test_no_answer_is_never_taken_for_one(kind: str | None, body: bytes) -> None:
    with pytest.raises(RequestFailed, match="http://x"):
        check_answer(body, None if kind is None else find_request(kind), "http://x")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("vaultDetails", b"null"),
        ("userAbstraction", b'"unifiedAccount"'),
        ("orderStatus", b'{"status": "unknownOid"}'),
        ("exchangeStatus", b'{"time": 5, "specialStatuses": null}'),
        ("userFills", b"[]"),
        ("meta", b'{"error": null, "universe": []}'),
        (None, b'{"leaderboardRows": []}'),
    ],
)
def test_answers_pass(kind: str | None, body: bytes) -> None:
    check_answer(body, None if kind is None else find_request(kind), "http://x")


def test_items_are_counted_where_they_weigh() -> None:
    assert count_items(b"[1, {}, [2]]", UserFillsRequest) == 3
    assert count_items(b"[1, 2]", CandleSnapshotRequest) == 2
    assert count_items(b"[1, 2, 3]", BatchClearinghouseStatesRequest) == 0
    assert count_items(b"null", UserFillsRequest) == 0
    assert count_items(b"[1, ", UserFillsRequest) == 0


@pytest.mark.parametrize("body", [b"", b"[" * 100_000, b"[{" * 50_000, b'[{"\xff": 1}]', b"{}", b"[1, 2"])
def test_what_is_no_list_has_no_items(body: bytes) -> None:
    assert count_items(body, UserFillsRequest) in (0, 1)
