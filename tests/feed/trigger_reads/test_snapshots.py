"""Everybody's trigger orders are had from an order book server, or from a file an own node is told to write."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from liqscape.errors import RequestFailed
from liqscape.feed.trigger_reads.snapshots import ask_file_snapshot, fetch_untriggered

Asking = Callable[[str], Awaitable[object]]


def with_server(answer: Callable[[web.Request], Awaitable[web.Response]], asking: Asking) -> object:
    """What `asking` returns of a server that answers so."""

    async def run() -> object:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            port = runner.addresses[0][1]
            return await asking(f"http://127.0.0.1:{port}")
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_an_order_book_server_is_asked_for_all_coins() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=f"{request.method} {request.path_qs}".encode())

    assert with_server(answer, fetch_untriggered) == b"GET /untriggeredOrders"


def test_a_node_is_told_to_write_trigger_orders_with_their_users_and_its_height(tmp_path: Path) -> None:
    asked: list[dict[str, object]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append({"path": request.path, **await request.json()})
        return web.Response(body=b"null")

    with_server(answer, lambda url: ask_file_snapshot(url, tmp_path / "out.json"))
    assert asked == [
        {
            "path": "/info",
            "type": "fileSnapshot",
            "request": {"type": "l4Snapshots", "includeUsers": True, "includeTriggerOrders": True},
            "outPath": str(tmp_path / "out.json"),
            "includeHeightInOutput": True,
        }
    ]


def test_a_server_that_is_not_ready_is_said_with_its_words() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=503, body=json.dumps("no snapshot yet").encode())

    with pytest.raises(RequestFailed, match=r"untriggeredOrders: HTTP 503: .no snapshot yet."):
        with_server(answer, fetch_untriggered)


def test_an_answer_that_is_too_long_is_given_up() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=bytes(2_000))

    with pytest.raises(RequestFailed, match="more than 1000 bytes"):
        with_server(answer, lambda url: fetch_untriggered(url, max_bytes=1_000))


def test_nobody_at_the_address_is_said() -> None:
    with pytest.raises(RequestFailed, match="untriggeredOrders: no answer"):
        asyncio.run(fetch_untriggered("http://127.0.0.1:1"))
