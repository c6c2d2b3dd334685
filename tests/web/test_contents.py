"""Answers are made and compressed once a frame, each coding under its tag; a page of a frame that is gone is 410."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from api_paths import QUESTIONS, SIMULATED, asked
from litestar.testing import TestClient
from memory_history import MemoryHistory
from small_market import SmallMarket, address

from liqscape.heatmap.moment import Moment
from liqscape.service.hub import Hub
from liqscape.service.live import LiveState
from liqscape.service.paging import Lists
from liqscape.service.view import MapView
from liqscape.web.app import create_app
from liqscape.web.contents import Content, KeptContents

BASE = "http://127.0.0.1:8417"
SPAN = "/api/v1/coins/BTC/positions?price_low=1&price_high=1000000"
PATHS = (
    *(asked(path) for path in (*QUESTIONS, *SIMULATED)),
    "/api/v1/coins/BTC/frame?mode=joint",
    "/api/v1/coins/BTC/heatmap?width=20&height=40&format=json",
)


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_is_the_same_in_both_codings_under_two_tags(client: TestClient, path: str) -> None:
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    packed = client.get(path, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    for first, coding in ((plain, "identity"), (packed, "gzip")):
        headers = {"Accept-Encoding": coding, "If-None-Match": first.headers["etag"]}
        again = client.get(path, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert "content-encoding" not in again.headers
    head = client.head(path, headers={"Accept-Encoding": "gzip"})
    assert (head.status_code, head.content, head.headers["content-encoding"]) == (200, b"", "gzip")


@pytest.mark.parametrize("path", ["/api/v1/status", "/api/v1/coins/BTC/frame", "/api/v1/joint"])
def test_no_coding_that_is_there_is_a_problem(client: TestClient, path: str) -> None:
    refused = client.get(path, headers={"Accept-Encoding": "br, identity;q=0"})
    assert (refused.status_code, refused.json()["type"]) == (406, "urn:liqscape:problem:no-such-coding")
    taken = client.get(path, headers={"Accept-Encoding": "gzip, identity;q=0"})
    assert taken.headers["content-encoding"] == "gzip"


def test_what_many_ask_at_once_is_made_and_compressed_once() -> None:
    kept, made, begun = KeptContents(), [], threading.Event()

    def make() -> Content:
        made.append(1)
        assert begun.wait(5)
        return Content(b"x" * 5_000)

    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(kept.find, "question", make) for _ in range(8)]
        begun.set()
        contents = {id(each.result()) for each in found}
        packed = {id(each.result(5)) for each in [pool.submit(found[0].result().packed) for _ in range(8)]}
    assert (len(made), len(contents), len(packed)) == (1, 1, 1)
    assert gzip.decompress(found[0].result().packed()) == b"x" * 5_000


def test_kept_answers_are_bounded_and_failures_are_not_kept() -> None:
    kept = KeptContents(max_bytes=3_500)
    first = kept.find(0, lambda: Content(b"0" * 1_000))
    for number in (1, 2):
        kept.find(number, lambda: Content(b"1" * 1_000))
    assert kept.find(0, lambda: Content(b"new")) is first
    kept.find(3, lambda: Content(b"3" * 1_000))
    assert kept.find(0, lambda: Content(b"new")) is first
    assert kept.find(1, lambda: Content(b"new")).body == b"new"

    def fail() -> Content:
        raise KeyError

    with pytest.raises(KeyError):
        kept.find("bad", fail)
    assert kept.find("bad", lambda: Content(b"good")).body == b"good"


@pytest.fixture
def moving(market: SmallMarket) -> Iterator[tuple[TestClient, LiveState, MapView]]:
    live = LiveState(sequence=100)
    live.publish(Moment(frame=market.frames[-1], accounts=market.accounts[-1], tables=market.tables, is_stored=True))
    view = MapView(MemoryHistory(market), live)
    with TestClient(create_app(view, Hub(view)), base_url=BASE) as client:
        yield client, live, view


@pytest.mark.parametrize(
    ("question", "path", "rows"),
    [("clusters", "/api/v1/coins/BTC/clusters", "clusters"), ("board", "/api/v1/board", "rows")],
)
def test_an_answer_is_made_once_a_frame(
    market: SmallMarket,
    moving: tuple[TestClient, LiveState, MapView],
    monkeypatch: pytest.MonkeyPatch,
    question: str,
    path: str,
    rows: str,
) -> None:
    client, live, view = moving
    asked, ask = [], getattr(view, question)
    monkeypatch.setattr(view, question, lambda *args, **named: asked.append(args) or ask(*args, **named))
    first = [client.get(path).json() for _ in range(4)]
    assert len(asked) == 1
    assert client.get(f"{path}?limit=1").json()[rows] == first[0][rows][:1]
    assert len(asked) == 2
    frame = market.frames[-1]
    newer = replace(frame, snapshot=replace(frame.snapshot, time_ms=frame.time_ms + 3_000))
    client.blocking_portal.call(
        lambda: live.publish(Moment(frame=newer, accounts=market.accounts[-1], tables=market.tables, is_stored=False))
    )
    assert client.get(path).json()["as_of_ms"] == first[0]["as_of_ms"] + 3_000
    assert len(asked) == 3


@pytest.mark.parametrize(("path", "rows", "limit"), [(f"{SPAN}&", "positions", 5), ("/api/v1/board?", "rows", 1)])
def test_pages_go_on_in_their_frame_and_say_when_it_is_gone(
    market: SmallMarket, moving: tuple[TestClient, LiveState, MapView], path: str, rows: str, limit: int
) -> None:
    client, live, view = moving
    whole = client.get(path).json()
    page = client.get(f"{path}limit={limit}").json()
    assert whole["next_cursor"] is None
    frame = market.frames[0]
    newer = replace(frame, snapshot=replace(frame.snapshot, time_ms=market.frames[-1].time_ms + 3_000))
    client.blocking_portal.call(
        lambda: live.publish(Moment(frame=newer, accounts=market.accounts[0], tables=market.tables, is_stored=False))
    )
    following = client.get(f"{path}limit={limit}&cursor={page['next_cursor']}").json()
    assert [*page[rows], *following[rows]] == whole[rows][: 2 * limit]
    assert following["as_of_ms"] == whole["as_of_ms"]
    view._lists = Lists()
    gone = client.get(f"{path}limit={limit + 1}&cursor={page['next_cursor']}")  # not one that was answered before
    assert (gone.status_code, gone.json()["type"]) == (410, "urn:liqscape:problem:frame-gone")
    assert "ask for the first page again" in gone.json()["detail"]


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("limit=0", 400, "limit"),
        ("limit=10001", 400, "limit"),
        ("limit=abc", 400, "limit"),
        ("cursor=", 400, "cursor"),
        ("cursor=abc", 400, "cursor 'abc' is none that this map gave"),
        ("cursor=" + "A" * 201, 400, "cursor"),
    ],
)
def test_a_page_out_of_bounds_is_a_problem(client: TestClient, query: str, status: int, said: str) -> None:
    for path in (SPAN, "/api/v1/coins", "/api/v1/coins/BTC/clusters", f"/api/v1/accounts/{address(3)}"):
        answer = client.get(f"{path}{'&' if '?' in path else '?'}{query}")
        assert answer.status_code == status
        assert said in answer.json()["detail"]
