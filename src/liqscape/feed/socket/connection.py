"""One session over aiohttp: carries out what it asks, and turns what it says into records.

Nothing is queued here. A message is read, taken by the sink and only then the next is read; while the sink works, TCP
holds the server back, which ends the connection of a client that stays behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from liqscape.feed.reasons import reason_of
from liqscape.feed.records import Record, RecordKind
from liqscape.feed.socket.facts import Answered, Close, Connect, Gap, Output, Ready, Received, Send
from liqscape.feed.socket.limits import SocketLimits
from liqscape.feed.socket.session import LARGEST_MESSAGE, SessionState, SocketSession
from liqscape.wire.ws.subscription import Subscription

CONNECT_S = 10.0
SEND_S = 5.0
"""A connection that takes no text for so long is dead."""
CLOSE_S = 1.0
LOOK_S = 0.25
"""Between two ticks of a session."""
MESSAGES_A_TURN = 32
"""Read before other tasks get their turn."""

Sink = Callable[[Record], None]


@dataclass(frozen=True, kw_only=True)
class ConnectionFigures:
    """One connection. Times are nanoseconds of the records' clock; None: never.

    state        connected, reconnecting, closing or idle; is_ready: connected and everything wanted was granted or
                 refused.
    gaps         times messages were missed. trouble: the last one, in a line.
    """

    number: int
    state: str
    is_ready: bool
    since_ns: int | None
    last_message_ns: int | None
    messages: int
    received_bytes: int
    malformed: int
    lost: int
    gaps: int
    wanted: int
    subscribed: int
    refused: int
    trouble: str | None


class SocketConnection:
    """Keeps one session connected."""

    def __init__(
        self,
        url: str,
        session: SocketSession,
        limits: SocketLimits,
        clock: Callable[[], float],
        now_ns: Callable[[], int],
    ) -> None:
        self.session = session
        self._url = url
        self._limits = limits
        self._clock = clock
        self._now_ns = now_ns
        self._state: SessionState | None = None
        self._since_ns: int | None = None
        self._last_message_ns: int | None = None

    async def run(self, client: aiohttp.ClientSession, sink: Sink) -> None:
        """Until cancelled."""
        outputs: Sequence[Output] = self.session.start(self._clock())
        while True:
            self._tell(outputs, sink)
            at_s = next(each.not_before_s for each in outputs if isinstance(each, Connect))
            await self._wait_to_connect(at_s)
            reason = await self._live(client, sink)
            outputs = self.session.lost(reason, self._clock())

    def figures(self) -> ConnectionFigures:
        """As it stands now."""
        session = self.session
        return ConnectionFigures(
            number=session.number,
            state=session.state.value,
            is_ready=session.is_ready,
            since_ns=self._since_ns,
            last_message_ns=self._last_message_ns,
            messages=session.message_count,
            received_bytes=session.received_bytes,
            malformed=session.malformed_count,
            lost=session.lost_count,
            gaps=session.gap_count,
            wanted=session.asks.wanted_count,
            subscribed=session.asks.acknowledged_count,
            refused=session.asks.refusals,
            trouble=session.trouble,
        )

    async def _wait_to_connect(self, at_s: float) -> None:
        while (wait_s := max(at_s - self._clock(), self._limits.seconds_to_connect(self._clock()))) > 0.0:
            await asyncio.sleep(wait_s)
        self._limits.connections.take(self._clock())

    async def _live(self, client: aiohttp.ClientSession, sink: Sink) -> str:
        """One connection, from opening to its end; why it ended."""
        timeout = aiohttp.ClientWSTimeout(ws_close=CLOSE_S)
        try:
            async with asyncio.timeout(CONNECT_S):
                socket = await client.ws_connect(self._url, timeout=timeout, max_msg_size=LARGEST_MESSAGE)
        except TimeoutError:
            return f"no connection within {CONNECT_S:g} s"
        except (aiohttp.ClientError, OSError) as error:
            status = getattr(error, "status", None)
            return f"HTTP {status}" if status else reason_of(error)
        tasks = [asyncio.create_task(each) for each in (self._read(socket, sink), self._tick(socket, sink))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            ended = next(task for task in tasks if task.done())
            return await ended
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await _close(socket)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, sink: Sink) -> str:
        await self._perform(self.session.opened(self._clock()), socket, sink)
        count = 0
        while True:
            message = await socket.receive()
            if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                await self._perform(self.session.received(message.data, self._clock()), socket, sink)
                count += 1
                if count % MESSAGES_A_TURN == 0:
                    await asyncio.sleep(0)
            elif message.type is aiohttp.WSMsgType.ERROR:
                return str(message.data) or "broken"
            elif message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED):
                closing = self.session.trouble if self.session.state is SessionState.CLOSING else None
                return closing or f"ended by the server, code {socket.close_code}"

    async def _tick(self, socket: aiohttp.ClientWebSocketResponse, sink: Sink) -> str:
        while True:
            await asyncio.sleep(LOOK_S)
            await self._perform(self.session.tick(self._clock()), socket, sink)

    async def _perform(self, outputs: Sequence[Output], socket: aiohttp.ClientWebSocketResponse, sink: Sink) -> None:
        self._tell(outputs, sink)
        for each in outputs:
            if isinstance(each, Send):
                try:
                    async with asyncio.timeout(SEND_S):
                        await socket.send_str(each.text)
                except (OSError, aiohttp.ClientError):  # TimeoutError too
                    await _close(socket)
            elif isinstance(each, Close):
                await _close(socket)

    def _tell(self, outputs: Sequence[Output], sink: Sink) -> None:
        """Hand on records of what happened, in order."""
        now_ns = self._now_ns()
        if self.session.state is not self._state:
            self._state, self._since_ns = self.session.state, now_ns
        number = str(self.session.number)
        for each in outputs:
            if isinstance(each, Received):
                self._last_message_ns = now_ns
                sink(Record(RecordKind.MESSAGE, number, each.content, now_ns))
            elif isinstance(each, Answered):
                sink(Record(RecordKind.MESSAGE, number, each.content, now_ns))
            elif isinstance(each, Gap):
                sink(Record(RecordKind.LOST, number, _lost(each), now_ns))
            elif isinstance(each, Ready):
                sink(Record(RecordKind.CONNECTED, number, msgspec.json.encode(each.subscriptions), now_ns))


def _lost(gap: Gap) -> bytes:
    content: dict[str, str | tuple[Subscription[Any], ...]] = {"reason": gap.reason, "subscriptions": gap.subscriptions}
    return msgspec.json.encode(content)


async def _close(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Say goodbye, and wait for no answer longer than CLOSE_S."""
    try:
        async with asyncio.timeout(2.0 * CLOSE_S):
            await socket.close()
    except (OSError, aiohttp.ClientError):  # TimeoutError too
        pass
