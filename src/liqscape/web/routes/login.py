"""GET and POST /login: the page that takes the token once and leaves a session cookie. Only where there is a token."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import MediaType, RequestEncodingType
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body

from liqscape.web.access import LOGIN_PATH, MAX_TOKEN, SESSION_COOKIE, SESSION_SECONDS, Access
from liqscape.web.guard import is_same_origin

NO_STORE = {"Cache-Control": "no-store"}

PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="dark light" />
    <title>liqscape</title>
    <link rel="icon" href="favicon.ico" />
    <link rel="stylesheet" href="login.css" />
  </head>
  <body>
    <main>
      <h1>liqscape</h1>
      <form method="post" action="login">
        <label for="token">Token of this server</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus />
        <button>Open the map</button>
        {said}
      </form>
      <p>The server reads it from LIQSCAPE_TOKEN or the file named with --token-file.</p>
    </main>
  </body>
</html>
"""
REFUSED = '<p role="alert">That is not the token.</p>'

STYLE = """:root { color-scheme: dark light; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: light-dark(#f6f7f9, #0c0f14); color: light-dark(#1b2027, #dfe5ee); }
main { width: min(22rem, calc(100vw - 3rem)); }
h1 { font-size: 1.4rem; margin: 0 0 1.2rem; }
form { display: grid; gap: 0.6rem; }
input, button { font: inherit; padding: 0.6rem 0.7rem; border-radius: 6px;
  border: 1px solid light-dark(#b9c1cc, #3a4454); }
input { background: light-dark(#fff, #151a22); color: inherit; }
button { background: light-dark(#1b5fc1, #2f6fd0); color: #fff; border-color: transparent; cursor: pointer; }
input:focus-visible, button:focus-visible { outline: 2px solid light-dark(#1b5fc1, #7fb0ff); outline-offset: 2px; }
p { margin: 0.9rem 0 0; font-size: 0.87rem; color: light-dark(#56606d, #98a4b5); }
p[role="alert"] { margin: 0; color: light-dark(#b3261e, #ff8a80); }
"""


class LoginForm(msgspec.Struct, frozen=True):
    """The one field of the page."""

    token: Annotated[str, msgspec.Meta(max_length=MAX_TOKEN)]


def login_routes(access: Access) -> list[HTTPRouteHandler]:
    """Route handlers that give out sessions of `access`."""

    @get(LOGIN_PATH, include_in_schema=False, sync_to_thread=False)
    def get_login() -> Response[str]:
        return _page("", 200)

    @get("/login.css", include_in_schema=False, sync_to_thread=False)
    def get_style() -> Response[str]:
        return Response(STYLE, media_type="text/css")

    @post(LOGIN_PATH, include_in_schema=False, sync_to_thread=False)
    def post_login(
        request: Request[Any, Any, Any],
        data: Annotated[LoginForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    ) -> Response[str]:
        if not is_same_origin(request.headers):
            raise HTTPException(detail="a page of another origin may not log in", status_code=403)
        if not access.is_token(data.token.strip()):
            return _page(REFUSED, 401)
        cookie = Cookie(
            SESSION_COOKIE,
            value=access.new_session(),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="strict",
            path="",  # none said: the folder of /login; under a proxy that is the map's own path
            secure=request.headers.get("origin", "").startswith("https:"),
        )
        return Response("", status_code=303, headers={**NO_STORE, "Location": "./"}, cookies=[cookie])

    return [get_login, get_style, post_login]


def _page(said: str, status: int) -> Response[str]:
    return Response(PAGE.replace("{said}", said), media_type=MediaType.HTML, status_code=status, headers=NO_STORE)
