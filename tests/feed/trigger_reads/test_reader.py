"""Reading trigger orders keeps to its share of the weight and leaves a server alone that refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from watched import NOW, watch

from liqscape.errors import FeedError, RequestFailed
from liqscape.feed.trigger_reads.reader import (
    FREE_PACE_S,
    IDLE_S,
    MAX_REFUSALS,
    PRIORITY,
    REFUSED_S,
    WEIGHT,
    TriggerReader,
)
from liqscape.ledger import WatchColumns
from liqscape.steps import Steps
from liqscape.wire.info.frontend_open_orders import FrontendOpenOrdersRequest

HOLDERS = 40


class Server:
    """Answers every question at once, or fails; notes who was asked about, by a clock of its own."""

    def __init__(self) -> None:
        self.asked: list[FrontendOpenOrdersRequest] = []
        self.said: list[bytes] = []
        self.now_s = 0.0
        self.fault: FeedError | None = None

    async def ask(self, request: FrontendOpenOrdersRequest, priority: int) -> bytes:
        assert priority == PRIORITY
        self.asked.append(request)
        if self.fault is not None:
            raise self.fault
        return b"[]"


def reader(server: Server, allowed: float | None, columns: WatchColumns | None = None) -> TriggerReader:
    everybody = columns or watch(*((1e6 - row, 0.01, -1) for row in range(HOLDERS)))

    def look() -> Steps[WatchColumns]:
        yield None
        return everybody

    return TriggerReader(
        server.ask,
        lambda _, content: server.said.append(content),
        watch=look,
        now_ms=lambda: NOW + round(server.now_s * 1_000.0),
        allowed=lambda: allowed,
        seconds=lambda: server.now_s,
    )


def run(server: Server, made: TriggerReader, until: Callable[[], bool]) -> None:
    async def steps() -> None:
        while not until():
            server.now_s += await made.step()

    asyncio.run(steps())


@pytest.mark.parametrize("allowed", [120.0, 40.0, 1_200.0])
def test_a_minute_weighs_the_share_and_no_more(allowed: float) -> None:
    server = Server()
    made = reader(server, allowed)
    run(server, made, lambda: server.now_s >= 59.9)
    assert len(server.asked) * WEIGHT <= allowed + WEIGHT
    assert len(server.asked) == min(HOLDERS, int(allowed / WEIGHT))
    assert made.figures().allowed == allowed


def test_answers_are_handed_on_and_counted() -> None:
    server = Server()
    made = reader(server, 120.0)
    run(server, made, lambda: len(server.asked) == 3)
    figures = made.figures()
    assert (figures.asked, figures.answered, figures.failed, figures.accounts) == (3, 3, 0, 3)
    assert server.said == [b"[]"] * 3
    assert [int(request.user, 16) for request in server.asked] == [0, 1, 2]


def test_without_weight_nothing_is_asked() -> None:
    server = Server()
    assert asyncio.run(reader(server, 0.0).step()) == IDLE_S
    assert not server.asked


def test_a_server_without_limits_is_asked_faster() -> None:
    assert asyncio.run(reader(Server(), None).step()) == pytest.approx(FREE_PACE_S)


def test_a_server_that_refuses_is_left_alone_and_asked_again_later() -> None:
    server = Server()
    server.fault = RequestFailed("no such question", url="x", status=422)
    made = reader(server, 1_200.0)
    waits = [asyncio.run(made.step()) for _ in range(MAX_REFUSALS)]
    assert waits[-1] == REFUSED_S
    assert made.trouble == "no such question"
    server.fault = None
    server.now_s += REFUSED_S
    asyncio.run(made.step())
    assert made.trouble is None
    assert made.figures().failed == MAX_REFUSALS


def test_where_nobody_is_to_be_asked_it_waits() -> None:
    assert asyncio.run(reader(Server(), 120.0, watch()).step()) == IDLE_S
