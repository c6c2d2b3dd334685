"""A reader that takes nothing of what is written to it is left."""

from __future__ import annotations

import asyncio


class WriteDeadline:
    """Ends a connection whose reader does not take what was written to it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport) -> None:
        """From now the reader has to take something."""
        self.end()
        self._timer = loop.call_later(self._seconds, transport.abort)

    def end(self) -> None:
        """It has."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class BoundedWrites(asyncio.Protocol):
    """Before a protocol of uvicorn: the time that a reader has to take what waits for it."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _writing: WriteDeadline

    def bound_writes(self, seconds: float) -> None:
        """So long it has."""
        self._writing = WriteDeadline(seconds)

    def pause_writing(self) -> None:
        """Something is not taken yet."""
        super().pause_writing()
        self._writing.begin(self.loop, self.transport)

    def resume_writing(self) -> None:
        """It is."""
        self._writing.end()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is waited for any more."""
        self._writing.end()
        super().connection_lost(exc)
