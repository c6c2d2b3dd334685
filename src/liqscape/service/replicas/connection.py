"""A connection to the NATS server, as one session: it ends when it is lost, and whoever needs it opens another.

The client's own reconnecting is left off: what was told before a loss is not known to have arrived, so both sides begin
anew with what they hold.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from liqscape.errors import RequestFailed, SettingsError
from liqscape.service.replicas.chunks import CHUNK_BYTES, HEAD
from liqscape.service.replicas.credentials import read_credentials
from liqscape.service.replicas.settings import NatsSettings

if TYPE_CHECKING:
    from nats.aio.client import Client

CONNECT_SECONDS = 5
CLOSE_SECONDS = 1.0
PING_SECONDS = 5
"""A server that says nothing is given up after two of them."""
PENDING_BYTES = 64 * 1024 * 1024
"""What waits to be sent."""


@dataclass(frozen=True)
class Link:
    """An open connection. lost: set once it is over."""

    client: Client
    lost: asyncio.Event

    @property
    def chunk_bytes(self) -> int:
        """What a message may hold beside its head."""
        return max(1_024, min(CHUNK_BYTES, int(self.client.max_payload) - HEAD.size - 1_024))


def need_nats() -> None:
    """Raises SettingsError, with what to install, where the client is missing."""
    try:
        import nats  # noqa: F401
    except ImportError:
        raise SettingsError("--nats needs the extra nats: pip install 'liqscape[nats]'") from None


@asynccontextmanager
async def connected(settings: NatsSettings, who: str) -> AsyncIterator[Link]:
    """One session. Raises RequestFailed where the server cannot be reached, or does not let us in."""
    import nats.errors

    lost = asyncio.Event()
    said: list[str] = []

    async def on_closed() -> None:
        lost.set()

    async def on_error(error: Exception) -> None:
        said.append(type(error).__name__ if not str(error) else str(error))

    options: dict[str, Any] = {}
    token, login = settings.token, settings.login
    if login is not None and login[1] is not None:
        options["user"], options["password"] = login
    elif login is not None:
        token = login[0]
    if token is not None:
        options["token"] = token
    if settings.credentials is not None:
        found = read_credentials(settings.credentials)
        options["user_jwt_cb"], options["signature_cb"] = found.token.encode, found.sign
    context = _tls(settings)
    if context is not None:
        options["tls"] = context
    client = _new_client(settings)
    try:
        await client.connect(
            servers=[one.strip() for one in settings.url.split(",")],
            name=f"liqscape {who}",
            allow_reconnect=False,
            connect_timeout=CONNECT_SECONDS,
            ping_interval=PING_SECONDS,
            max_outstanding_pings=2,
            pending_size=PENDING_BYTES,
            closed_cb=on_closed,
            error_cb=on_error,
            **options,
        )
    except (nats.errors.Error, OSError, ValueError) as error:
        await _close(client)  # nats-py leaves the socket of a refused connection open
        why = str(error) or (said[-1] if said else type(error).__name__)
        raise RequestFailed(f"--nats {settings.shown} cannot be used: {settings.masked(why)}") from None
    try:
        yield Link(client, lost)
    finally:
        await _close(client)


async def _close(client: Client) -> None:
    """Close, without waiting long for the other side: after a failed TLS handshake nats-py waits for ever."""
    with suppress(Exception):
        async with asyncio.timeout(CLOSE_SECONDS):
            await client.close()


def _new_client(settings: NatsSettings) -> Client:
    """A client that says who it is over TLS alone, where that is wanted.

    nats-py goes by what the server says: to one that offers no TLS, or seems not to because somebody in between took
    the offer away, it sends user, password and token in the clear, also for tls://.
    """
    from nats.aio.client import Client
    from nats.errors import SecureConnWantedError

    if not settings.wants_tls:
        return Client()

    class TlsClient(Client):  # type: ignore[misc, unused-ignore]
        def _connect_command(self) -> bytes:
            is_web = self._current_server is not None and self._current_server.uri.scheme == "wss"
            if not is_web and not self._server_info.get("tls_required"):
                raise SecureConnWantedError
            return bytes(super()._connect_command())

    return TlsClient()


def _tls(settings: NatsSettings) -> ssl.SSLContext | None:
    if settings.authority is None and settings.certificate is None:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.authority)
        if settings.certificate is not None:
            context.load_cert_chain(settings.certificate)
    except (ssl.SSLError, OSError) as error:
        raise SettingsError(f"--nats-authority or --nats-certificate cannot be used: {error}") from None
    return context
