"""One application of the ASGI standard behind the guards of the API: token, host, origin and size of a request.

What stands behind it is handed in; this package does not know what it is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any

from litestar import Litestar, asgi
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from liqscape.web.access import Access, TokenCheck, check_token
from liqscape.web.guard import HostCheck, SizeCheck, add_security_headers, is_same_origin
from liqscape.web.problems import EXCEPTION_HANDLERS

Behind = Callable[[Any, Any, Any], Awaitable[None]]
"""An application of the standard; its own types differ by framework."""


class OriginCheck(ASGIMiddleware):
    """Refuses pages of other origins; programs send no Origin and pass."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if not is_same_origin(Headers.from_scope(scope)):
            raise HTTPException(detail="a page of another origin may not ask here", status_code=403)
        await next_app(scope, receive, send)


def create_door(
    path: str,
    behind: Behind,
    running: Callable[[], AbstractAsyncContextManager[None]],
    *,
    max_body: int,
    token: str | None = None,
    hosts: Iterable[str] = (),
) -> Litestar:
    """The application that answers at `path` only, and there by what is behind it.

    running  entered while the application is up.
    max_body bytes of a request. Raises SettingsError for a token or a host name that will not do.
    """

    @asgi(path, copy_scope=True)
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await behind(scope, receive, send)

    access = [] if token is None else [TokenCheck(Access(check_token(token)))]
    return Litestar(
        route_handlers=[answer],
        middleware=[SizeCheck(max_body), HostCheck(hosts), *access, OriginCheck()],
        before_send=[add_security_headers],
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
        request_max_body_size=max_body,
        lifespan=[lambda _: running()],
        logging_config=None,
    )
