"""One process, one event loop: Uvicorn serves the application, and the live market runs beside it.

The loop owns all state. SIGINT or SIGTERM ends the streams, lets the market finish the step in hand and store
it, and returns.
"""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

import uvicorn
from litestar.types import ASGIApp

from liqscape.errors import LiqscapeError, SettingsError
from liqscape.web.connection_limits import ConnectionLimits
from liqscape.web.connections import WebConfig
from liqscape.web.descriptors import DescriptorWatch, connection_places, raise_descriptor_limit

LOOPBACK = "127.0.0.1"
SHUTDOWN_SECONDS = 5
"""Open connections get this long to finish after the streams were told to end."""
BACKLOG = 1_024
"""Connections the system keeps until they are accepted; it may keep fewer (net.core.somaxconn)."""
LIMITS = ConnectionLimits()

Work = Callable[[asyncio.Event], Awaitable[None]]


def check_host(host: str, token: str | None = None) -> str:
    """The address to listen on. Raises SettingsError for anything but loopback where nobody is asked for a token."""
    if host == "localhost":
        return LOOPBACK
    try:
        address = ip_address(host)
    except ValueError:
        raise SettingsError(f"--host {host!r} is not an address of this machine, such as {LOOPBACK}") from None
    if token is None and not address.is_loopback:
        raise SettingsError(
            f"--host {host} is refused without a token: set LIQSCAPE_TOKEN or --token-file, "
            f"or stay on {LOOPBACK} and use an SSH tunnel to reach it from elsewhere"
        )
    return str(address)


def url_host(host: str) -> str:
    """An address as it stands in a URL or a Host header."""
    return f"[{host}]" if ":" in host else host


def reachable(host: str) -> str:
    """Where this machine itself finds a server that listens on an address: loopback for "all addresses"."""
    address = ip_address(host)
    if not address.is_unspecified:
        return host
    return LOOPBACK if address.version == 4 else "::1"


def choose_port(host: str, port: int) -> int:
    """The port to listen on; 0 picks a free one. Raises SettingsError where it is taken or not allowed."""
    with _bound_socket(host, port) as probe:
        return int(probe.getsockname()[1])


def run_server(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    on_ready: Callable[[int], None],
    on_stop: Callable[[], Awaitable[None]],
    work: Work | None = None,
    limits: ConnectionLimits = LIMITS,
    listener: socket.socket | None = None,
) -> None:
    """Serve until a signal asks to stop.

    work     runs beside the server and ends soon after the event it is given is set.
    on_ready is called once with the port when connections are accepted.
    on_stop  ends the open streams; connections that are left are closed after it.
    limits   what a connection may take.
    listener that listens at the address already; it is closed at the end. None: one is bound.
    The soft limit of open files is raised to the hard one, so that readers and files have room.
    Raises SettingsError for a port that cannot be used, and what `work` raises.
    """
    places = connection_places(limits.connections, raise_descriptor_limit())
    with listener or _bound_socket(host, port) as bound:
        asyncio.run(_serve(_Server(_config(app, limits, places)), bound, on_ready, on_stop, work))


class _Server(uvicorn.Server):
    """Uvicorn's server; signals stay ours, and it says when it accepts."""

    def __init__(self, config: WebConfig) -> None:
        super().__init__(config)
        self.is_ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            raise LiqscapeError("the web application could not start; the log says why") from None
        self.is_ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, but a connection still open after SHUTDOWN_SECONDS is ended, so that what serves it hears that
        its reader is gone; uvicorn would cancel it with a traceback in the log."""
        ending = asyncio.get_running_loop().call_later(SHUTDOWN_SECONDS, self._end_connections)
        try:
            await super().shutdown(sockets)
        finally:
            ending.cancel()

    def _end_connections(self) -> None:
        for each in tuple(self.server_state.connections):
            each.transport.abort()


def _config(app: ASGIApp, limits: ConnectionLimits, places: int) -> WebConfig:
    return WebConfig(
        app,
        limits,
        places,
        lifespan="on",
        backlog=BACKLOG,
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who forwards is not asked; the page's scheme is in its Origin
        timeout_graceful_shutdown=2 * SHUTDOWN_SECONDS,  # of what does not end with its connection: a bug
    )


def _bound_socket(host: str, port: int) -> socket.socket:
    """A socket bound to the address. Raises SettingsError where the port is taken or not allowed."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    # Sockets of a server that just ended may linger; they do not stop a new one.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(f"--port {port} is taken on {host}; --port 0 picks a free one") from None
        raise SettingsError(f"--port {port} cannot be used on {host}: {error.strerror}") from None
    return bound


async def _serve(
    server: _Server,
    listener: socket.socket,
    on_ready: Callable[[int], None],
    on_stop: Callable[[], Awaitable[None]],
    work: Work | None,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(DescriptorWatch())
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    serving = asyncio.create_task(server.serve([listener]))
    ready = asyncio.create_task(server.is_ready.wait())
    tasks: set[asyncio.Future[Any]] = {serving}
    try:
        await asyncio.wait({*tasks, ready}, return_when=asyncio.FIRST_COMPLETED)
        if server.is_ready.is_set():
            on_ready(int(listener.getsockname()[1]))
            if work is not None:
                tasks.add(asyncio.ensure_future(work(stop)))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({*tasks, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
    finally:
        ready.cancel()
        stop.set()
        await on_stop()
        server.should_exit = True
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
