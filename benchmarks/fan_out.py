"""The stream's fan-out: a thousand readers of a page's views at one frame a second, over real sockets.

The server is this process: application, uvicorn's protocols and hub as they are served, with frames that were made
before, so that what is counted is making the messages and handing them out. Readers are another process, one loop over
plain sockets that takes bytes and notes when a message was whole, by the clock that both processes share; it reads the
messages afterwards. Latency is from the frame being published to the last byte of its message in a reader's hands, so
that on a machine with few cores it holds the readers' own work too.

processor time  user and system time of the server's process, all threads, over the seconds measured; beside it the
                same with no reader.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import time
import zlib

from figures import Section
from real_size.stream_market import StreamMarket

from liqscape.service.executors import open_executors
from liqscape.service.hub import Client, Hub
from liqscape.service.live import LiveState
from liqscape.service.streaming.client import WriteFrame
from liqscape.service.streaming.looks import Look
from liqscape.service.view import MapView
from liqscape.web.app import create_app
from liqscape.web.server import run_server

READERS, SECONDS, EVERY_S = 1_000, 30, 1.0
COINS = 10
"""Different views: so many coins are looked at."""
ACCOUNTS, POSITIONS, MARKETS = 100_000, 240_000, 50
MADE_FRAMES = 12
SETTLE_S = 3.0
WANTED_CORE_PERCENT, WANTED_P99_MS = 10.0, 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--readers", type=int, default=READERS)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--coins", type=int, default=COINS)
    parser.add_argument("--by-task", action="store_true", help="each reader's own task sends, as it was before")
    parser.add_argument("--read", nargs="*", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        _read(int(asked.read[0]), int(asked.read[1]), asked.read[2:])
        return
    section = fan_out(asked.seed, asked.readers, asked.seconds, asked.coins, by_task=asked.by_task)
    for figure in section.figures:
        print(f"{figure.name}: {figure.value:.4g} {figure.unit} {figure.verdict}")
    if asked.json:
        print(json.dumps({"text": section.text, "figures": [each.as_json() for each in section.figures]}))


def fan_out(seed: int, readers: int, seconds: int, coins: int, *, by_task: bool = False) -> Section:
    """Figures of one run; a second run with no reader stands beside it."""
    market = StreamMarket(seed, ACCOUNTS, POSITIONS, MARKETS)
    server = _Served(market, seconds, by_task=by_task)
    paths = [server.path_of(row) for row in range(coins)]
    idle = server.run(0, paths)
    busy = server.run(readers, paths)
    late = sorted(busy.late_ms)
    section = Section("Fan-out of the stream", (__doc__ or "").partition("\n")[0])
    load = os.getloadavg()[0]
    note = f"load average {load:.1f} on {os.cpu_count()} cores while it ran"
    section.add("processor time", busy.core_percent, "% of a core", target=WANTED_CORE_PERCENT, note=note)
    section.add("processor time without a reader", idle.core_percent, "% of a core")
    section.add("processor time of a message", 1e4 * busy.core_percent / max(busy.messages_a_second, 1e-9), "us")
    section.add("latency, median", statistics.median(late), "ms", note=note)
    section.add("latency, 99th percentile", late[round(0.99 * (len(late) - 1))], "ms", target=WANTED_P99_MS, note=note)
    section.add("messages a second", busy.messages_a_second, "1/s")
    section.add("bytes a second", busy.bytes_a_second / 1e6, "MB/s")
    section.add("readers that were sent everything anew", float(busy.behind), "readers", target=0.0)
    return section


class Run:
    """What one run measured."""

    def __init__(self) -> None:
        self.core_percent = 0.0
        self.late_ms: list[float] = []
        self.messages_a_second = self.bytes_a_second = 0.0
        self.behind = 0


class _ByTask(Hub):
    """Sends everything through each reader's task."""

    def join(self, view: Look | None = None, *, wants_study: bool = False, write: WriteFrame | None = None) -> Client:
        del write
        return super().join(view, wants_study=wants_study)


class _Served:
    """Serves made frames; each run is a server of its own."""

    def __init__(self, market: StreamMarket, seconds: int, *, by_task: bool) -> None:
        self._seconds = seconds
        self._hub = _ByTask if by_task else Hub
        self._frames = [market.next(market.snapshot.time_ms + 1_000) for _ in range(MADE_FRAMES)]

    def path_of(self, row: int) -> str:
        """Address of what a page looks at."""
        snapshot = self._frames[0].frame.snapshot
        coin, mark = snapshot.markets.coins[row], float(snapshot.mark[row])
        return (
            f"/api/v1/stream?coin={coin}&level=0&price_low={mark / 1.125:.8g}&price_high={mark * 1.125:.8g}"
            "&encoding=deflate&study=true"
        )

    def run(self, readers: int, paths: list[str]) -> Run:
        """One server, its readers, and what they noted."""
        run, published = Run(), {}
        live = LiveState()
        live.publish(self._frames[-1])
        with open_executors() as executors:
            view = MapView(None, live)
            hub = self._hub(view, executors=executors)
            app = create_app(view, hub, executors=executors)
            ports: list[int] = []
            reading: list[subprocess.Popen[str]] = []

            async def work(stop: asyncio.Event) -> None:
                if readers:
                    argv = [sys.executable, __file__, "--read", str(ports[0]), str(readers), *paths]
                    reading.append(subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
                    while hub.client_count < readers or hub.figures.messages < readers:
                        await asyncio.sleep(0.1)
                await asyncio.sleep(SETTLE_S)
                before = (hub.figures.messages, hub.figures.bytes, hub.figures.behind)
                began, busy = time.monotonic(), time.process_time()
                for number in range(self._seconds):
                    moment = self._frames[number % MADE_FRAMES]
                    published[live.sequence + 1] = time.monotonic()
                    live.publish(moment)
                    await asyncio.sleep(max(0.0, began + (number + 1) * EVERY_S - time.monotonic()))
                passed = time.monotonic() - began
                run.core_percent = 100.0 * (time.process_time() - busy) / passed
                run.messages_a_second = (hub.figures.messages - before[0]) / passed
                run.bytes_a_second = (hub.figures.bytes - before[1]) / passed
                run.behind = hub.figures.behind - before[2]
                os.kill(os.getpid(), 2)
                await stop.wait()

            stopper = contextlib.suppress(KeyboardInterrupt)
            with stopper:
                run_server(app, "127.0.0.1", 0, on_ready=ports.append, on_stop=hub.shut_down, work=work)
        if reading:
            out, _ = reading[0].communicate()
            run.late_ms = [
                1e3 * (at - published[sequence]) for sequence, at in json.loads(out) if sequence in published
            ]
        return run


def _read(port: int, readers: int, paths: list[str]) -> None:
    """Connect, take everything until the server ends, and print [sequence, time] of each message."""
    selector, taken = selectors.DefaultSelector(), []
    for number in range(readers):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(
            f"GET {paths[number % len(paths)]} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(65_536)
        assert head.startswith(b"HTTP/1.1 101"), head
        connection.setblocking(False)
        buffer = bytearray(head.partition(b"\r\n\r\n")[2])
        selector.register(connection, selectors.EVENT_READ, buffer)
    while selector.get_map():
        for key, _ in selector.select():
            connection, buffer = key.fileobj, key.data
            assert isinstance(connection, socket.socket)
            try:
                data = connection.recv(1 << 18)
            except OSError:
                data = b""
            if not data:
                selector.unregister(connection)
                continue
            buffer += data
            while (end := _end(buffer)) is not None:
                start, end = end
                if buffer[0] == 0x82:
                    taken.append((time.monotonic(), bytes(buffer[start : start + 200])))
                elif buffer[0] == 0x88:
                    end = len(buffer)
                del buffer[:end]
    rows = []
    for at, begin in taken:
        text = zlib.decompressobj().decompress(begin, 80)
        if text.startswith(b'{"type":"changes"'):
            rows.append((int(text.partition(b'"sequence":')[2].partition(b",")[0]), at))
    json.dump(rows, sys.stdout)


def _end(buffer: bytearray) -> tuple[int, int] | None:
    """Where the first message's content starts and ends; None while it is not whole."""
    if len(buffer) < 2:
        return None
    size, start = buffer[1] & 127, 2
    if size == 126:
        size, start = int.from_bytes(buffer[2:4], "big"), 4
    elif size == 127:
        size, start = int.from_bytes(buffer[2:10], "big"), 10
    if len(buffer) < start or len(buffer) < start + size:
        return None
    return start, start + size


if __name__ == "__main__":
    main()
