"""One WebSocket connection: subscriptions, pings, posts; what it is sent goes through the faults."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from liqscape.sandbox.answers import BadRequest, answer_info, check_subscription, ws_snapshot
from liqscape.sandbox.server.faults import spoiled
from liqscape.sandbox.server.limits import MAX_POSTS
from liqscape.sandbox.server.shared import SANDBOX, Sandbox
from liqscape.wire.ws.subscription import key_of

if TYPE_CHECKING:
    from liqscape.sandbox.server.hub import Message

MAX_WAITING = 10_000
"""Messages that may wait for a slow client; then it is cut off, as a broken one."""
LARGEST_MESSAGE = 1 << 20
_NUMBERS = itertools.count(1)


async def handle_socket(request: web.Request) -> web.StreamResponse:
    """From upgrade to close."""
    sandbox = request.app[SANDBOX]
    address = request.remote or ""
    refused = "restarting" if sandbox.is_restarting else sandbox.limits.refuses_connection(address)
    if refused is not None:
        return web.Response(status=429, text=refused)
    socket = web.WebSocketResponse(max_msg_size=LARGEST_MESSAGE, compress=False)
    await socket.prepare(request)
    connection = Connection(sandbox, socket, address)
    sandbox.connections.add(connection)
    try:
        await connection.run()
    finally:
        sandbox.connections.discard(connection)
        connection.end()
        sandbox.limits.client(address).connections -= 1
    return socket


class Connection:
    """What one client follows, and its queue of messages."""

    def __init__(self, sandbox: Sandbox, socket: web.WebSocketResponse, address: str) -> None:
        self.number = next(_NUMBERS)
        self._sandbox = sandbox
        self._socket = socket
        self._address = address
        self._followed: dict[str, str | None] = {}
        self._queue: asyncio.Queue[Message] = asyncio.Queue()
        self._held: str | None = None
        self._is_silent = False
        self._last_sent = asyncio.get_running_loop().time()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until the client, the server, or silence ends it."""
        sending = asyncio.create_task(self._send_all())
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    await self._receive(message.data)
                elif message.type is WSMsgType.ERROR:
                    break
        finally:
            for task in (sending, *self._tasks):
                task.cancel()
            await asyncio.gather(sending, *self._tasks, return_exceptions=True)

    def end(self) -> None:
        """Follow nothing any more."""
        with self._sandbox.turnstile.reading():
            for key, user in self._followed.items():
                self._sandbox.hub.remove(key, self.number)
                self._sandbox.limits.end_subscription(self._address, user)
        self._followed.clear()

    async def close(self) -> None:
        """End it from our side."""
        await self._socket.close(code=WSCloseCode.GOING_AWAY, message=b"Inactive")

    def receive(self, messages: list[Message]) -> None:
        """Take what a block says; in the event loop."""
        for message in messages:
            self._queue.put_nowait(message)
        if self._queue.qsize() > MAX_WAITING:
            self._abort()

    async def _receive(self, text: str) -> None:
        if not self._sandbox.limits.admits_message(self._address):
            return self._error("Too many messages")
        try:
            body = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return self._error(f"Error parsing JSON into valid websocket request: {text[:200]}")
        method = body.get("method") if isinstance(body, dict) else None
        if method == "ping":
            return self._say("pong", None)
        if method in ("subscribe", "unsubscribe") and isinstance(body.get("subscription"), dict):
            return self._subscribe(body["subscription"], is_new=method == "subscribe")
        if method == "post" and isinstance(body.get("request"), dict) and isinstance(body.get("id"), int):
            task = asyncio.create_task(self._post(body["id"], body["request"]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return None
        return self._error(f"Error parsing JSON into valid websocket request: {text[:200]}")

    def _subscribe(self, body: Mapping[str, object], *, is_new: bool) -> None:
        sandbox = self._sandbox
        with sandbox.turnstile.reading():
            try:
                subscription = check_subscription(body, sandbox.state)
            except BadRequest as error:
                return self._error(error.message)
            key, user = key_of(body), subscription.address
            if not is_new:
                if not sandbox.hub.remove(key, self.number):
                    return self._error(f"Already unsubscribed: {msgspec.json.encode(body).decode()}")
                sandbox.limits.end_subscription(self._address, self._followed.pop(key))
                return self._acknowledge("unsubscribe", body)
            if key in self._followed:
                return self._error(f"Already subscribed: {msgspec.json.encode(body).decode()}")
            refused = sandbox.limits.refuses_subscription(self._address, user)
            if refused is not None:
                return self._error(refused)
            sandbox.hub.add(key, subscription, self.number, self.receive)
            self._followed[key] = user
            self._acknowledge("subscribe", body)
            for data in ws_snapshot(subscription, sandbox.state):
                self._say(subscription.channel(), data)
        return None

    async def _post(self, number: int, request: Mapping[str, object]) -> None:
        """An info request over the socket, answered on channel `post`."""
        client = self._sandbox.limits.client(self._address)
        payload = request.get("payload")
        if request.get("type") != "info" or not isinstance(payload, dict):
            return self._answer_post(number, {"type": "error", "payload": "only info requests are served"})
        if self._sandbox.limits.is_enforced and client.posts >= MAX_POSTS:
            return self._answer_post(number, {"type": "error", "payload": f"more than {MAX_POSTS} inflight posts"})
        kind = str(payload.get("type"))
        if not self._sandbox.limits.admits_request(self._address, kind):
            return self._answer_post(number, {"type": "error", "payload": "rate limited"})
        client.posts += 1
        try:
            answer = await asyncio.to_thread(self._sandbox.read, answer_info, payload)
        except BadRequest as error:
            return self._answer_post(number, {"type": "error", "payload": error.message})
        finally:
            client.posts -= 1
        self._sandbox.limits.charge_answer(self._address, kind, answer)
        return self._answer_post(number, {"type": "info", "payload": {"type": kind, "data": answer}})

    def _answer_post(self, number: int, response: object) -> None:
        self._say("post", {"id": number, "response": response})

    def _acknowledge(self, method: str, subscription: Mapping[str, object]) -> None:
        self._say("subscriptionResponse", {"method": method, "subscription": subscription})

    def _error(self, text: str) -> None:
        self._say("error", text)

    def _say(self, channel: str, data: Any) -> None:
        self._queue.put_nowait((channel, data))

    async def _send_all(self) -> None:
        """Send what waits; end the connection after a silence."""
        while True:
            try:
                async with asyncio.timeout_at(self._last_sent + self._sandbox.silence_seconds):
                    channel, data = await self._queue.get()
                    while self._is_silent:
                        channel, data = await self._queue.get()
            except TimeoutError:
                await self.close()
                return
            if not await self._send(channel, data):
                return

    async def _send(self, channel: str, data: Any) -> bool:
        """Send one message as the faults leave it; False where the connection is over."""
        faults = self._sandbox.faults_of("ws", channel)
        names = {fault.fault for fault in faults}
        for fault in faults:
            if fault.fault == "delay":
                await asyncio.sleep(fault.milliseconds / 1_000)
            elif fault.fault == "restart":
                self._sandbox.restart(fault.milliseconds)
        if "silent_socket" in names:
            self._is_silent = True
        if self._is_silent or "drop" in names:
            return True
        body = {"channel": channel} if channel == "pong" else {"channel": channel, "data": spoiled(data, faults)}
        text = msgspec.json.encode(body).decode()
        if "truncate" in names:
            text = text[: len(text) // 2]
        if "reorder" in names and self._held is None:
            self._held = text
            return True
        texts = [text, *([text] if "duplicate" in names else []), *([self._held] if self._held is not None else [])]
        self._held = None
        try:
            for each in texts:
                await self._socket.send_str(each)
                self._last_sent = asyncio.get_running_loop().time()
        except (ConnectionError, RuntimeError):
            return False
        return True

    def _abort(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        closing = asyncio.ensure_future(self.close())
        self._tasks.add(closing)
        closing.add_done_callback(self._tasks.discard)
