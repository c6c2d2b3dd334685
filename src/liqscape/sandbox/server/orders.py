"""Everybody's orders as those serve them who follow a node: its own file on request, and an order book server.

Neither belongs to the exchange's public API; here both are on its port. A real node writes wherever it is told to: this
one, inside the folder of its node files alone, for whoever reaches the port would write anywhere else as well.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
from aiohttp import web

from liqscape.sandbox.answers import UNREADABLE, BadRequest
from liqscape.sandbox.answers.untriggered import answer_untriggered
from liqscape.sandbox.files.order_snapshot import write_orders_to
from liqscape.sandbox.server.shared import SANDBOX, Sandbox
from liqscape.wire.node.file_snapshot import FileSnapshotRequest, everybodys_orders

JSON = "application/json"
FILE_SNAPSHOT = "fileSnapshot"
EMPTY_COIN = "coin must not be empty; omit the parameter for all coins"


async def handle_file_snapshot(request: web.Request, body: object) -> web.Response:
    """Write the file, then answer. Another request than ours is unknown here, and any where nobody keeps node files."""
    sandbox = request.app[SANDBOX]
    try:
        asked = msgspec.convert(body, FileSnapshotRequest)
    except msgspec.ValidationError:
        return web.Response(status=422, text=UNREADABLE)
    is_known = asked == everybodys_orders(asked.outPath) and request.content_type == JSON
    if sandbox.node_files is None or not is_known:
        return web.Response(status=422, text=UNREADABLE)
    try:
        await asyncio.to_thread(_write, sandbox, sandbox.node_files, Path(asked.outPath))
    except BadRequest as error:
        return web.Response(status=error.status, text=error.message)
    return web.Response(body=b"null", content_type=JSON)


async def handle_untriggered(request: web.Request) -> web.Response:
    """GET /untriggeredOrders, of all coins or of one."""
    sandbox, coin = request.app[SANDBOX], request.query.get("coin")
    if coin == "":
        return web.json_response({"error": EMPTY_COIN}, status=400)
    content = await asyncio.to_thread(sandbox.read, lambda _, state: answer_untriggered(state.exchange, coin), {})
    return web.Response(body=content, content_type=JSON)


def _write(sandbox: Sandbox, folder: Path, path: Path) -> None:
    if "\0" in str(path) or not path.is_absolute() or not path.resolve().is_relative_to(folder.resolve()):
        raise BadRequest(500, f"{path} is not in {folder}, where this sandbox writes node files")
    try:
        with sandbox.turnstile.reading():
            write_orders_to(sandbox.state.exchange, path)
    except OSError as error:
        raise BadRequest(500, f"{path} cannot be written: {error.strerror or error}") from None
