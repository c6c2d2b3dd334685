"""An exchange of 300,000 accounts on a loopback port, for a live map: info answers and a WebSocket, from the world.

    python -m real_size.exchange SETTINGS --port 4001 --start-ms 1770000000000 --speed 10

It speaks what a live map asks: listing, states of accounts, prints, contexts, streamed states. It calls itself a
sandbox in every answer. `--speed`: its time runs so many times as fast as the clock. A first line on stdin says that
nobody trades from now on, the second ends it; what everybody then holds is written to `truth.npz` in the folder of the
settings, for whoever compares.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from aiohttp import WSMsgType, web

from liqscape.wire.simulated import SIMULATED_HEADER, simulated_text
from real_size.exchange_answers import contexts_message, metas, state, states_message, trades_messages
from real_size.exchange_market import RunningMarket
from real_size.record import Settings
from real_size.world import World

LOOK_S = 0.3
CONTEXTS_MS = 1_000
"""Of the exchange's time: contexts come about every second."""
STATES_S = 5.0
MINUTES_BEFORE = 3
"""What the map has stored already when it starts."""
MAX_WAITING = 20_000


@dataclass(eq=False, kw_only=True)
class Client:
    """One connection and what it follows."""

    socket: web.WebSocketResponse
    coins: set[str] = field(default_factory=set)
    users: set[tuple[str, str]] = field(default_factory=set)
    has_contexts: bool = False
    queue: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def say(self, text: str) -> None:
        """One message more; who does not take them is let go."""
        self.queue.put_nowait(text)
        if self.queue.qsize() > MAX_WAITING:
            self.queue = asyncio.Queue()


class Exchange:
    """Handlers and the loop that moves time on."""

    def __init__(self, market: RunningMarket, speed: float, folder: Path) -> None:
        self.market = market
        self.clients: set[Client] = set()
        self.request_count = self.sent_bytes = 0
        self._speed = speed
        self._folder = folder
        self._began = time.monotonic()
        self._start_ms = market.shown.time_ms
        self._late_ms = 0

    async def run(self) -> None:
        """Until cancelled: time goes on, messages go out."""
        states_at, contexts_at = 0.0, 0
        while True:
            began = time.monotonic()
            wanted = self._start_ms + int((began - self._began) * 1_000 * self._speed)
            printed = await asyncio.to_thread(self.market.advance, wanted)
            self._late_ms = max(self._late_ms, int((time.monotonic() - began) * 1_000 * self._speed))
            by_coin = trades_messages(self.market, printed)
            shown = ""
            if wanted >= contexts_at and any(client.has_contexts for client in self.clients):
                contexts_at = wanted + CONTEXTS_MS
                shown = contexts_message(self.market)
            for client in self.clients:
                for coin, text in by_coin.items():
                    if coin in client.coins:
                        client.say(text)
                if client.has_contexts and shown:
                    client.say(shown)
            if began >= states_at:
                states_at = began + STATES_S
                for client in self.clients:
                    for kind, user in client.users:
                        client.say(self._of_user(kind, user))
            await asyncio.sleep(max(0.0, LOOK_S - (time.monotonic() - began)))

    async def info(self, request: web.Request) -> web.Response:
        """POST /info."""
        self.request_count += 1
        body: dict[str, Any] = msgspec.json.decode(await request.read())
        match body.get("type"):
            case "exchangeStatus":
                answer: Any = {"time": self.market.shown.time_ms, "specialStatuses": None}
            case "perpDexs":
                answer = [None]
            case "metaAndAssetCtxs":
                return web.Response(body=metas(self.market), content_type="application/json")
            case "clearinghouseState":
                answer = state(self.market, str(body.get("user")).lower())
            case "batchClearinghouseStates":
                answer = [state(self.market, str(user).lower()) for user in body.get("users", ())]
            case "spotClearinghouseState":
                answer = {"balances": []}
            case "vaultDetails":
                answer = None
            case "userFills" | "candleSnapshot" | "recentTrades" | "userFillsByTime":
                answer = []
            case _:
                return web.Response(status=422, text="Failed to deserialize the JSON body into the target type")
        content = msgspec.json.encode(answer)
        self.sent_bytes += len(content)
        return web.Response(body=content, content_type="application/json")

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """GET /ws."""
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        client = Client(socket=socket)
        self.clients.add(client)
        sending = asyncio.create_task(self._send(client))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._take(client, msgspec.json.decode(message.data))
        finally:
            sending.cancel()
            self.clients.discard(client)
        return socket

    async def _send(self, client: Client) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                text = await client.queue.get()
                self.sent_bytes += len(text)
                await client.socket.send_str(text)

    def _take(self, client: Client, body: dict[str, Any]) -> None:
        method, asked = body.get("method"), body.get("subscription") or {}
        if method == "ping":
            client.say('{"channel":"pong"}')
            return
        is_new = method == "subscribe"
        echo = {"channel": "subscriptionResponse", "data": {"method": method, "subscription": asked}}
        client.say(msgspec.json.encode(echo).decode())
        match asked.get("type"):
            case "trades":
                (client.coins.add if is_new else client.coins.discard)(asked["coin"])
            case "allDexsAssetCtxs":
                client.has_contexts = is_new
            case "allDexsClearinghouseState" | "spotState" as kind:
                key = (kind, str(asked["user"]).lower())
                (client.users.add if is_new else client.users.discard)(key)
                if is_new:
                    client.say(self._of_user(*key))

    def _of_user(self, kind: str, user: str) -> str:
        if kind == "spotState":
            return msgspec.json.encode(
                {"channel": kind, "data": {"user": user, "spotState": {"balances": []}}}
            ).decode()
        return states_message(self.market, user)

    def write_truth(self) -> None:
        """What everybody holds now, as columns."""
        held, shown = self.market.shown.held, self.market.shown
        np.savez(
            self._folder / "truth.npz",
            time_ms=shown.time_ms,
            frozen_ms=self.market.frozen_ms,
            addresses=np.array(held.addresses),
            holder=held.address_row[held.pool_of_position()],
            market_index=held.market_index,
            size=held.size,
            requests=self.request_count,
            sent_bytes=self.sent_bytes,
            served_s=time.monotonic() - self._began,
            late_ms=self._late_ms,
        )


async def serve(settings: Settings, port: int, start_ms: int, speed: float) -> None:
    """Until two lines have come on stdin."""
    world = World(settings.seed, settings.accounts, settings.positions, settings.markets, start_ms)
    exchange = Exchange(RunningMarket(world, MINUTES_BEFORE), speed, settings.folder)
    app = web.Application()
    app.router.add_post("/info", exchange.info)
    app.router.add_get("/ws", exchange.socket)

    async def say_simulated(_: web.Request, response: web.StreamResponse) -> None:
        response.headers[SIMULATED_HEADER] = simulated_text(f"real size {settings.seed} {settings.accounts}")

    app.on_response_prepare.append(say_simulated)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    running = asyncio.create_task(exchange.run())
    for _ in range(2):
        line = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
        await asyncio.wait((running, line), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        exchange.market.freeze()
    running.cancel()
    exchange.write_truth()
    await runner.cleanup()


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("settings")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--start-ms", type=int, required=True)
    parser.add_argument("--speed", type=float, default=1.0)
    given = parser.parse_args()
    asyncio.run(serve(Settings(**json.loads(given.settings)), given.port, given.start_ms, given.speed))


if __name__ == "__main__":
    main()
