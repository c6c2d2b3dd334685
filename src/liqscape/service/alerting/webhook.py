"""Signed webhooks: one POST an attempt, on a connection of its own to an address that may be connected to.

Redirects are not followed, a proxy of the environment is not used, and nothing of the answer but its status and
`Retry-After` is read.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from liqscape import __version__
from liqscape.service.alerting.attempt import SENT, Attempt, failed, refused_status, words_of
from liqscape.service.alerting.destinations import Destination, signing_key
from liqscape.service.alerting.signing import signed_headers
from liqscape.service.alerting.target_guard import RefusedTarget, check_target
from liqscape.store.outbox import OutboxMessage

if TYPE_CHECKING:
    from aiohttp.abc import ResolveResult

PATIENCE_S = 10.0
"""Of one attempt, from the look-up of its name to the head of the answer."""
MAX_RETRY_AFTER_S = 3_600.0

LookUp = Callable[[str, int, int], list[Any]]
"""As socket.getaddrinfo(host, port, family) of streams."""


class WebhookSender:
    """Sends to one webhook."""

    def __init__(
        self,
        destination: Destination,
        *,
        patience_s: float = PATIENCE_S,
        clock_s: Callable[[], float] = time.time,
        look_up: LookUp | None = None,
    ) -> None:
        self._destination = destination
        self._patience_s = patience_s
        self._clock_s = clock_s
        self._look_up = look_up or _look_up

    async def send(self, message: OutboxMessage) -> Attempt:
        """One POST. Raises SettingsError where a variable lacks."""
        import aiohttp

        destination = self._destination
        address = destination.find_address().reveal()
        key = signing_key(destination.find_secret())
        body = message.body.encode()
        headers = signed_headers(key, message.message_id, int(self._clock_s()), body)
        headers |= {"content-type": "application/json", "user-agent": f"liqscape/{__version__}"}
        refusals: list[str] = []

        def open_socket(info: tuple[Any, ...]) -> socket.socket:
            try:
                check_target(info[4][0], is_private_allowed=destination.is_private_allowed)
            except RefusedTarget as error:
                refusals.append(str(error))
                raise
            return socket.socket(info[0], info[1], info[2])

        connector = aiohttp.TCPConnector(
            resolver=_resolver(self._look_up), use_dns_cache=False, force_close=True, socket_factory=open_socket
        )
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    timeout=aiohttp.ClientTimeout(total=self._patience_s),
                    auto_decompress=False,
                    trust_env=False,
                ) as session,
                session.post(address, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                if 200 <= answer.status < 300:
                    return Attempt(is_delivered=True, reason=SENT)
                return refused_status(answer.status, _retry_after(answer.headers.get("retry-after")))
        except TimeoutError:
            return failed(f"no answer within {self._patience_s:g} s")
        except aiohttp.ClientConnectorDNSError:
            return failed("its name is not found")
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError):
            return failed("its certificate, or how it speaks TLS, is not accepted")
        except aiohttp.ClientConnectorError as error:
            return failed(refusals[0] if refusals else words_of(error.os_error))
        except (aiohttp.ClientError, OSError, ValueError):
            return failed(refusals[0] if refusals else "the connection ended before an answer that can be read")

    async def close(self) -> None:
        """Nothing is held between attempts."""


def _retry_after(text: str | None) -> float | None:
    """Seconds of a `Retry-After`; one that names a date is passed over."""
    if text is None or not text.strip().isdecimal():
        return None
    return min(float(text.strip()[:9]), MAX_RETRY_AFTER_S)


def _look_up(host: str, port: int, family: int) -> list[Any]:
    return socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)


def _resolver(look_up: LookUp) -> Any:
    """Looks up names in a thread that nobody waits for at the end: a name server that is silent keeps nothing up."""
    from aiohttp.abc import AbstractResolver

    class DaemonResolver(AbstractResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
        ) -> list[ResolveResult]:
            loop = asyncio.get_running_loop()
            found: asyncio.Future[list[Any]] = loop.create_future()

            def tell(result: list[Any] | OSError) -> None:
                if found.done():
                    return
                if isinstance(result, OSError):
                    found.set_exception(result)
                else:
                    found.set_result(result)

            def work() -> None:
                try:
                    result: list[Any] | OSError = look_up(host, port, family)
                except (OSError, UnicodeError) as error:
                    result = error if isinstance(error, OSError) else OSError(str(error))
                with suppress(RuntimeError):  # nobody waits any more
                    loop.call_soon_threadsafe(tell, result)

            threading.Thread(target=work, name="liqscape-alert-name", daemon=True).start()
            return [
                {
                    "hostname": host,
                    "host": each[4][0],
                    "port": port,
                    "family": each[0],
                    "proto": each[2],
                    "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                }
                for each in await found
            ]

        async def close(self) -> None:
            """Nothing is held."""

    return DaemonResolver()
