"""Every channel that the map subscribes to, until each has said something, but not for ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from liqscape.feed.reasons import reason_of
from liqscape.feed.socket.session import LARGEST_MESSAGE, PING, PONG
from liqscape.service.doctor.seen import Heard, SeenMessage
from liqscape.wire.ws.envelope import Envelope
from liqscape.wire.ws.posts import Subscribe, method_text
from liqscape.wire.ws.subscription import Subscription
from liqscape.wire.ws.trades import TradesSubscription

CONNECT_S = 10.0
MAX_KEPT = 200
"""Messages of a channel that are kept."""


@dataclass(frozen=True)
class Pace:
    """Seconds. listen_s: a channel that says nothing for so long is silent; contexts and prints of a busy coin come
    about every second. stay_s: the first channels are heard so long at least, and until min_prints messages of prints
    came, since order and repetition show only in several.
    """

    listen_s: float = 25.0
    stay_s: float = 6.0
    min_prints: int = 5


PACE = Pace()


class Listener:
    """One connection. `listen` may be called again for further subscriptions."""

    def __init__(self, url: str, now_ms: Callable[[], float], pace: Pace = PACE) -> None:
        self.heard = Heard()
        self._url = url
        self._now_ms = now_ms
        self._pace = pace
        self._client: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Listener:
        self._client = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(CONNECT_S):
                self._socket = await self._client.ws_connect(self._url, max_msg_size=LARGEST_MESSAGE)
            self.heard.connected = True
        except TimeoutError:
            self.heard.ended = f"no connection within {CONNECT_S:g} s"
        except (aiohttp.ClientError, OSError) as error:
            self.heard.ended = reason_of(error)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket is not None:
            await self._socket.close()
        assert self._client is not None
        await self._client.close()

    async def listen(self, subscriptions: tuple[Subscription[Any], ...]) -> None:
        """Subscribe and ping, then read until every channel of them spoke, the first time for a while."""
        if self._socket is None or self.heard.ended is not None:
            return
        wanted = {each.channel() for each in subscriptions} | {PONG}
        stay_s, min_prints = (0.0, 0) if self.heard.wanted else (self._pace.stay_s, self._pace.min_prints)
        began_s = time.monotonic()
        try:
            for subscription in subscriptions:
                self.heard.wanted.append(subscription)
                await self._socket.send_str(method_text(Subscribe(subscription)))
            await self._socket.send_str(PING)
            async with asyncio.timeout(self._pace.listen_s):
                while (
                    time.monotonic() - began_s < stay_s
                    or not wanted <= self.heard.messages.keys()
                    or len(self.heard.messages.get(TradesSubscription.channel(), ())) < min_prints
                ):
                    self.heard.ended = await self._take(self._socket, began_s + self._pace.listen_s)
                    if self.heard.ended is not None:
                        return
        except TimeoutError:
            return
        except (aiohttp.ClientError, OSError) as error:
            self.heard.ended = reason_of(error)

    async def _take(self, socket: aiohttp.ClientWebSocketResponse, until_s: float) -> str | None:
        """Read one message; why the connection ended, None while it stands."""
        message = await socket.receive(timeout=max(until_s - time.monotonic(), 0.001))
        if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            self._sort(message.data.encode() if isinstance(message.data, str) else message.data)
        elif message.type is aiohttp.WSMsgType.ERROR:
            return str(message.data) or "broken"
        elif message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED):
            return f"ended by the server, code {socket.close_code}"
        return None

    def _sort(self, content: bytes) -> None:
        try:
            envelope = _ENVELOPE.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.heard.bad.append(str(error))
            return
        if envelope.channel == "error":
            self.heard.errors.append(str(msgspec.json.decode(envelope.data)))
        elif envelope.channel == "subscriptionResponse":
            self.heard.granted.append(content.decode("utf-8", "replace"))
        else:
            kept = self.heard.messages.setdefault(envelope.channel, [])
            if len(kept) < MAX_KEPT:
                kept.append(SeenMessage(content, self._now_ms()))


_ENVELOPE = msgspec.json.Decoder(Envelope)
