"""Asking the exchange's time where nothing tells it, and whether it answers where nothing else shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from virtual_time import now_s, run_virtually

from liqscape.errors import RequestFailed
from liqscape.feed.records import RecordKind
from liqscape.service.collecting.asking_time import (
    DEADLINE_SECONDS,
    LOOK_SECONDS,
    SILENT_SECONDS,
    ask_time,
    never_silent,
    time_row,
)
from liqscape.sources.live.clock import MAX_STRETCH_MS, VenueClock
from liqscape.wire.info.exchange_status import ExchangeStatusRequest

SECOND_NS = 1_000_000_000


class Server:
    """Answers, fails or hangs; counts what it was asked."""

    def __init__(self, how: str = "answers") -> None:
        self.how = how
        self.asked_s: list[float] = []
        self.unanswered_since_s: float | None = None

    @property
    def unanswered_s(self) -> float:
        return 0.0 if self.unanswered_since_s is None else now_s() - self.unanswered_since_s

    async def ask(self, request: ExchangeStatusRequest, *, priority: int) -> bytes:
        assert (request, priority) == (ExchangeStatusRequest(), 0)
        self.asked_s.append(now_s())
        if self.how == "hangs":
            await asyncio.sleep(1e6)
        if self.how == "fails":
            raise RequestFailed("no", url="x", status=500)
        self.unanswered_since_s = None
        return b'{"time":1}'


class Asked:
    """What came of it within so many seconds."""

    def __init__(self, server: Server, silent_s: Callable[[float], float], seconds: float) -> None:
        self.records: list[tuple[RecordKind, str, bytes]] = []
        self.answers = 0
        run_virtually(self._run(server, silent_s, seconds))

    async def _run(self, server: Server, silent_s: Callable[[float], float], seconds: float) -> None:
        stop = asyncio.Event()

        def say(*record: object) -> None:
            self.records.append(record)  # type: ignore[arg-type]

        def answered() -> None:
            self.answers += 1

        task = asyncio.create_task(ask_time(stop, server, say, lambda: silent_s(now_s()), answered))  # type: ignore[arg-type]
        await asyncio.sleep(seconds)
        assert not task.done()
        stop.set()
        await task


def test_while_prints_tell_the_time_nothing_is_asked() -> None:
    server = Server()
    asked = Asked(server, lambda _: 1.0, 60.0)
    assert (server.asked_s, asked.records) == ([], [])


def test_in_silence_the_time_is_asked_often_enough_never_to_be_held() -> None:
    server = Server()
    asked = Asked(server, lambda at_s: at_s - max([0.0, *server.asked_s]), 60.0)
    gaps = [after - before for before, after in zip([0.0, *server.asked_s], server.asked_s, strict=False)]
    assert max(gaps) <= SILENT_SECONDS + LOOK_SECONDS < MAX_STRETCH_MS / 1_000
    assert len(server.asked_s) <= 60 / SILENT_SECONDS  # 30 of weight a minute at most
    assert asked.records == [(RecordKind.ANSWER, '{"type":"exchangeStatus"}', b'{"time":1}')] * len(server.asked_s)


@pytest.mark.parametrize("how", ["fails", "hangs"])
def test_a_server_that_is_back_is_noticed_within_ten_seconds(how: str) -> None:
    """Whoever waits out failures alone may wait minutes; the map would be called stale all that time."""
    server = Server(how)
    server.unanswered_since_s = -90.0
    back_s, noticed = 300.0, []

    def silent_s(at_s: float) -> float:
        if at_s >= back_s:
            server.how = "answers"
        if server.unanswered_since_s is None:
            noticed.append(at_s)
        return 0.0

    asked = Asked(server, silent_s, 320.0)
    assert noticed[0] - back_s <= DEADLINE_SECONDS + 2 * LOOK_SECONDS < 10.0
    assert asked.answers == 1


def test_a_server_whose_time_is_not_wanted_is_asked_only_whether_it_is_there() -> None:
    server = Server()
    assert Asked(server, lambda _: never_silent(), 60.0).answers == 0
    server.unanswered_since_s = -5.0
    assert Asked(server, lambda _: never_silent(), 60.0).answers == 1


def test_the_row_says_for_how_long_no_time_was_told() -> None:
    clock = VenueClock()
    assert (time_row(clock, 0).state, time_row(clock, 0).last_message_ms) == ("stale", None)
    clock.stamp(1_000, 0, "status")
    assert time_row(clock, 0).trouble == "not agreed on"
    clock.stamp(1_001, SECOND_NS, "prints")
    row = time_row(clock, 2 * SECOND_NS)
    assert (row.state, row.last_message_ms, row.messages, row.trouble) == ("connected", 1_000, 2, None)
    row = time_row(clock, 31 * SECOND_NS)
    assert (row.state, row.last_message_ms, row.trouble) == ("stale", 1_000, "no time told for 30 s")
