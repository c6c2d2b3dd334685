"""Candles of the collector's exchange on a replica: each read is put to the collector, which answers from memory.

What a collector has at hand changes by the minute, as the exchange puts candles right and as coins are forgotten, so a
copy here would answer otherwise than the collector does. Where it does not answer there are none, and what rests on
candles is made of the stored marks; each answer says which.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.service.candles import CandleFeed, NearCandles
from liqscape.service.replicas.settings import NatsSettings
from liqscape.units import Float64Array

if TYPE_CHECKING:
    from liqscape.service.replicas.connection import Link

COLUMNS = 6
"""time_ms, open, high, low, close, volume; without the last where volume is not known."""
ASK_SECONDS = 2.0
AGAIN_SECONDS = 10.0
"""A collector that let a question wait for ASK_SECONDS is not asked for so long: each reader would wait as well."""


class CandleQuestion(msgspec.Struct, frozen=True, array_like=True):
    """Candles of a coin that start in [start_ms, end_ms)."""

    coin: Annotated[str, msgspec.Meta(max_length=100)]
    start_ms: int
    end_ms: int


class CandleAnswer(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """name: whose candles. rows (N, width) little-endian doubles. interval_ms 0: none are at hand."""

    name: str = ""
    interval_ms: Annotated[int, msgspec.Meta(ge=0)] = 0
    first_ms: int = 0
    width: Annotated[int, msgspec.Meta(ge=COLUMNS - 1, le=COLUMNS)] = COLUMNS
    rows: bytes = b""


def answer_candles(feed: CandleFeed | None, content: bytes, max_bytes: int) -> bytes:
    """The collector's answer to a question; none at hand where it would not fit. Raises RemoteWireError."""
    try:
        question = msgspec.msgpack.decode(content, type=CandleQuestion)
    except msgspec.MsgspecError as error:
        raise RemoteWireError(f"a question about candles cannot be read: {error}") from None
    near = None if feed is None else feed.read(question.coin, question.start_ms, question.end_ms)
    if feed is None or near is None:
        return msgspec.msgpack.encode(CandleAnswer())
    rows = near.rows if near.volume is None else np.column_stack((near.rows, near.volume))
    answer = CandleAnswer(
        name=feed.name,
        interval_ms=near.interval_ms,
        first_ms=near.first_ms,
        width=rows.shape[1],
        rows=np.ascontiguousarray(rows, "<f8").tobytes(),
    )
    encoded = msgspec.msgpack.encode(answer)
    return encoded if len(encoded) <= max_bytes else msgspec.msgpack.encode(CandleAnswer())


def read_answer(content: bytes) -> tuple[str, NearCandles | None]:
    """(whose, candles). Raises RemoteWireError."""
    try:
        answer = msgspec.msgpack.decode(content, type=CandleAnswer)
    except msgspec.MsgspecError as error:
        raise RemoteWireError(f"candles of the collector cannot be read: {error}") from None
    if not answer.interval_ms:
        return answer.name, None
    if len(answer.rows) % (8 * answer.width):
        raise RemoteWireError(f"candles of the collector: {len(answer.rows)} bytes are no rows of {answer.width}")
    rows: Float64Array = np.frombuffer(answer.rows, "<f8").astype(np.float64).reshape(-1, answer.width)
    volume = rows[:, COLUMNS - 1] if answer.width == COLUMNS else None
    return answer.name, NearCandles(rows[:, : COLUMNS - 1], answer.interval_ms, answer.first_ms, volume)


class CollectorCandles:
    """`read` from any thread, a CandleFeed; there are candles between `attach` and `detach`.

    seconds  a clock that only moves on.
    """

    def __init__(self, settings: NatsSettings, seconds: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._seconds = settings, seconds
        self._at: tuple[Link, asyncio.AbstractEventLoop] | None = None
        self._again_at = float("-inf")
        self.name = "the collector's exchange"

    def attach(self, link: Link) -> None:
        """Ask over this connection, on the running loop."""
        self._at = link, asyncio.get_running_loop()
        self._again_at = float("-inf")

    def detach(self) -> None:
        """The connection is over."""
        self._at = None

    def read(self, coin: str, start_ms: int, end_ms: int) -> NearCandles | None:
        """What the collector has at hand; None where it does not say.

        On the loop itself nothing is asked: it would wait for itself.
        """
        import nats.errors

        at = self._at
        if at is None or self._seconds() < self._again_at or _is_on(at[1]):
            return None
        question = msgspec.msgpack.encode(CandleQuestion(coin, start_ms, end_ms))
        asked = asyncio.run_coroutine_threadsafe(self._ask(at[0], question), at[1])
        try:
            content = asked.result(ASK_SECONDS)
            name, near = read_answer(content)
        except TimeoutError:
            asked.cancel()
            self._again_at = self._seconds() + AGAIN_SECONDS
            return None
        except (nats.errors.Error, RemoteWireError, CancelledError, OSError):
            return None  # nobody hears, or the connection ends: status says so, and each answer names its source
        if near is not None:
            self.name = name
        return near

    async def _ask(self, link: Link, question: bytes) -> bytes:
        message = await link.client.request(self._settings.candles_subject, question, timeout=ASK_SECONDS)
        return bytes(message.data)


def _is_on(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
