"""What an open page takes over the wire: the built page in Chromium, every byte of its connections counted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from real_size.record import Settings

BENCHMARKS = Path(__file__).resolve().parents[1]
NAMES = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
SETTLE_S = 25.0
"""Until the page holds its window, its candles and its profile."""


def find_chromium() -> str | None:
    """Path of a Chromium: the one that CHROMIUM names, or one on the path."""
    return next((path for name in NAMES if name and (path := shutil.which(name))), None)


@dataclass(frozen=True)
class PageBytes:
    """Both directions, heads included. load: until the page has settled; a_second: after that."""

    load: int
    a_second: float


def page_bytes(settings: Settings, chromium: str, frame_s: float, seconds: float) -> PageBytes:
    """Open the page of a served map for so long."""
    from playwright.sync_api import sync_playwright

    with serving(settings, frame_s) as port, counting(port) as counter, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(OPTIONS))
        page = browser.new_page(viewport={"width": 1600, "height": 900})
        page.goto(f"http://127.0.0.1:{counter.port}/#BTC&range=1d")
        page.wait_for_selector("html[data-heat^='BTC/']", timeout=120_000)
        page.wait_for_timeout(SETTLE_S * 1e3)
        load, began = counter.count, time.monotonic()
        page.wait_for_timeout(seconds * 1e3)
        taken = (counter.count - load) / (time.monotonic() - began)
        browser.close()
    return PageBytes(load, taken)


@contextlib.contextmanager
def serving(settings: Settings, frame_s: float) -> Iterator[int]:
    """The served map's port."""
    folder = settings.folder / "streamed"
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "real_size.stream_server", json.dumps(asdict(settings)), str(folder), str(frame_s)]
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=settings.folder
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
    shutil.rmtree(folder, ignore_errors=True)


class Counter:
    """Passes connections on to a port and counts what goes through."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.count = 0

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        """Until stopped."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer), return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                self.count += len(data)
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()


@contextlib.contextmanager
def counting(target: int) -> Iterator[Counter]:
    """A counter in a thread of its own."""
    counter, ready, loop = Counter(target), threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(counter.serve(ready, stop)), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield counter
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
