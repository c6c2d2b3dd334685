"""What the handlers of the sandbox's server share: the exchange behind its turnstile, limits, faults, connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from aiohttp import web

from liqscape.sandbox.answers import UNREADABLE, BadRequest
from liqscape.sandbox.server.faults import FaultPlan, FaultRule
from liqscape.sandbox.server.hub import SubscriptionHub
from liqscape.sandbox.server.limits import Limits
from liqscape.sandbox.server.turnstile import Turnstile
from liqscape.sandbox.state import SandboxState

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput

SILENCE_SECONDS = 60.0
"""A connection to which nothing was sent for so long is ended (HL.DOC.WEBSOCKET)."""


class Closable(Protocol):
    """A connection as far as ending it goes (socket.py)."""

    async def close(self) -> None:
        """End it from our side."""


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
        node_files: Path | None = None,
    ) -> None:
        self.state = state
        self.silence_seconds = silence_seconds
        self.node_files = node_files
        self.turnstile = turnstile
        self.limits = limits
        self.hub = SubscriptionHub(state, asyncio.get_running_loop())
        self.connections: set[Closable] = set()
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

    def faults_of(self, where: str, kind: str) -> list[FaultRule]:
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
