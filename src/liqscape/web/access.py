"""Who may ask, where the server has a token: programs send it as a header, the page's reader logs in once.

Programs send `Authorization: Bearer TOKEN`. A browser gets a session from the login page: an HttpOnly cookie with the
time it ends and a code of that time, keyed with the token. So the token is in no cookie, address or log, sessions
outlive a restart, and a new token ends them all. Comparisons take the same time wherever the two differ.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from liqscape.errors import SettingsError

SESSION_COOKIE = "liqscape_session"
SESSION_SECONDS = 30 * 86_400
SHORTEST_TOKEN, MAX_TOKEN = 16, 500
"""Characters. So many cannot be found by trying, which is why failures lock nobody out."""
LOGIN_PATH = "/login"
HEALTH_PATHS = frozenset({"/healthz", "/readyz"})
"""Probers ask them, without a token and by the machine's address; they tell nothing of the map."""
OPEN_PATHS = frozenset({LOGIN_PATH, "/login.css", "/favicon.ico"}) | HEALTH_PATHS
"""What is served without a token: the way in, and whether there is one."""
COMPAT_PATHS, COMPAT_KEY = "/compat/coinglass/", "cg-api-key"
"""Where CoinGlass's own header carries the token too, so that its clients need no other code (docs/compat.md)."""
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="liqscape"'}

Clock = Callable[[], float]
"""Seconds since 1970."""


def check_token(token: str) -> str:
    """A token fit for use. Raises SettingsError, without showing it, for one that is too short or no plain ASCII."""
    if not SHORTEST_TOKEN <= len(token) <= MAX_TOKEN:
        raise SettingsError(f"the token has {len(token)} characters; {SHORTEST_TOKEN} to {MAX_TOKEN} are allowed")
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise SettingsError("the token may hold printable ASCII characters without blanks only")
    return token


@dataclass(frozen=True, repr=False)
class Access:
    """One token and what follows from it."""

    token: str
    clock: Clock = time.time

    def is_token(self, given: str) -> bool:
        """True for the token itself."""
        return hmac.compare_digest(given.encode(), self.token.encode())

    def new_session(self) -> str:
        """Cookie value of a reader who has shown the token."""
        return self._session(int(self.clock()) + SESSION_SECONDS)

    def is_session(self, value: str) -> bool:
        """True for a session of this token that has not ended."""
        end = value.partition(".")[0]
        if not (end.isascii() and end.isdecimal() and len(end) <= 12):
            return False
        return hmac.compare_digest(value.encode(), self._session(int(end)).encode()) and int(end) > self.clock()

    def allows(self, headers: Headers) -> bool:
        """True where a request carries the token or a session."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.is_token(given.strip())
        return self.is_session(_cookie(headers.get("cookie", "")))

    def _session(self, end_s: int) -> str:
        code = hmac.digest(self.token.encode(), f"liqscape session until {end_s}".encode(), "sha256")
        return f"{end_s}.{code.hex()}"


class TokenCheck(ASGIMiddleware):
    """Refuses what carries neither token nor session; sends a browser that wants the page to the login page."""

    scopes = (ScopeType.HTTP, ScopeType.WEBSOCKET)

    def __init__(self, access: Access) -> None:
        self._access = access

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        headers = Headers.from_scope(scope)
        is_open = scope["type"] == ScopeType.HTTP and scope["path"] in OPEN_PATHS
        if is_open or self._has_key(scope["path"], headers) or self._access.allows(headers):
            await next_app(scope, receive, send)
            return
        if scope["path"] == "/" and "text/html" in headers.get("accept", ""):
            head = [
                (b"location", LOGIN_PATH.lstrip("/").encode()),
                (b"cache-control", b"no-store"),
                (b"content-length", b"0"),
            ]
            await send({"type": "http.response.start", "status": 303, "headers": head})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        raise HTTPException(
            detail=f"this server asks for its token: Authorization: Bearer, or {LOGIN_PATH} in a browser",
            status_code=401,
            headers=CHALLENGE,
        )

    def _has_key(self, path: str, headers: Headers) -> bool:
        """True where a client of another service brings the token as its key, on that service's paths alone."""
        return path.startswith(COMPAT_PATHS) and self._access.is_token(headers.get(COMPAT_KEY, ""))


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(SESSION_COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value
