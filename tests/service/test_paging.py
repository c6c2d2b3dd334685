"""Lists in pages: joined they are the list of one frame, whatever comes meanwhile, or it is said that it is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from amounts import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_history import MemoryHistory
from small_market import START_MS, SmallMarket, address
from stored_moments import moment_of

from liqscape.errors import FrameGone, QuestionError
from liqscape.heatmap.moment import Moment
from liqscape.model import Accounts
from liqscape.service.answers.positions import PositionAnswer, PositionsAnswer
from liqscape.service.live import LiveState
from liqscape.service.paging import FrameId, Lists, Page, WholeAnswer
from liqscape.service.view import MapView

SPAN = {"price_low": 1.0, "price_high": 1e6}


@pytest.fixture
def live_view(market: SmallMarket) -> tuple[MapView, LiveState]:
    live = LiveState(sequence=100)
    live.publish(Moment(frame=market.frames[-1], accounts=market.accounts[-1], tables=market.tables, is_stored=False))
    return MapView(MemoryHistory(market), live), live


def step(live: LiveState, market: SmallMarket, number: int) -> None:
    """A newer frame, in which other accounts stand."""
    frame, accounts = market.frames[number % len(market.frames)], market.accounts[number % len(market.frames)]
    time_ms = market.frames[-1].time_ms + 3_000 * (number + 1)
    live.publish(
        Moment(
            frame=replace(frame, snapshot=replace(frame.snapshot, time_ms=time_ms)),
            accounts=accounts,
            tables=market.tables,
            is_stored=False,
        )
    )


LISTS: dict[str, tuple[Callable[[MapView, Page], Any], str]] = {
    "positions": (lambda view, page: view.positions("BTC", **SPAN, page=page), "positions"),
    "past positions": (lambda view, page: view.positions("ETH", **SPAN, at_ms=START_MS, page=page), "positions"),
    "coins": (lambda view, page: view.coins(page), "coins"),
    "board": (lambda view, page: view.board(page), "rows"),
    "clusters": (lambda view, page: view.clusters("BTC", page=page), "clusters"),
    "bands": (lambda view, page: view.frame("ETH", level=1, page=page), "bands"),
    "pools": (lambda view, page: view.account(address(5), page=page), "pools"),
}


def rows_of(answer: Any, name: str) -> list[Any]:
    listed = getattr(answer, name)
    if name != "bands":
        return list(listed)
    columns = [column for column in msgspec.structs.astuple(listed) if column is not None]
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize("name", LISTS)
@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limits=st.lists(st.integers(1, 30), min_size=1, max_size=8))
def test_pages_joined_are_the_list_though_newer_frames_come(
    market: SmallMarket, live_view: tuple[MapView, LiveState], name: str, limits: list[int]
) -> None:
    (view, live), (ask, field) = live_view, LISTS[name]
    whole = ask(view, Page())
    assert whole.next_cursor is None
    wanted, found, cursor, number = rows_of(whole, field), [], None, 0
    while True:
        page = ask(view, Page(limits[number % len(limits)], cursor))
        rows = rows_of(page, field)
        assert len(rows) == min(limits[number % len(limits)], len(wanted) - len(found))
        assert page.as_of_ms == whole.as_of_ms
        found += rows
        cursor, number = page.next_cursor, number + 1
        if cursor is None:
            break
        step(live, market, number)
    assert found == wanted
    counts = {
        "coins": "coin_count",
        "rows": "row_count",
        "clusters": "cluster_count",
        "bands": "band_count",
        "pools": "pool_count",
    }
    if field in counts:
        assert getattr(page, counts[field]) == getattr(whole, counts[field]) == len(wanted)
    else:
        assert page.totals == whole.totals
        assert page.totals.position_count == len(wanted)


def slow_positions(answer: PositionsAnswer) -> list[PositionAnswer]:
    """The order by a full sort."""
    return sorted(answer.positions, key=lambda row: (-row.notional, row.address))


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 80), sizes=st.lists(st.sampled_from([1.0, 2.0, 3.0]), min_size=3, max_size=3))
def test_largest_come_first_and_equal_ones_by_address(market: SmallMarket, limit: int, sizes: list[float]) -> None:
    accounts, frame = market.accounts[0], market.frames[0]
    size = accounts.size.copy()
    for coin, number in enumerate(sizes):  # many of one size
        rows = accounts.market_index == coin
        size[rows] = (size[rows] > 0) * 2 - 1.0
        size[rows] *= number
    changed: Accounts = replace(accounts, size=size)
    view = MapView(None, LiveState.of_moment(moment_of(frame, changed, market.tables)))
    whole = view.positions("BTC", **SPAN)
    assert list(whole.positions) == slow_positions(whole)
    assert view.positions("BTC", **SPAN, page=Page(limit)).positions == whole.positions[:limit]


def test_a_frame_that_is_kept_no_more_is_said_to_be_gone(
    market: SmallMarket, live_view: tuple[MapView, LiveState]
) -> None:
    view, live = live_view
    view._lists = Lists(max_bytes=0)
    cursor = view.positions("BTC", **SPAN, page=Page(3)).next_cursor
    assert cursor is not None
    assert len(view.positions("BTC", **SPAN, page=Page(3, cursor)).positions) == 3  # it is still the newest
    step(live, market, 1)
    with pytest.raises(FrameGone, match=f"of {market.frames[-1].time_ms}, is gone: ask for the first page again"):
        view.positions("BTC", **SPAN, page=Page(3, cursor))
    past = view.positions("BTC", **SPAN, at_ms=START_MS, page=Page(3)).next_cursor
    assert len(view.positions("BTC", **SPAN, at_ms=START_MS, page=Page(3, past)).positions) == 3  # solved again


@pytest.mark.parametrize(
    ("cursor", "said"),
    [
        ("", "cursor '' is none that this map gave"),
        ("nonsense", "is none that this map gave"),
        ("ü", "is none that this map gave"),
        ("A" * 201, "is none that this map gave"),
        ("lQLEAAAA", "is none that this map gave"),
    ],
)
def test_a_cursor_that_is_none_is_refused(live_view: tuple[MapView, LiveState], cursor: str, said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        live_view[0].positions("BTC", **SPAN, page=Page(3, cursor))


def test_a_cursor_of_another_question_and_a_limit_out_of_bounds_are_refused(
    live_view: tuple[MapView, LiveState],
) -> None:
    view, _ = live_view
    cursor = view.positions("BTC", **SPAN, page=Page(3)).next_cursor
    for other in ({"side": 1}, {"at_ms": START_MS}, {"price_low": 2.0}):
        with pytest.raises(QuestionError, match="cursor belongs to another question"):
            view.positions("BTC", **{**SPAN, **other}, page=Page(3, cursor))
    with pytest.raises(QuestionError, match="cursor belongs to another question"):
        view.positions("ETH", **SPAN, page=Page(3, cursor))
    with pytest.raises(QuestionError, match="limit 0 is less than 1"):
        view.coins(Page(0))


@given(text=st.text(max_size=80))
def test_no_text_is_more_than_refused(text: str) -> None:
    with pytest.raises(QuestionError):
        Lists().cut("q", Page(1, text), FrameId(1, 2), lambda: WholeAnswer([1, 2], 2))


def test_kept_lists_are_bounded_together_and_the_oldest_go_first() -> None:
    lists = Lists(max_bytes=10_000)  # 20 rows of 500 bytes
    makes: list[int] = []

    def ask(question: int, cursor: str | None = None, sequence: int = 1) -> str | None:
        def make() -> WholeAnswer[list[int]]:
            makes.append(question)
            return WholeAnswer(list(range(8)), 8)

        return lists.cut(question, Page(3, cursor), FrameId(sequence, 5), make)[1].next_cursor

    cursors = [ask(number) for number in range(3)]
    assert makes == [0, 1, 2]
    with pytest.raises(FrameGone):
        ask(0, cursors[0], sequence=2)
    for number in (1, 2):
        assert ask(number, cursors[number], sequence=2) is not None
    assert makes == [0, 1, 2]
