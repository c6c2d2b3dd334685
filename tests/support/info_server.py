"""A server of the info protocol on loopback, over the answers of a small sandbox, that fails when it is told to."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from aiohttp import web
from small_sandbox import SmallSandbox

from liqscape.sandbox.answers import answer_info
from liqscape.sandbox.answers.bad_request import BadRequest
from liqscape.sandbox.answers.leaderboard import answer_leaderboard


class InfoServer:
    """url is set while it serves. asked counts requests by type; failures are answered first, in order.

    failures  (status, headers, body) by request type.
    replaced  bodies given instead of the sandbox's, by request type.
    by_user   bodies given instead of the sandbox's clearinghouseState, by address, in every dex.
    by_dex    the same by address and name of the dex.
    refused   request types it says it does not know.
    """

    def __init__(self, world: SmallSandbox) -> None:
        self.world = world
        self.url = ""
        self.asked: Counter[str] = Counter()
        self.failures: dict[str, deque[tuple[int, dict[str, str], bytes]]] = {}
        self.replaced: dict[str, bytes] = {}
        self.by_user: dict[str, bytes] = {}
        self.by_dex: dict[tuple[str, str], bytes] = {}
        self.refused: set[str] = set()
        self.has_leaderboard = True

    async def info(self, request: web.Request) -> web.Response:
        question = msgspec.json.decode(await request.read())
        kind = question["type"]
        self.asked[kind] += 1
        if self.failures.get(kind):
            status, headers, body = self.failures[kind].popleft()
            return web.Response(status=status, headers=headers, body=body)
        if kind in self.replaced:
            return web.Response(body=self.replaced[kind], content_type="application/json")
        if kind == "clearinghouseState" and question["user"] in self.by_user:
            return web.Response(body=self.by_user[question["user"]], content_type="application/json")
        of_dex = self.by_dex.get((question.get("user", ""), question.get("dex", "")))
        if kind == "clearinghouseState" and of_dex is not None:
            return web.Response(body=of_dex, content_type="application/json")
        try:
            if kind in self.refused:
                raise BadRequest(422, "Failed to deserialize the JSON body into the target type")
            answer = answer_info(question, self.world.state)
        except BadRequest as error:
            return web.Response(status=error.status, text=error.message)
        return web.Response(body=msgspec.json.encode(answer), content_type="application/json")

    async def leaderboard(self, _: web.Request) -> web.Response:
        self.asked["leaderboard"] += 1
        if not self.has_leaderboard:
            return web.Response(status=404, text="not found")
        body = msgspec.json.encode(answer_leaderboard(self.world.state))
        return web.Response(body=body, content_type="application/json")


@contextmanager
def serving(world: SmallSandbox) -> Iterator[InfoServer]:
    """The server, up on a free port of loopback in a thread of its own."""
    server = InfoServer(world)
    loop = asyncio.new_event_loop()
    is_up = threading.Event()

    async def start() -> web.AppRunner:
        app = web.Application()
        app.add_routes([web.post("/info", server.info), web.get("/leaderboard", server.leaderboard)])
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        server.url = f"http://{host}:{port}"
        is_up.set()
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert is_up.wait(10.0)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10.0)
