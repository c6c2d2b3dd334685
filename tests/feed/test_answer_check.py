"""Bodies with HTTP 200 that are no answers."""

from __future__ import annotations

import pytest

from liqscape.errors import RequestFailed
from liqscape.feed.answer_check import check_answer, count_items


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
        check_answer(body, kind, "http://x")


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
    check_answer(body, kind, "http://x")


def test_items_are_counted_where_they_weigh() -> None:
    assert count_items(b"[1, {}, [2]]", "userFills") == 3
    assert count_items(b"[1, 2]", "candleSnapshot") == 2
    assert count_items(b"[1, 2, 3]", "batchClearinghouseStates") == 0
    assert count_items(b"null", "userFills") == 0
    assert count_items(b"[1, ", "userFills") == 0


@pytest.mark.parametrize("body", [b"", b"[" * 100_000, b"[{" * 50_000, b'[{"\xff": 1}]', b"{}", b"[1, 2"])
def test_what_is_no_list_has_no_items(body: bytes) -> None:
    assert count_items(body, "userFills") in (0, 1)
