"""A connection to the NATS server, as one session: it ends when it is lost, and whoever needs it opens another.

The client's own reconnecting is left off: what was told before a loss is not known to have arrived, so both sides begin
anew with what they hold.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from liqscape.errors import RequestFailed, SettingsError
from liqscape.service.replicas.chunks import CHUNK_BYTES, HEAD
from liqscape.service.replicas.settings import NatsSettings

if TYPE_CHECKING:
    from nats.aio.client import Client

CONNECT_SECONDS = 5
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
    import nats
    import nats.errors

    lost = asyncio.Event()
    said: list[str] = []

    async def on_closed() -> None:
        lost.set()

    async def on_error(error: Exception) -> None:
        said.append(type(error).__name__ if not str(error) else str(error))

    options: dict[str, Any] = {}
    if settings.token is not None:
        options["token"] = settings.token
    if settings.credentials is not None:
        options["user_credentials"] = str(settings.credentials)
    context = _tls(settings)
    if context is not None:
        options["tls"] = context
    try:
        client = await nats.connect(
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
        why = str(error) or (said[-1] if said else type(error).__name__)
        raise RequestFailed(f"--nats {settings.shown} cannot be used: {_one_line(why, settings)}") from None
    try:
        yield Link(client, lost)
    finally:
        await client.close()


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


def _one_line(why: str, settings: NatsSettings) -> str:
    """The reason without anything secret: what a client says may name the address it was given."""
    for one in settings.url.split(","):
        secret = one.strip().partition("://")[2].rpartition("@")[0]
        for part in (secret, *secret.split(":")):
            if part:
                why = why.replace(part, "***")
    if settings.token:
        why = why.replace(settings.token, "***")
    return " ".join(why.split())[:200]
