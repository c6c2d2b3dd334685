"""POST /info, GET /leaderboard and /vaults: read, weigh, answer, and spoil the answer where a fault says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from aiohttp import web

from liqscape.sandbox.answers import UNREADABLE, BadRequest, answer_info, answer_leaderboard, answer_vault_list
from liqscape.sandbox.server.faults import spoiled
from liqscape.sandbox.server.orders import FILE_SNAPSHOT, handle_file_snapshot
from liqscape.sandbox.server.shared import SANDBOX
from liqscape.sandbox.state import SandboxState

JSON = "application/json"
FAILURES = {"429": 429, "500": 500, "502": 502}


async def handle_info(request: web.Request) -> web.StreamResponse:
    """One question."""
    sandbox = request.app[SANDBOX]
    try:
        body = msgspec.json.decode(await request.read())
    except msgspec.DecodeError:
        return web.Response(status=422, text=UNREADABLE)
    kind = body.get("type") if isinstance(body, dict) else None
    if not isinstance(kind, str):
        return web.Response(status=422, text=UNREADABLE)
    address = request.remote or ""
    if sandbox.is_restarting:
        return _cut(request)
    if kind == FILE_SNAPSHOT:
        return await handle_file_snapshot(request, body)
    if not sandbox.limits.admits_request(address, kind):
        return web.Response(status=429, text="null", content_type=JSON)
    faults = sandbox.faults_of("info", kind)
    for fault in faults:
        if fault.fault == "delay":
            await asyncio.sleep(fault.milliseconds / 1_000)
        elif fault.fault in FAILURES:
            return web.Response(status=FAILURES[fault.fault], text="null", content_type=JSON)
        elif fault.fault == "drop":
            return _cut(request)
        elif fault.fault == "restart":
            sandbox.restart(fault.milliseconds)
            return _cut(request)
    try:
        answer = await asyncio.to_thread(sandbox.read, answer_info, body)
    except BadRequest as error:
        return web.Response(status=error.status, text=error.message)
    sandbox.limits.charge_answer(address, kind, answer)
    content = msgspec.json.encode(spoiled(answer, faults))
    if any(fault.fault == "truncate" for fault in faults):
        return await _half(request, content)
    return web.Response(body=content, content_type=JSON)


async def handle_leaderboard(request: web.Request) -> web.StreamResponse:
    """Everybody's account value and results."""
    return await _list(request, answer_leaderboard)


async def handle_vaults(request: web.Request) -> web.StreamResponse:
    """Every vault."""
    return await _list(request, answer_vault_list)


async def _list(request: web.Request, answer: Callable[[SandboxState], object]) -> web.StreamResponse:
    """A list of the statistics host: not weighed, not spoiled."""
    sandbox = request.app[SANDBOX]
    if sandbox.is_restarting:
        return _cut(request)
    content = await asyncio.to_thread(sandbox.read, lambda _, state: answer(state), {})
    return web.Response(body=msgspec.json.encode(content), content_type=JSON)


def _cut(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _half(request: web.Request, content: bytes) -> web.StreamResponse:
    """Say how long the answer is, send half of it and end the connection."""
    response = web.StreamResponse(headers={"Content-Type": JSON, "Content-Length": str(len(content))})
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    if request.transport is not None:
        request.transport.abort()
    return response
