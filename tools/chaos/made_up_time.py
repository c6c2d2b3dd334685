"""An event loop whose clock jumps to what is due next, and the product run inside it.

Threads are not started: what the product hands to one is done at once. The loop's clock goes on from one loop to the
next, so that what runs after another is later.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import aiohttp

Result = TypeVar("Result")


class _Jumping(selectors.SelectSelector):
    """Waits for nothing but time, which it makes pass."""

    def __init__(self, time: MadeUpTime) -> None:
        super().__init__()
        self._time = time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits for somebody else")
        self._time.now_s += max(timeout, 0.0)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, time: MadeUpTime) -> None:
        self._made_up = time
        super().__init__(_Jumping(time))

    def time(self) -> float:
        return self._made_up.now_s

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """At once, in this thread."""
        del executor
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - it is the caller's
            done.set_exception(error)
        return done


class MadeUpTime:
    """Seconds that pass only while everybody waits."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def run(self, work: Coroutine[Any, Any, Result], *, debug: bool | None = None) -> Result:
        """asyncio.run in a loop of this time."""
        with asyncio.Runner(debug=debug, loop_factory=lambda: _Loop(self)) as runner:
            return runner.run(work)


@contextmanager
def instead_of_the_world(time: MadeUpTime, session: Callable[..., Any]) -> Iterator[None]:
    """Within the block the product's loops are of this time, and its sessions of the made-up network."""
    before = asyncio.run, aiohttp.ClientSession
    asyncio.run = time.run
    aiohttp.ClientSession = session  # type: ignore[misc,assignment]
    try:
        yield
    finally:
        asyncio.run, aiohttp.ClientSession = before  # type: ignore[misc]
