"""A sandbox served on loopback from a thread of its own; blocks are made when the test says so."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from liqscape.exchange.output import BlockOutput
from liqscape.sandbox.server.app import serve_sandbox
from liqscape.sandbox.server.faults import FaultRule
from liqscape.sandbox.server.shared import SILENCE_SECONDS, Sandbox
from liqscape.sandbox.server.turnstile import Turnstile
from liqscape.sandbox.state import SandboxState

DEADLINE_SECONDS = 120.0


class Served:
    """Where it listens, and what makes a block known."""

    def __init__(self, sandbox: Sandbox, port: int) -> None:
        self.sandbox = sandbox
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.socket_url = f"ws://127.0.0.1:{port}/ws"

    def tell(self, make: Callable[[], BlockOutput]) -> BlockOutput:
        """Make one block inside the turnstile and tell it to subscribers."""
        with self.sandbox.turnstile:
            output = make()
            self.sandbox.observe(output)
        return output


@contextmanager
def served(
    state: SandboxState,
    *,
    is_limited: bool = False,
    faults: tuple[FaultRule, ...] = (),
    refused: frozenset[str] = frozenset(),
    silence_seconds: float = SILENCE_SECONDS,
) -> Iterator[Served]:
    """Serve a state until the block is left."""
    ready: list[Served] = []
    failure: list[BaseException] = []
    is_ready, stop = threading.Event(), threading.Event()

    async def run() -> None:
        serving = serve_sandbox(
            state, Turnstile(), is_limited=is_limited, faults=faults, refused=refused, silence_seconds=silence_seconds
        )
        async with serving as (sandbox, port):
            ready.append(Served(sandbox, port))
            is_ready.set()
            await asyncio.to_thread(stop.wait)

    def work() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            failure.append(error)
            is_ready.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert is_ready.wait(DEADLINE_SECONDS)
    try:
        if failure:
            raise failure[0]
        yield ready[0]
    finally:
        stop.set()
        thread.join(DEADLINE_SECONDS)
    if failure:
        raise failure[0]


def wait_for(claim: Callable[[], object], what: str) -> None:
    """Until a claim holds; fails after the deadline."""
    deadline = monotonic() + DEADLINE_SECONDS
    while not claim():
        assert monotonic() < deadline, f"waited {DEADLINE_SECONDS} s for {what}"
        sleep(0.005)
