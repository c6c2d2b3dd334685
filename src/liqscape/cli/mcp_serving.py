"""Serving agents: on stdin and stdout until the agent's program goes, or over HTTP behind the guards of the API."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from liqscape.cli.main import EXIT_INTERRUPTED
from liqscape.mcp.answering import ToolAnswers
from liqscape.mcp.server import MAX_BODY, build_server, http_manager, run_on_stdio

if TYPE_CHECKING:
    from liqscape.cli.mcp_source import MapSource

DOOR = "/mcp"


def serve_stdio(source: MapSource) -> None:
    """Serve the program that started us; what it must know to find a mistake is said on stderr."""

    async def serve() -> None:
        # The SDK reads stdin in a thread that nothing can wake: ended in order, Ctrl-C would wait for the next line.
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, _leave)
        async with source.running():
            print(f"liqscape: tools of {source.name} on stdin and stdout", file=sys.stderr, flush=True)
            await run_on_stdio(build_server(ToolAnswers(source.api)))

    asyncio.run(serve())


def _leave() -> None:
    """End at once: nothing of ours is being written, and the agent's program has what was sent."""
    print("liqscape: interrupted", file=sys.stderr, flush=True)
    os._exit(EXIT_INTERRUPTED)


def serve_http(source: MapSource, host: str, port: int, token: str | None, allow_host: tuple[str, ...]) -> None:
    """Serve until interrupted; prints one line when the address answers."""
    from liqscape.web.door import create_door
    from liqscape.web.server import reachable, run_server, url_host

    manager = http_manager(build_server(ToolAnswers(source.api)))
    name = url_host(reachable(host))

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with source.running(), manager.run():
            yield

    def say_ready(chosen: int) -> None:
        guarded = "" if token is None else "; asks for its token"
        print(f"liqscape: tools of {source.name} at http://{name}:{chosen}{DOOR} (Ctrl-C stops{guarded})", flush=True)

    async def on_stop() -> None:
        """Each request is answered by itself: there is no session to end."""

    door = create_door(DOOR, manager.handle_request, running, max_body=MAX_BODY, token=token, hosts=(name, *allow_host))
    run_server(door, host, port, on_ready=say_ready, on_stop=on_stop)
