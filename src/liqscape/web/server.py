"""One process, one event loop: Granian serves the application, and the live market runs beside it.

The loop owns all state. SIGINT or SIGTERM ends the streams, lets the market finish the step in hand and store
it, and returns.
"""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from litestar import Litestar

from liqscape.errors import SettingsError

LOOPBACK = "127.0.0.1"
SHUTDOWN_SECONDS = 5
"""Open connections get this long to finish after the streams were told to end."""
HEADER_SECONDS = 20
"""A connection that sends no complete request head for this long is closed."""

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
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Sockets of a server that just ended may linger; they do not stop a new one.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SettingsError(f"--port {port} is taken on {host}; --port 0 picks a free one") from None
            raise SettingsError(f"--port {port} cannot be used on {host}: {error.strerror}") from None
        return int(probe.getsockname()[1])


def run_server(
    app: Litestar,
    host: str,
    port: int,
    *,
    on_ready: Callable[[int], None],
    on_stop: Callable[[], Awaitable[None]],
    work: Work | None = None,
) -> None:
    """Serve until a signal asks to stop.

    work     runs beside the server and ends soon after the event it is given is set.
    on_ready is called once with the port when connections are accepted.
    on_stop  ends the open streams; connections that are left are closed after it.
    Raises SettingsError for a port that cannot be used, and what `work` raises.
    """
    asyncio.run(_serve(app, host, choose_port(host, port), on_ready, on_stop, work))


async def _serve(
    app: Litestar,
    host: str,
    port: int,
    on_ready: Callable[[int], None],
    on_stop: Callable[[], Awaitable[None]],
    work: Work | None,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
    )
    server.workers_kill_timeout = SHUTDOWN_SECONDS
    serving = asyncio.create_task(server.serve())
    tasks = {serving}
    try:
        await _listening(reachable(host), port, serving)
        on_ready(port)
        if work is not None:
            tasks.add(asyncio.ensure_future(work(stop)))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({*tasks, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
    finally:
        stop.set()
        await on_stop()
        server.stop()  # type: ignore[no-untyped-call]
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _listening(host: str, port: int, serving: asyncio.Task[None]) -> None:
    """Until the server accepts a connection; gives up where it has ended."""
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        await writer.wait_closed()
        return
