"""Whom a stored map goes on with: asked with longer waits each time, refused where it is another exchange."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import threading
from collections.abc import Callable

import pytest
from info_server import serving
from live_records import Speaker
from small_sandbox import eventful_sandbox
from virtual_time import now_s, run_virtually

from liqscape.errors import LiqscapeError, RateLimited, RemoteWireError, RequestFailed
from liqscape.feed.limiter import WeightLimiter
from liqscape.feed.probe import Probe
from liqscape.feed.records import Record
from liqscape.model.markets import Market, Markets
from liqscape.service.collecting.connecting import (
    FIRST_WAIT_S,
    MAX_WAIT_S,
    Connecting,
    Found,
    ask_server,
    why_refused,
)
from liqscape.service.collecting.core import LiveCore, Start
from liqscape.service.collecting.settings import LiveSettings, network_at
from liqscape.service.collecting.waiting import WaitingSources, said_if_long

START = Start(kind="sandbox", name="test", is_simulated=True, note="", dexs=None)
NETWORK = network_at("test", "http://x")
LISTING = tuple(Speaker(eventful_sandbox()).listing())


def listed() -> Markets:
    core = LiveCore(START)
    for record in LISTING:
        core.feed(record)
    return core.assembler.markets.markets


def found(records: tuple[Record, ...] = LISTING, *, is_simulated: bool = True, world: str = "") -> Found:
    return Found(Probe(is_simulated, world), records)


def refusal(reported: Found, held: Markets, world: str = "") -> str | None:
    return why_refused(reported, START, held, world, "http://x")


def test_the_same_exchange_is_taken_with_coins_it_did_not_have_and_coins_it_has_no_more() -> None:
    markets = listed()
    assert refusal(found(), markets) is None
    assert refusal(found(), Markets.build(markets.rows[:1])) is None
    gone = Market(coin="GONE", size_decimals=2, max_leverage=5, table_row=0)
    assert refusal(found(), Markets.build([*markets.rows, gone])) is None
    assert refusal(found(world="seed 1"), markets, "seed 1") is None
    assert refusal(found(world="seed 1"), markets) is None, "an earlier version did not note which it was"


def test_an_exchange_that_is_none_of_the_stored_one_is_refused_in_a_sentence() -> None:
    markets = listed()
    others = Markets.build(
        Market(coin=f"X{row}", size_decimals=each.size_decimals, max_leverage=5, table_row=0)
        for row, each in enumerate(markets.rows)
    )
    finer = Markets.build(
        Market(coin=each.coin, size_decimals=each.size_decimals + 1, max_leverage=5, table_row=0)
        for each in markets.rows
    )
    cases = {
        "is an exchange now, and this map is of a sandbox": (found(is_simulated=False), markets, ""),
        "is the sandbox of seed 2 now": (found(world="seed 2"), markets, "seed 1"),
        f"lists 0 of the {len(markets)} coins": (found(), others, ""),
        f" 0 of the {len(markets)} coins that are stored with their size decimals": (found(), finer, ""),
        "tells no market that can be read": (found(LISTING[:1]), markets, ""),
    }
    for words, (reported, held, world) in cases.items():
        said = refusal(reported, held, world)
        assert said is not None
        assert words in said


def waiting() -> WaitingSources:
    core = LiveCore(START)
    frame = [moment for record in LISTING for moment in core.feed(record).moments][-1].frame
    return WaitingSources(NETWORK, frame, lambda: (frame.time_ms + 60_000) * 1_000_000)


def connect(
    answers: list[Found | LiqscapeError], refuses: Callable[[Found], str | None] = lambda _: None
) -> tuple[Found | None, list[float], WaitingSources]:
    """What was found, when each try was made, how it stood at the end. After the last answer it is time to stop."""
    asked: list[float] = []
    stands = waiting()

    async def run() -> Found | None:
        stop = asyncio.Event()

        async def ask() -> Found:
            asked.append(now_s())
            if len(asked) > len(answers):
                stop.set()
                await asyncio.sleep(3_600.0)
            answer = answers[len(asked) - 1]
            if isinstance(answer, LiqscapeError):
                raise answer
            return answer

        async def look(reported: Found) -> str | None:
            return refuses(reported)

        return await Connecting(ask, look, stands, random.Random(3)).run(stop)

    return run_virtually(run()), asked, stands


def test_it_is_asked_again_with_longer_waits_until_it_answers(caplog: pytest.LogCaptureFixture) -> None:
    failures: list[Found | LiqscapeError] = [RequestFailed("http://x cannot be reached: Connection refused")] * 12
    with caplog.at_level(logging.WARNING, "liqscape.live"):
        reported, asked, stands = connect([*failures, found()])
    assert reported == found()
    waits = [after - before for before, after in itertools.pairwise(asked)]
    assert all(FIRST_WAIT_S <= wait <= FIRST_WAIT_S + MAX_WAIT_S for wait in waits)
    assert max(waits[6:]) > 4.0 > max(waits[:2])
    assert stands.trouble == "http://x cannot be reached: Connection refused"
    assert stands.trouble in [row.trouble for row in stands.rows()]
    assert len(caplog.records) == 1, "the same is said once"
    assert "60 s old" in caplog.text


@pytest.mark.parametrize(
    "failure", [RateLimited("HTTP 429"), RemoteWireError("perpDexs: no list"), RequestFailed("HTTP 500")]
)
def test_whatever_goes_wrong_is_tried_again(failure: LiqscapeError) -> None:
    reported, asked, stands = connect([failure, found()])
    assert (reported, len(asked)) == (found(), 2)
    assert stands.trouble == str(failure)


def test_one_that_is_refused_is_asked_again_and_says_why() -> None:
    answers: list[Found | LiqscapeError] = [found(world="other"), found()]
    reported, _, stands = connect(answers, lambda each: "another" if each.probe.world else None)
    assert reported == found()
    assert stands.trouble == "another"


def test_stopping_does_not_wait_for_a_server_that_does_not_answer() -> None:
    reported, asked, _ = connect([RequestFailed("no answer")])
    assert reported is None
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("kind", "body"), [("perpDexs", b"{}"), ("metaAndAssetCtxs", b"[1, 2]"), ("perpDexs", b"<html>")]
)
def test_rubbish_of_a_real_server_is_an_error_or_refused(kind: str, body: bytes) -> None:
    with serving(eventful_sandbox()) as server:
        server.replaced[kind] = body
        settings = LiveSettings(network=network_at("test", server.url), data=None)  # type: ignore[arg-type]
        try:
            reported = asyncio.run(ask_server(settings, WeightLimiter(), lambda: 1, attempts=1))
        except LiqscapeError:
            return
        start = Start(kind="api", name="test", is_simulated=False, note="", dexs=None)
        assert why_refused(reported, start, listed(), "", server.url) is not None


class Heard(logging.Handler):
    """Messages, and a sign that there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []
        self.has_some = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())
        self.has_some.set()


def test_what_takes_long_is_said_once() -> None:
    heard, log = Heard(), logging.getLogger("liqscape.live")
    log.addHandler(heard)
    try:
        with said_if_long("the moon", seconds=0.0):
            assert heard.has_some.wait(30.0)
        with said_if_long("nothing", seconds=3_600.0):
            pass
    finally:
        log.removeHandler(heard)
    assert heard.messages == ["start: waiting for the moon"]
