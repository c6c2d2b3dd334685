"""Sessions and sockets as the product uses them, with the made-up exchange at the other end and a way between."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from chaos.exchange import Exchange
from chaos.way import Late, Reply, Way
from liqscape.wire.simulated import SIMULATED_HEADER
from liqscape.wire.ws.subscription import key_of

STATES_EVERY_S = 5


class Network:
    """`second` sends contexts and states, `publish` prints; `way` is what all of it passes through."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.way = Way(random.Random(0))
        self.sockets: set[_Socket] = set()
        self.asked_count = 0
        self._seconds = 0

    def session(self, **options: Any) -> _Session:
        """Stands for aiohttp.ClientSession."""
        return _Session(self, **options)

    def second(self) -> None:
        """Contexts go out; states of the accounts that are followed now and then."""
        self._seconds += 1
        contexts = {"ctxs": [["", self.exchange.contexts()]]}
        for socket in tuple(self.sockets):
            socket.publish({"type": "allDexsAssetCtxs"}, "allDexsAssetCtxs", contexts)
            if self._seconds % STATES_EVERY_S == 0:
                socket.tell_states()

    def publish(self, prints: list[dict[str, Any]]) -> None:
        """Prints of one coin, in one message."""
        for socket in tuple(self.sockets):
            socket.publish({"type": "trades", "coin": prints[0]["coin"]}, "trades", prints)

    def break_all(self, reason: str) -> None:
        """Every socket ends."""
        for socket in tuple(self.sockets):
            socket.end(reason)

    def answer(self, request: dict[str, Any]) -> Reply:
        """One question, through the way."""
        self.asked_count += 1
        instead = self.way.asked(request)
        if instead is not None:
            return instead
        if request.get("type") == "vaultDetails":
            return self.way.reply(request, Reply(200, b"null"))
        body = self.exchange.answer(request)
        found = Reply(422, b"Failed to deserialize the JSON body into the target type")
        if body is not None:
            found = Reply(200, msgspec.json.encode(body))
        return self.way.reply(request, found)


class _Session:
    """A client's session: `ws_connect`, `request`, `post`."""

    def __init__(self, network: Network, timeout: aiohttp.ClientTimeout | None = None, **_: Any) -> None:
        self._network = network
        bounds = () if timeout is None else (timeout.total, timeout.sock_read)
        self._timeout_s = min((bound for bound in bounds if bound is not None), default=None)
        self._sockets: list[_Socket] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        for socket in self._sockets:
            socket.end("session closed")

    async def ws_connect(self, url: str, *, max_msg_size: int = 0, **_: Any) -> _Socket:
        del url
        await asyncio.sleep(0.05)
        if not self._network.way.connects():
            raise aiohttp.ClientConnectionError("Cannot connect")
        socket = _Socket(self._network, max_msg_size)
        self._sockets.append(socket)
        return socket

    def post(self, url: str, *, json: Any = None, **options: Any) -> _Request:
        return self.request("POST", url, data=msgspec.json.encode(json), **options)

    def request(self, method: str, url: str, *, data: bytes | None = None, **_: Any) -> _Request:
        del url
        return _Request(self._network, method, data, self._timeout_s)


class _Request:
    """An answer in the making."""

    def __init__(self, network: Network, method: str, data: bytes | None, timeout_s: float | None) -> None:
        self._network, self._method, self._data, self._timeout_s = network, method, data, timeout_s

    async def __aenter__(self) -> _Response:
        found = Reply(404, b"")
        if self._method == "POST" and self._data is not None:
            found = self._network.answer(msgspec.json.decode(self._data))
        if self._timeout_s is not None and found.seconds > self._timeout_s:
            await asyncio.sleep(self._timeout_s)
            raise TimeoutError
        await asyncio.sleep(found.seconds)
        if found.status == 0:
            raise aiohttp.ServerDisconnectedError
        return _Response(found)

    async def __aexit__(self, *_: object) -> None: ...


class _Response:
    def __init__(self, reply: Reply) -> None:
        self.status = reply.status
        self.headers = {SIMULATED_HEADER: "true", **reply.headers}
        self.content = _Body(reply.body)
        self.content_length = len(reply.body)

    async def read(self) -> bytes:
        return self.content.content


class _Body:
    def __init__(self, content: bytes) -> None:
        self.content = content

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        for start in range(0, len(self.content), size):
            yield self.content[start : start + size]


class _Socket:
    """Both ends of one connection: the product's methods, and the exchange's `publish`."""

    def __init__(self, network: Network, largest: int) -> None:
        self.close_code: int | None = None
        self._network = network
        self._largest = largest
        self._held: dict[str, dict[str, Any]] = {}
        self._arrived: asyncio.Queue[aiohttp.WSMessage] = asyncio.Queue()
        self._is_open = True
        network.sockets.add(self)

    async def send_str(self, text: str) -> None:
        if not self._is_open:
            raise aiohttp.ClientConnectionResetError("Cannot write to closing transport")
        self._send(self._network.way.to_server(text.encode()), self._take)

    async def receive(self, timeout: float | None = None) -> aiohttp.WSMessage:
        del timeout
        return await self._arrived.get()

    async def close(self, **_: Any) -> bool:
        self.end("closed by the client")
        return True

    def end(self, reason: str) -> None:
        """The connection is gone, with all that was under way."""
        if not self._is_open:
            return
        self._is_open = False
        self.close_code = 1006
        self._network.sockets.discard(self)
        self._arrived.put_nowait(aiohttp.WSMessage(aiohttp.WSMsgType.CLOSED, reason, None))

    def forget(self, chance: random.Random) -> dict[str, Any] | None:
        """Lose one subscription without a word; which."""
        prints = sorted(key for key, each in self._held.items() if each["type"] == "trades")
        return self._held.pop(chance.choice(prints)) if prints else None

    def publish(self, subscription: dict[str, Any], channel: str, data: object) -> None:
        """A message to who is subscribed."""
        if key_of(subscription) in self._held:
            self._say(channel, data)

    def tell_states(self) -> None:
        """States of the accounts subscribed to."""
        for each in self._held.values():
            self._tell_state(each)

    def _tell_state(self, subscription: dict[str, Any]) -> None:
        user = subscription.get("user")
        if subscription["type"] == "allDexsClearinghouseState":
            states = [["", self._network.exchange.state(user)]]
            self._say("allDexsClearinghouseState", {"user": user, "clearinghouseStates": states})
        elif subscription["type"] == "spotState":
            self._say("spotState", {"user": user, "spotState": {"balances": []}})

    def _take(self, text: bytes) -> None:
        """What the product said has arrived."""
        try:
            body = msgspec.json.decode(text)
            method, subscription = body["method"], body.get("subscription")
        except (msgspec.DecodeError, KeyError, TypeError):
            return self._say("error", "Error parsing JSON into valid websocket request")
        if method == "ping":
            return self._say("pong", None)
        key, is_new = key_of(subscription), method == "subscribe"
        echo = msgspec.json.encode(subscription).decode()
        if is_new is (key in self._held):
            return self._say("error", f"Already {'' if is_new else 'un'}subscribed: {echo}")
        if is_new and not self._network.way.grants(subscription):
            return self._say("error", f"Cannot subscribe now: {echo}")
        if is_new:
            self._held[key] = subscription
        else:
            del self._held[key]
        self._say("subscriptionResponse", {"method": method, "subscription": subscription})
        if is_new:
            self._tell_state(subscription)
        return None

    def _say(self, channel: str, data: object) -> None:
        text = msgspec.json.encode({"channel": channel, "data": data})
        self._send(self._network.way.to_client(channel, text), self._arrive)

    def _send(self, messages: Late, take: Any) -> None:
        for seconds, text in messages:
            asyncio.get_running_loop().call_later(seconds, self._deliver, take, text)

    def _deliver(self, take: Any, text: bytes) -> None:
        if self._is_open:
            take(text)

    def _arrive(self, text: bytes) -> None:
        if self._largest and len(text) > self._largest:
            return self.end("message too big")
        kind, content = aiohttp.WSMsgType.BINARY, text
        with suppress(UnicodeDecodeError):
            kind, content = aiohttp.WSMsgType.TEXT, text.decode()  # type: ignore[assignment]
        self._arrived.put_nowait(aiohttp.WSMessage(kind, content, None))
        return None
