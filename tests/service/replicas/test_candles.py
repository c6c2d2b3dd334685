"""Candles of a collector on its replica: the same rows over a real NATS server, and none where it does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
import numpy as np
import pytest

from liqscape.errors import RemoteWireError
from liqscape.service.candles import CandleFeed, NearCandles
from liqscape.service.replicas import candles as asked
from liqscape.service.replicas.candles import (
    CandleAnswer,
    CandleQuestion,
    CollectorCandles,
    answer_candles,
    read_answer,
)
from liqscape.service.replicas.connection import Link, connected
from liqscape.service.replicas.settings import NatsSettings
from liqscape.units import MINUTE_MS

ROOM = 512 * 1024
PATH = np.array([[k * MINUTE_MS, 100.0 + k / 3.0, 101.0, 99.0, np.nan if k == 7 else 100.1] for k in range(3_000)])


class MinuteCandles:
    """A feed of one coin, `name` as told; what is asked for is written down."""

    name = "Testland, 1 minute"

    def __init__(self, volume: np.ndarray | None = None) -> None:
        self.volume = volume
        self.asked: list[tuple[str, int, int]] = []

    def read(self, coin: str, start_ms: int, end_ms: int) -> NearCandles | None:
        self.asked.append((coin, start_ms, end_ms))
        if coin != "BTC":
            return None
        first, last = np.searchsorted(PATH[:, 0], [start_ms, end_ms])
        volume = None if self.volume is None else self.volume[first:last]
        return NearCandles(PATH[first:last], MINUTE_MS, 0, volume)


def same(left: NearCandles | None, right: NearCandles | None) -> bool:
    if left is None or right is None:
        return left is right
    parts = [
        (near.rows.tobytes(), near.interval_ms, near.first_ms, None if near.volume is None else near.volume.tobytes())
        for near in (left, right)
    ]
    return parts[0] == parts[1]


async def serve(link: Link, settings: NatsSettings, feed: CandleFeed | None) -> None:
    async def answer(message: object) -> None:
        content = answer_candles(feed, message.data, link.chunk_bytes)  # type: ignore[attr-defined]
        await message.respond(content)  # type: ignore[attr-defined]

    await link.client.subscribe(settings.candles_subject, cb=answer)
    await link.client.flush()


def over_nats(
    settings: NatsSettings, use: Callable[[CollectorCandles, Link, Link], Awaitable[None]], candles: CollectorCandles
) -> None:
    async def run() -> None:
        async with connected(settings, "collector") as collector, connected(settings, "replica") as replica:
            candles.attach(replica)
            await use(candles, collector, replica)

    asyncio.run(run())


@pytest.mark.parametrize("volume", [None, np.arange(3_000) / 7.0], ids=["without volume", "with volume"])
def test_every_read_gives_the_collectors_rows_to_the_bit(settings: NatsSettings, volume: np.ndarray | None) -> None:
    feed = MinuteCandles(volume)
    spans = [(0, 3_000 * MINUTE_MS), (0, 1), (5 * MINUTE_MS, 9 * MINUTE_MS), (4_000 * MINUTE_MS, 4_001 * MINUTE_MS)]

    async def use(candles: CollectorCandles, collector: Link, _: Link) -> None:
        await serve(collector, settings, feed)
        for coin in ("BTC", "ETH"):
            for start, end in spans:
                near = await asyncio.to_thread(candles.read, coin, start, end)
                assert feed.asked[-1] == (coin, start, end)  # the collector keeps what its readers look at
                assert same(near, feed.read(coin, start, end)), (coin, start, end)
        assert candles.name == feed.name

    over_nats(settings, use, CollectorCandles(settings))


def test_a_collector_without_candles_has_none_on_its_replica(settings: NatsSettings) -> None:
    async def use(candles: CollectorCandles, collector: Link, _: Link) -> None:
        await serve(collector, settings, None)
        assert await asyncio.to_thread(candles.read, "BTC", 0, MINUTE_MS) is None

    over_nats(settings, use, CollectorCandles(settings))


def test_where_nobody_hears_or_the_connection_is_over_there_are_none(settings: NatsSettings) -> None:
    async def use(candles: CollectorCandles, collector: Link, replica: Link) -> None:
        read = partial(asyncio.to_thread, candles.read, "BTC", 0, MINUTE_MS)
        assert await read() is None
        await serve(collector, settings, MinuteCandles())
        assert await read() is not None  # nobody heard is no reason to wait
        assert candles.read("BTC", 0, MINUTE_MS) is None, "on the loop it would wait for itself"
        await replica.client.close()
        assert await read() is None
        candles.detach()
        assert await read() is None

    over_nats(settings, use, CollectorCandles(settings))


def test_a_collector_that_lets_a_reader_wait_is_left_alone_for_a_while(
    settings: NatsSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "ASK_SECONDS", 0.05)
    now = 0.0
    questions = []

    async def use(candles: CollectorCandles, collector: Link, _: Link) -> None:
        nonlocal now
        heard = asyncio.Event()

        async def keep(message: object) -> None:
            questions.append(message)
            heard.set()

        await collector.client.subscribe(settings.candles_subject, cb=keep)
        await collector.client.flush()
        read = partial(asyncio.to_thread, candles.read, "BTC", 0, MINUTE_MS)
        assert await read() is None
        await heard.wait()
        assert await read() is None
        assert len(questions) == 1
        now = asked.AGAIN_SECONDS
        heard.clear()
        assert await read() is None
        await heard.wait()
        assert len(questions) == 2

    over_nats(settings, use, CollectorCandles(settings, lambda: now))


def test_an_answer_that_does_not_fit_a_message_is_none_at_hand() -> None:
    question = msgspec.msgpack.encode(CandleQuestion("BTC", 0, 3_000 * MINUTE_MS))
    whole = answer_candles(MinuteCandles(), question, ROOM)
    assert read_answer(whole)[1] is not None
    assert read_answer(answer_candles(MinuteCandles(), question, len(whole) - 1))[1] is None


@pytest.mark.parametrize("content", [b"", b"\xc1", msgspec.msgpack.encode([7, 0, 1])], ids=repr)
def test_a_question_that_cannot_be_read_is_said(content: bytes) -> None:
    with pytest.raises(RemoteWireError, match="question about candles"):
        answer_candles(MinuteCandles(), content, ROOM)


@pytest.mark.parametrize(
    "content", [b"", b"\xc1", msgspec.msgpack.encode(["a", MINUTE_MS, 0, 5, b"\x00" * 41])], ids=repr
)
def test_an_answer_that_cannot_be_read_is_said(content: bytes) -> None:
    with pytest.raises(RemoteWireError, match="candles of the collector"):
        read_answer(content)
    assert read_answer(msgspec.msgpack.encode(CandleAnswer())) == ("", None)
