"""Close a connection whose reader takes nothing of what is written to it."""

from __future__ import annotations

import asyncio


class WriteDeadline:
    """A deadline that aborts a connection whose reader does not take what was written to it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport) -> None:
        """Start the deadline: from now on the reader has to take something."""
        self.end()
        self._timer = loop.call_later(self._seconds, transport.abort)

    def end(self) -> None:
        """Stop the deadline: the reader has taken something."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class BoundedWrites(asyncio.Protocol):
    """A mixin for uvicorn's protocols that bounds how long a reader may leave written data waiting."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _writing: WriteDeadline

    def bound_writes(self, seconds: float) -> None:
        """Set how many seconds a reader has."""
        self._writing = WriteDeadline(seconds)

    def pause_writing(self) -> None:
        """Start the deadline: the send buffer is full."""
        super().pause_writing()
        self._writing.begin(self.loop, self.transport)

    def resume_writing(self) -> None:
        """Stop the deadline: the send buffer has drained."""
        self._writing.end()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the deadline: the connection is gone."""
        self._writing.end()
        super().connection_lost(exc)
