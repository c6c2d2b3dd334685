"""Fifty readers of windows of four million cells, against none: does the stream go on, does the status answer?

    python benchmarks/heavy_readers.py [--json] [--readers 50] [--seconds 30] [--rounds 2] [--server PYTHON]

One process serves three days of one busy coin and a live market of 30,000 addresses with new marks every second, as
the product does; another reads its stream and asks for its status; two more hold the readers, each with a window of
its own, asked for again as soon as it has come, or after Retry-After. Phases with and without readers take turns.
--server names another interpreter to serve with, such as that of the build before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np

from liqscape.heatmap.moment import Moment

ACCOUNTS = 30_000
DAYS = 3
EVERY_S = 1.0
STATUS_EVERY_S = 0.1
PAGE_EVERY_S = 1.0
WIDTH, HEIGHT = 4_000, 1_000
MINUTE_MS = 60_000
READER_PROCESSES = 2
DEFAULT_WAIT_S = 1.0
MAX_GAP_RATIO = 1.3
MAX_STATUS_S = 0.2
SETTLE_S = 3.0


@dataclass
class Heard:
    """What one phase measured."""

    gaps_s: list[float] = field(default_factory=list)
    status_s: list[float] = field(default_factory=list)
    page_s: list[float] = field(default_factory=list)
    """A window of 800 x 400, as a page asks for."""


@dataclass
class Read:
    """What the readers of one process got."""

    windows: int = 0
    refused: int = 0
    failed: int = 0
    bytes: int = 0


def serve(folder: Path) -> None:
    """A stored coin and a live market behind the real application; prints its port."""
    from history_window import START_MS
    from live_path import Made

    from liqscape.service.hub import Hub
    from liqscape.service.live import LiveState
    from liqscape.service.view import MapView
    from liqscape.store.history import HistoryReader
    from liqscape.web.app import create_app
    from liqscape.web.server import run_server

    made, live = Made.new(ACCOUNTS, 7), LiveState()

    def step() -> None:
        for moment in made.core.feed(made.marks(EVERY_S)).moments:
            live.publish(moment)

    step()
    view = MapView(HistoryReader(folder), live)
    view.heatmap("BUSY", start_ms=START_MS, end_ms=START_MS + MINUTE_MS, width=10, height=10)
    hub = Hub(view)

    async def go_on(stop: asyncio.Event) -> None:
        due_s = time.monotonic()
        while not stop.is_set():
            due_s += EVERY_S
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            step()

    run_server(
        create_app(view, hub),
        "127.0.0.1",
        0,
        on_ready=lambda port: print(port, flush=True),
        on_stop=hub.shut_down,
        work=go_on,
    )


async def read(port: int, first: int, count: int) -> Read:
    """Readers until standard input ends."""
    from history_window import START_MS

    result = Read()

    async def one(session: aiohttp.ClientSession, number: int) -> None:
        query: dict[str, Any] = {
            "start_ms": START_MS,
            "end_ms": START_MS + WIDTH * MINUTE_MS,
            "width": WIDTH,
            "height": HEIGHT,
            "price_low": 55_000 + number,
            "price_high": 90_000,
        }
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/api/v1/coins/BUSY/heatmap", params=query) as answer:
                    if answer.status == 200:
                        async for piece in answer.content.iter_chunked(1 << 18):
                            result.bytes += len(piece)
                        result.windows += 1
                        continue
                    result.refused += 1
                    wait_s = float(answer.headers.get("Retry-After", DEFAULT_WAIT_S))
            except aiohttp.ClientError:
                result.failed += 1
                wait_s = DEFAULT_WAIT_S
            await asyncio.sleep(wait_s)

    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None)
    ) as session:
        tasks = [asyncio.create_task(one(session, number)) for number in range(first, first + count)]
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return result


async def listen(port: int, seconds: float) -> Heard:
    """The stream and the status for some seconds."""
    heard = Heard()
    async with aiohttp.ClientSession() as session:
        asking = asyncio.gather(_ask_status(session, port, heard), _ask_window(session, port, heard))
        async with session.ws_connect(f"ws://127.0.0.1:{port}/api/v1/stream", max_msg_size=0) as socket:
            await socket.receive()
            before = time.perf_counter()
            end = before + seconds
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                        now = time.perf_counter()
                        heard.gaps_s.append(now - before)
                        before = now
            heard.gaps_s.append(max(end - before, 0.0))  # silence up to the end counts as well
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
    return heard


async def _ask_status(session: aiohttp.ClientSession, port: int, heard: Heard) -> None:
    while True:
        started = time.perf_counter()
        try:
            async with session.get(f"http://127.0.0.1:{port}/api/v1/status") as answer:
                await answer.read()
                assert answer.status == 200, answer.status
        finally:
            heard.status_s.append(time.perf_counter() - started)
        await asyncio.sleep(STATUS_EVERY_S)


async def _ask_window(session: aiohttp.ClientSession, port: int, heard: Heard) -> None:
    while True:
        started = time.perf_counter()
        async with session.get(f"http://127.0.0.1:{port}/api/v1/coins/BUSY/heatmap") as answer:
            await answer.read()
            if answer.status == 200:
                heard.page_s.append(time.perf_counter() - started)
        await asyncio.sleep(PAGE_EVERY_S)


def measure(readers: int, seconds: float, rounds: int, server: str) -> list[dict[str, object]]:
    """Figures of all rounds together."""
    from history_window import PROVENANCE, TABLES, make_frames

    from liqscape.store.history import HistoryWriter

    alone, loaded, got = Heard(), Heard(), Read()
    memory_mb: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        with HistoryWriter(Path(name), PROVENANCE) as writer:
            writer.append_many(
                Moment(frame=frame, accounts=accounts, tables=TABLES, is_stored=True)
                for frame, accounts in make_frames(DAYS * 1_440)
            )
        with _child(server, "--serve", name) as serving:
            assert serving.stdout is not None
            port = int(serving.stdout.readline())
            for _ in range(rounds):
                _join(alone, asyncio.run(listen(port, seconds)))
                memory_mb.append(_resident_mb(serving.pid))
                share = -(-readers // READER_PROCESSES)
                places = [(first, min(share, readers - first)) for first in range(0, readers, share)]
                children = [_child(sys.executable, "--read", str(port), str(a), str(b)) for a, b in places]
                time.sleep(SETTLE_S)
                _join(loaded, asyncio.run(listen(port, seconds)))
                memory_mb.append(_resident_mb(serving.pid))
                for child in children:
                    said, _ = child.communicate()
                    for key, value in json.loads(said).items():
                        setattr(got, key, getattr(got, key) + value)
            serving.terminate()
    ratio = _quantile(loaded.gaps_s, 0.99) / _quantile(alone.gaps_s, 0.99)
    took_s = rounds * (seconds + SETTLE_S)
    read_note = (
        f"{got.windows} windows read ({got.bytes / took_s / 1e6:.0f} MB/s), {got.refused} answered 503, "
        f"{got.failed} failed"
    )
    return [
        _figure("gap between frames without readers, 99 %", _quantile(alone.gaps_s, 0.99), "s"),
        _figure("the same with readers", _quantile(loaded.gaps_s, 0.99), "s", note=read_note),
        _figure("ratio of the two", ratio, "x", MAX_GAP_RATIO),
        _figure("status without readers, 99 %", _quantile(alone.status_s, 0.99), "s"),
        _figure("status with readers, 99 %", _quantile(loaded.status_s, 0.99), "s", MAX_STATUS_S),
        _figure("status with readers, median", statistics.median(loaded.status_s), "s"),
        _figure("a page's window without readers, 99 %", _quantile(alone.page_s, 0.99), "s"),
        _figure("a page's window with readers, 99 %", _quantile(loaded.page_s, 0.99), "s"),
        _figure("resident memory of the server", max(memory_mb), "MB", note=f"{memory_mb[0]:.0f} MB before"),
    ]


def _child(python: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([python, __file__, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _join(into: Heard, other: Heard) -> None:
    into.gaps_s += other.gaps_s
    into.status_s += other.status_s
    into.page_s += other.page_s


def _quantile(values: list[float], share: float) -> float:
    return float(np.quantile(values, share))


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmRSS"))


def _figure(name: str, value: float, unit: str, target: float | None = None, note: str = "") -> dict[str, object]:
    return {"name": name, "value": value, "unit": unit, "target": target, "note": note}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--server", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--read", type=int, nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve is not None:
        serve(asked.serve)
        return 0
    if asked.read is not None:
        print(json.dumps(vars(asyncio.run(read(*asked.read)))))
        return 0
    figures = measure(asked.readers, asked.seconds, asked.rounds, asked.server)
    if asked.json:
        text = (
            f"{asked.readers} readers in other processes, each with a window of {WIDTH} x {HEIGHT} cells of its own, "
            f"against none, in turns; new marks every {EVERY_S:g} s."
        )
        print(json.dumps({"title": "Heavy readers", "text": text, "figures": figures}))
    else:
        for figure in figures:
            print(f"{figure['name']}: {figure['value']:.3f} {figure['unit']} {figure['note']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
