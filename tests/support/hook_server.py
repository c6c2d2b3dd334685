"""A receiver of webhooks on loopback, in threads of its own: each request is kept, and answered as the test says."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE_S = 30.0
"""A test that waits for so long has failed."""


@dataclass(frozen=True)
class Hook:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HookServer:
    """status of every answer, or the next of `statuses`; `headers` go with it. is_silent: it reads and says nothing."""

    port: int = 0
    status: int = 204
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    is_silent: bool = False
    received: queue.Queue[Hook] = field(default_factory=queue.Queue)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Its address, with a secret in it."""
        return f"http://127.0.0.1:{self.port}/hooks/SECRETPATH?key=SECRETQUERY"

    def next(self) -> Hook:
        """The next request."""
        return self.received.get(timeout=PATIENCE_S)


@contextmanager
def open_hook_server(**asked: object) -> Iterator[HookServer]:
    """A receiver until the block ends."""
    told = HookServer(**asked)  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            told.received.put(Hook(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            if told.is_silent:
                told.released.wait(PATIENCE_S)
                return
            self.send_response(told.statuses.pop(0) if told.statuses else told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        told.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield told
        finally:
            told.released.set()
            server.shutdown()
            thread.join(PATIENCE_S)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
