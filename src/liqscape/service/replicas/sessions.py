"""Session after session with the NATS server, on either side: each works until it is lost, then another begins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from liqscape.errors import LiqscapeError
from liqscape.feed.pause import pause

log = logging.getLogger("liqscape.live")


class Sessions:
    """`run` opens them until stopped; `trouble` is what ended the last one, in one line, said in the log once.

    other  what is at the other end, as the log names it.
    bug    what the log says of a fault of ours, which must not end what is served.
    mask   takes what is secret out of a text.
    """

    def __init__(self, other: str, bug: str, retry_seconds: float, mask: Callable[[str], str]) -> None:
        self._other, self._bug, self._retry_seconds, self._mask = other, bug, retry_seconds, mask
        self.trouble: str | None = None

    async def run(self, session: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
        """Session after session until `stop`."""
        while not stop.is_set():
            try:
                await session(stop)
                if not stop.is_set():
                    self.say("the connection was lost; it is opened again")
            except (LiqscapeError, OSError, TimeoutError) as error:
                self.say(str(error) or type(error).__name__)
            except Exception as error:
                if not _is_of_nats(error):
                    log.exception(self._bug)
                self.say(str(error) or type(error).__name__)
            await pause(stop, self._retry_seconds)

    def say(self, text: str) -> None:
        """A trouble, also one that ends no session."""
        text = self._mask(text)
        if text != self.trouble:
            log.warning("%s: %s", self._other, text)
        self.trouble = text


async def until_one_ends(*works: Coroutine[Any, Any, object]) -> None:
    """Run all until the first ends, and end the others. Raises what it raised."""
    tasks = [asyncio.create_task(each) for each in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _is_of_nats(error: Exception) -> bool:
    import nats.errors
    import nats.js.errors

    return isinstance(error, (nats.errors.Error, nats.js.errors.Error))
