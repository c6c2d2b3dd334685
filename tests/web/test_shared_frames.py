"""The real server hands one frame of bytes to many readers, and each understands it."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from dataclasses import replace

import websockets
from memory_history import MemoryHistory
from small_market import SmallMarket
from view_reader import ViewReader

from liqscape.heatmap.moment import Moment
from liqscape.service.hub import Hub
from liqscape.service.live import LiveState
from liqscape.service.view import MapView
from liqscape.web.app import create_app
from liqscape.web.connections import WebConfig
from liqscape.web.server import LIMITS, _Server

READERS = 130
"""More than are written to before the loop serves others."""
PATIENCE_S = 60.0


def test_a_frame_is_made_once_and_every_reader_understands_it(market: SmallMarket) -> None:
    live = LiveState()
    newest = Moment(frame=market.frames[-1], accounts=market.accounts[-1], tables=market.tables, is_stored=True)
    live.publish(newest)
    view = MapView(MemoryHistory(market), live)
    hub = Hub(view)

    async def play() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        config = WebConfig(create_app(view, hub), LIMITS, 4_000, lifespan="on", log_config=None, access_log=False)
        server = _Server(config)
        serving = asyncio.create_task(server.serve([listener]))
        await server.is_ready.wait()
        uri = f"ws://127.0.0.1:{port}/api/v1/stream?coin=BTC&level=2&encoding=deflate"
        sockets = [await websockets.connect(uri, proxy=None) for _ in range(READERS)]
        readers = [ViewReader() for _ in sockets]
        for reader, each in zip(readers, sockets, strict=True):
            reader.hear(await each.recv())
        before, direct = hub.message_count, hub.figures.messages
        for number in range(1, 4):
            snapshot = replace(newest.frame.snapshot, time_ms=newest.frame.time_ms + 3_000 * number)
            frame = replace(newest.frame, snapshot=snapshot)
            live.publish(replace(newest, frame=frame, is_stored=False))
            for reader, each in zip(readers, sockets, strict=True):
                assert reader.hear(await each.recv())["type"] == "changes"
        assert hub.message_count == before + 3
        assert hub.figures.messages == direct + 3 * READERS
        assert {reader.sequence for reader in readers} == {live.sequence}
        assert hub.figures.behind == 0
        await sockets[0].send('{"type": "coin", "coin": "ETH"}')
        assert readers[0].hear(await sockets[0].recv())["frame"]["coin"] == "ETH"
        for each in sockets:
            await each.close()
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await play()

    asyncio.run(bounded())
