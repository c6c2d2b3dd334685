"""The server itself: one aiohttp application around a runner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from liqscape.errors import SettingsError
from liqscape.sandbox.server.faults import FaultPlan, FaultRule
from liqscape.sandbox.server.info import handle_info, handle_leaderboard, handle_vaults
from liqscape.sandbox.server.limits import Limits
from liqscape.sandbox.server.orders import handle_untriggered
from liqscape.sandbox.server.shared import SANDBOX, SILENCE_SECONDS, Sandbox
from liqscape.sandbox.server.socket import handle_socket
from liqscape.sandbox.server.turnstile import Turnstile
from liqscape.sandbox.state import SandboxState
from liqscape.wire.simulated import SIMULATED_HEADER, simulated_text

LOOPBACK = ("127.0.0.1", "::1", "localhost")
LARGEST_BODY = 1 << 20


def create_sandbox_app(sandbox: Sandbox) -> web.Application:
    """Routes of the exchange."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app[SANDBOX] = sandbox
    app.router.add_post("/info", handle_info)
    app.router.add_get("/leaderboard", handle_leaderboard)
    app.router.add_get("/Mainnet/leaderboard", handle_leaderboard)
    app.router.add_get("/vaults", handle_vaults)
    app.router.add_get("/Mainnet/vaults", handle_vaults)
    app.router.add_get("/untriggeredOrders", handle_untriggered)
    app.router.add_get("/ws", handle_socket)
    app.on_response_prepare.append(_say_simulated)
    return app


async def _say_simulated(request: web.Request, response: web.StreamResponse) -> None:
    """Mark every response as simulated, so that nobody takes its figures for those of the exchange."""
    response.headers[SIMULATED_HEADER] = simulated_text(request.app[SANDBOX].state.name)


@asynccontextmanager
async def serve_sandbox(
    state: SandboxState,
    turnstile: Turnstile,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    is_limited: bool = True,
    faults: tuple[FaultRule, ...] = (),
    refused: frozenset[str] = frozenset(),
    silence_seconds: float = SILENCE_SECONDS,
    node_files: Path | None = None,
) -> AsyncIterator[tuple[Sandbox, int]]:
    """Serve until the block is left; yields the sandbox, whose `observe` wants every block, and the port.

    refused     request types answered like ones that do not exist, over REST and posts.
    node_files  folder in which `fileSnapshot` may write; None: it is answered like a type that does not exist.
    Raises SettingsError for a host that is not this machine, or a port that is taken.
    """
    if host not in LOOPBACK:
        raise SettingsError(f"the sandbox listens on this machine only (127.0.0.1), not on {host}")
    limits = Limits(is_enforced=is_limited)
    sandbox = Sandbox(
        state,
        turnstile,
        limits,
        FaultPlan(faults),
        refused=refused,
        silence_seconds=silence_seconds,
        node_files=node_files,
    )
    runner = web.AppRunner(create_sandbox_app(sandbox), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise SettingsError(f"port {port} on {host} cannot be used: {error.strerror or error}") from None
        yield sandbox, int(runner.addresses[0][1])
    finally:
        for connection in list(sandbox.connections):
            await connection.close()
        await runner.cleanup()
