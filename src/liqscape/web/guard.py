"""What every response carries, and what is refused unread: security headers, bounds, the host check, the entity tag.

On loopback the server asks nobody for a password, so it must not be reachable through a page of another
origin: a request whose Host is not ours (DNS rebinding) or a stream whose Origin is not ours is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from liqscape.errors import SettingsError

_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
MAX_ADDRESS = 4_000
"""Bytes of path and query; the longest question of the page has some 200."""

_ORIGIN = re.compile(r"https?://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")

CONTENT_POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Not "no-referrer": a form of such a page names its origin as null, and the login compares origins.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


KEPT_BUT_ASKED = "private, no-cache"
"""Of Cache-Control: an answer may be of another map started on the same port."""


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Set the headers of SECURITY_HEADERS on every HTTP response, errors included.

    The page may bring a content policy of its own, which allows frames; X-Frame-Options cannot name an origin, and
    would forbid them in browsers that read no frame-ancestors.
    """
    if message["type"] == "http.response.start" and scope["type"] == ScopeType.HTTP:
        headers = MutableScopeHeaders.from_message(message)
        own = headers.get("content-security-policy", CONTENT_POLICY)
        for name, value in SECURITY_HEADERS.items():
            headers[name] = value
        if own != CONTENT_POLICY:
            headers["Content-Security-Policy"] = own
            del headers["X-Frame-Options"]
        allowed = headers.get("allow", "").split(", ")
        if "GET" in allowed:
            headers["Allow"] = ", ".join(sorted((*allowed, "HEAD")))


def framing_policy(origins: Iterable[str]) -> str:
    """The content policy of a page that pages of these origins may show in a frame; of none, that of everything.

    Raises SettingsError for what is no origin: scheme, host and perhaps port, no path.
    """
    asked = [each.strip().lower().removesuffix("/") for each in origins]
    for origin in asked:
        if not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"--allow-frame {origin!r} is not an origin: give scheme and host without path, https://example.org"
            )
    if not asked:
        return CONTENT_POLICY
    return CONTENT_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(asked)}")


def host_name(host: str) -> str:
    """The name in a Host header, without the port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def is_same_origin(headers: Headers) -> bool:
    """False where a page of another origin asks. Programs send no Origin and pass.

    An origin is `http` or `https`, `://` and the authority (RFC 6454 section 6.2); anything else is another's.
    """
    origins = headers.getall("origin", [])
    if not origins:
        return True
    scheme, separator, authority = origins[0].partition("://")
    is_web = bool(separator) and scheme in ("http", "https")
    return len(origins) == 1 and is_web and authority.lower() == headers.get("host", "").lower()


def check_host_name(name: str) -> str:
    """A name to answer for, as it stands in a Host header. Raises SettingsError for one with scheme, port or path."""
    name = name.strip().lower()
    if not _HOST_NAME.fullmatch(name):
        raise SettingsError(f"--allow-host {name!r} is not a host name: give it without scheme, port and path")
    return name


class SizeCheck(ASGIMiddleware):
    """Refuses addresses and announced bodies that no question needs.

    max_body bytes of a body, but for what is sent (POST) to a path of longer_bodies.
    """

    scopes = (ScopeType.HTTP, ScopeType.WEBSOCKET)

    def __init__(self, max_body: int, longer_bodies: Mapping[str, int] | None = None) -> None:
        self._max_body = max_body
        self._longer_bodies = longer_bodies or {}

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        length = len(scope["raw_path"]) + len(scope["query_string"])
        if length > MAX_ADDRESS:
            raise HTTPException(detail=f"address of {length} bytes, at most {MAX_ADDRESS}", status_code=414)
        announced = Headers.from_scope(scope).get("content-length", "0")
        is_sent = scope.get("method") == "POST"
        max_body = self._longer_bodies.get(scope["path"], self._max_body) if is_sent else self._max_body
        if not announced.isdecimal() or int(announced[:12]) > max_body:
            raise HTTPException(detail=f"body of {announced[:12]} bytes, at most {max_body}", status_code=413)
        await next_app(scope, receive, send)


class HostCheck(ASGIMiddleware):
    """Refuses requests whose Host header names anything but this machine's loopback and what was allowed.

    open_paths are answered under any one name: they tell nothing.
    """

    scopes = (ScopeType.HTTP, ScopeType.WEBSOCKET)

    def __init__(self, hosts: Iterable[str] = (), open_paths: Collection[str] = ()) -> None:
        self._hosts = LOOPBACK_HOSTS | {check_host_name(name) for name in hosts}
        self._open_paths = open_paths

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        hosts = Headers.from_scope(scope).getall("host", [""])
        if len(hosts) > 1:
            raise HTTPException(detail=f"{len(hosts)} Host headers, exactly 1 is allowed", status_code=400)
        host = hosts[0]
        if host_name(host).lower() not in self._hosts and scope["path"] not in self._open_paths:
            raise HTTPException(detail=f"this server does not answer for host {host!r}", status_code=421)
        await next_app(scope, receive, send)


class EntityTag(ASGIMiddleware):
    """Tags answers with a hash of their bytes; a reader who has them already gets 304 without a body.

    `no-cache` means kept but asked about each time. An answer that names its own tag keeps it.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        wanted = Headers.from_scope(scope).get("if-none-match", "")
        await next_app(scope, receive, _tagging(send, wanted))


def entity_tag(body: bytes) -> str:
    """Strong tag of a body."""
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'


def is_named(tag: str, wanted: str) -> bool:
    """Whether an If-None-Match header names a tag: any by `*`, and weakly (RFC 9110, section 13.1.2): a proxy that
    compresses marks tags with W/."""
    return wanted.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in wanted.split(","))


def _tagging(send: Send, wanted: str) -> Send:
    started: list[Message] = []

    async def tag(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            started.append(message)
            return
        if message["type"] == "http.response.body" and started:
            start = started.pop()
            if not message.get("more_body"):
                message = _tagged(start, message, wanted)
            await send(start)
        await send(message)

    return tag


def _tagged(start: Message, message: Message, wanted: str) -> Message:
    body = message["body"] if message["type"] == "http.response.body" else b""
    headers = MutableScopeHeaders.from_message(start)
    name = headers.get("etag") or entity_tag(body)
    headers["ETag"] = name
    if "cache-control" not in headers:
        headers["Cache-Control"] = KEPT_BUT_ASKED
    if is_named(name, wanted) and start["type"] == "http.response.start":
        start["status"] = 304
        for absent in ("content-length", "content-encoding"):
            if absent in headers:
                del headers[absent]
        return {"type": "http.response.body", "body": b"", "more_body": False}
    return message
