"""What answers at an address until there is a map to serve: nothing but how far that is.

Of a folder in which nothing is stored yet, and of a recording that is loaded for the first time, there is no frame to
show. Meanwhile a page says what is waited for and loads again by itself; `/healthz` is ok; every other path is a
problem of status 503 with Retry-After. Nothing of a map is told, so nobody is asked for a token.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from liqscape.errors import LiqscapeError
from liqscape.service.costly import RETRY_AFTER_S
from liqscape.service.warming.beside import warming_beside
from liqscape.service.warming.jobs import PARTS_OF_MAPS
from liqscape.service.warming.kept import kept_folder, missing_parts
from liqscape.service.warming.preparation import COMPILING

log = logging.getLogger("liqscape.live")

MAX_WAITING = 128
"""Connections that are kept while the map takes the socket over, which takes about a second."""

ProgressOf = Callable[[str, int, int], AbstractContextManager[Callable[[int], None]]]

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>liqscape</title>
<style>body{font:16px system-ui;margin:20vh auto;max-width:36em;padding:0 1em;color-scheme:light dark}</style>
<p>liqscape has nothing to show yet: <span role="status">$TEXT</span></p>
<script>setInterval(async () => { try {
  if ((await fetch("readyz")).ok) location.reload();
  const answer = await fetch("api/v1/status");
  if (answer.status === 503) document.querySelector("span").textContent = (await answer.json()).detail;
} catch {} }, 1000)</script></html>"""


class WaitingRoom:
    """Opened by the first `prepare` or `progress`, if there is one; gone after `close`, or handed over to the map."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._server: ThreadingHTTPServer | None = None
        self.text = ""

    @property
    def port(self) -> int:
        """That it listens on, or is to."""
        return self._port if self._server is None else int(self._server.server_address[1])

    def prepare(self) -> None:
        """Have what a map cannot live without compiled in processes beside this one, where that is missing."""
        try:
            missing = missing_parts(PARTS_OF_MAPS)
            if missing:
                kept_folder()
                self.tell(COMPILING, 0, 0)
                log.warning("kernels are compiled, once for this machine and version; there is no map before that")
                with warming_beside(
                    missing, tell=lambda compiled, needed: self.tell(COMPILING, compiled, needed)
                ) as at:
                    at.wait()
        except LiqscapeError as error:
            log.warning("%s; each kernel is compiled when it is needed", error)

    @contextmanager
    def progress(self, progress_of: ProgressOf, text: str, start: int, end: int) -> Iterator[Callable[[int], None]]:
        """Progress of a loading, once its kernels are there."""
        self.prepare()
        self.tell(text, 0, 0)
        with progress_of(text, start, end) as progress:

            def report(value: int) -> None:
                progress(value)
                self.tell(text, value - start, end - start)

            yield report

    def tell(self, text: str, done: int, total: int) -> None:
        """What is waited for, and how much of it is there; from any thread."""
        self.text = text if total <= 0 else f"{text}: {min(100, 100 * done // total)} %"
        if self._server is None:
            self._server = _server(self._host, self._port, _handler(self))
            threading.Thread(target=self._server.serve_forever, daemon=True, name="liqscape-waiting-room").start()

    def hand_over(self) -> socket.socket | None:
        """Answer no more, but go on listening: who asks from now on waits in the socket until the map takes it.

        None where nobody was answered, so that there is none yet.
        """
        listener = None if self._server is None else self._server.socket.dup()
        self.close()
        return listener

    def close(self) -> None:
        """Let the address go."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def _server(host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    class WaitingServer(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        request_queue_size = MAX_WAITING

        def server_bind(self) -> None:
            TCPServer.server_bind(self)  # that of HTTP asks for the name of the machine, which may take seconds

    return WaitingServer((host, port), handler)


def _handler(room: WaitingRoom) -> type[BaseHTTPRequestHandler]:
    class WaitingAnswers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/healthz":
                self._send(200, "text/plain", "ok\n")
            elif path == "/":
                self._send(200, "text/html", PAGE.replace("$TEXT", room.text))
            else:
                problem = {
                    "type": "urn:liqscape:problem:being-prepared",
                    "title": "Being prepared",
                    "status": 503,
                    "detail": room.text,
                }
                self._send(503, "application/problem+json", json.dumps(problem))

        def _send(self, status: int, media_type: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", f"{media_type}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            if status != 200:
                self.send_header("Retry-After", str(RETRY_AFTER_S))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads a log of those who wait."""

    return WaitingAnswers
