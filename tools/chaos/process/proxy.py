"""A TCP proxy on loopback that can go wrong: it swallows, resets, refuses, throttles, delays. Drawn by a seed."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Literal

PIECE, MAX_UNDERWAY = 4_096, 1_000
NO_LINGER = struct.pack("ii", 1, 0)
"""Closing sends a reset and drops what is under way."""

Mode = Literal["sound", "swallows", "refuses", "throttled", "late"]


class Proxy:
    """Between product and exchange, in a thread of its own. `set` changes what happens from the next piece on.

    swallows   connections stay, nothing passes either way; new ones are taken and never answered
    refuses    new connections are refused
    throttled  `rate` bytes a second over each connection and direction
    late       every piece is `late_s` under way, drawn for each connection up to twice as long
    """

    def __init__(self, target: Callable[[], int], seed: int = 0) -> None:
        self.port = 0
        self._target = target
        self._chance = random.Random(seed)
        self._mode: Mode = "sound"
        self._rate, self._late_s = 1_000.0, 1.0
        self._cut_after: int | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._changed = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._do(self._listen())

    @property
    def url(self) -> str:
        """What the product is told."""
        return f"http://127.0.0.1:{self.port}"

    def set(self, mode: Mode, *, rate: float = 1_000.0, late_s: float = 1.0) -> None:
        """From now on."""
        self._do(self._set(mode, rate, late_s))

    def reset(self) -> None:
        """Every connection ends at once, in the middle of whatever was under way."""
        self._do(self._reset())

    def cut_within(self, max_bytes: int) -> None:
        """The next piece of each connection is cut after so many bytes, and the connection reset."""
        self._cut_after = max_bytes

    def end(self) -> None:
        """Stop."""
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30.0)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        await self._unlisten()
        await self._reset()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _unlisten(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _set(self, mode: Mode, rate: float, late_s: float) -> None:
        self._mode, self._rate, self._late_s = mode, rate, late_s
        if mode != "sound":
            self._cut_after = None
        if mode == "refuses":
            await self._unlisten()
        elif self._server is None:
            await self._listen()
        self._changed.set()
        self._changed = asyncio.Event()

    async def _reset(self) -> None:
        for writer in list(self._writers):
            _abort(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        others: list[asyncio.StreamWriter] = [writer]
        try:
            await self._until_not("swallows")
            back, forth = await asyncio.open_connection("127.0.0.1", self._target())
            others.append(forth)
            self._writers.add(forth)
            delay = self._chance.uniform(1.0, 2.0)
            await asyncio.gather(self._pass(reader, forth, delay), self._pass(back, writer, delay))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for each in others:
                self._writers.discard(each)
                _abort(each)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
        way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(MAX_UNDERWAY)
        arriving = asyncio.create_task(self._arrive(way, writer))
        try:
            while piece := await reader.read(PIECE):
                late_s = self._late_s * delay if self._mode == "late" else 0.0
                await way.put((self._loop.time() + late_s, piece))
                if arriving.done():
                    break
        finally:
            arriving.cancel()
            await asyncio.gather(arriving, return_exceptions=True)
        raise ConnectionResetError  # one side has ended: so does the other

    async def _arrive(self, way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            due_s, piece = await way.get()
            await asyncio.sleep(max(0.0, due_s - self._loop.time()))
            await self._until_not("swallows")
            if self._mode == "throttled":
                await asyncio.sleep(len(piece) / self._rate)
            if self._cut_after is not None:
                writer.write(piece[: self._chance.randrange(min(self._cut_after, len(piece)) + 1)])
                _abort(writer)
                return
            writer.write(piece)
            await writer.drain()

    async def _until_not(self, mode: Mode) -> None:
        while self._mode == mode:
            await self._changed.wait()


def _abort(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    writer.transport.abort()
