"""The server itself: one aiohttp application around a runner."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web

from liqscape.errors import SettingsError
from liqscape.sandbox.answers import UNREADABLE, BadRequest
from liqscape.sandbox.server.faults import Fault, FaultPlan
from liqscape.sandbox.server.hub import Hub
from liqscape.sandbox.server.info import handle_info, handle_leaderboard, handle_vaults
from liqscape.sandbox.server.limits import Limits
from liqscape.sandbox.server.socket import SILENCE_SECONDS, Connection, handle_socket
from liqscape.sandbox.server.turnstile import Turnstile
from liqscape.sandbox.state import SandboxState
from liqscape.wire.simulated import SIMULATED_HEADER, simulated_text

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput

LOOPBACK = ("127.0.0.1", "::1", "localhost")
LARGEST_BODY = 1 << 20


class Sandbox:
    """What handlers share: the state behind its turnstile, limits, faults, connections."""

    def __init__(
        self,
        state: SandboxState,
        turnstile: Turnstile,
        limits: Limits,
        faults: FaultPlan,
        *,
        refused: frozenset[str] = frozenset(),
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        self.state = state
        self.silence_seconds = silence_seconds
        self.turnstile = turnstile
        self.limits = limits
        self.hub = Hub(state, asyncio.get_running_loop())
        self.connections: set[Connection] = set()
        self._faults = faults
        self._refused = refused
        self._began = time.monotonic()
        self._restarted_at = 0.0
        self._closing: set[asyncio.Task[None]] = set()

    def read(self, answer: Callable[[Mapping[str, object], SandboxState], object], body: Mapping[str, object]) -> Any:
        """An answer made while the exchange stands still. Raises BadRequest for a type that is refused as unknown."""
        if body.get("type") in self._refused:
            raise BadRequest(422, UNREADABLE)
        with self.turnstile.reading():
            return answer(body, self.state)

    def observe(self, output: BlockOutput) -> None:
        """Tell a block to subscribers; inside the turnstile, in the thread that makes blocks."""
        self.hub.tell(output)

    def faults_of(self, where: str, kind: str) -> list[Fault]:
        """Faults that befall this message."""
        return self._faults.hits(where, kind, time.monotonic() - self._began)

    @property
    def fault_count(self) -> int:
        """Faults that happened so far."""
        return self._faults.count

    @property
    def is_restarting(self) -> bool:
        """Whether connections are refused, as by a server that is down."""
        return time.monotonic() < self._restarted_at

    def restart(self, milliseconds: int) -> None:
        """End every connection and refuse new ones for a while; the exchange lives on."""
        self._restarted_at = time.monotonic() + milliseconds / 1_000
        for connection in list(self.connections):
            task = asyncio.ensure_future(connection.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


SANDBOX: web.AppKey[Sandbox] = web.AppKey("sandbox", Sandbox)


def create_sandbox_app(sandbox: Sandbox) -> web.Application:
    """Routes of the exchange."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app[SANDBOX] = sandbox
    app.router.add_post("/info", handle_info)
    app.router.add_get("/leaderboard", handle_leaderboard)
    app.router.add_get("/Mainnet/leaderboard", handle_leaderboard)
    app.router.add_get("/vaults", handle_vaults)
    app.router.add_get("/Mainnet/vaults", handle_vaults)
    app.router.add_get("/ws", handle_socket)
    app.on_response_prepare.append(_say_simulated)
    return app


async def _say_simulated(request: web.Request, response: web.StreamResponse) -> None:
    """Nobody who asks may take these figures for those of the exchange, or of another sandbox."""
    response.headers[SIMULATED_HEADER] = simulated_text(request.app[SANDBOX].state.name)


@asynccontextmanager
async def serve_sandbox(
    state: SandboxState,
    turnstile: Turnstile,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    is_limited: bool = True,
    faults: tuple[Fault, ...] = (),
    refused: frozenset[str] = frozenset(),
    silence_seconds: float = SILENCE_SECONDS,
) -> AsyncIterator[tuple[Sandbox, int]]:
    """Serve until the block is left; yields the sandbox, whose `observe` wants every block, and the port.

    refused  request types answered like ones that do not exist, over REST and posts.
    Raises SettingsError for a host that is not this machine, or a port that is taken.
    """
    if host not in LOOPBACK:
        raise SettingsError(f"the sandbox listens on this machine only (127.0.0.1), not on {host}")
    limits = Limits(is_enforced=is_limited)
    sandbox = Sandbox(state, turnstile, limits, FaultPlan(faults), refused=refused, silence_seconds=silence_seconds)
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
