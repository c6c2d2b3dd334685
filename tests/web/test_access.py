"""The token: what is refused without it, how programs and browsers give it, and that it shows nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import TestClient

from liqscape.errors import SettingsError
from liqscape.service.hub import Hub
from liqscape.service.view import MapView
from liqscape.web.access import SESSION_COOKIE, SESSION_SECONDS, Access, check_token
from liqscape.web.app import create_app

BASE = "http://127.0.0.1:8417"
TOKEN = "correct-horse-battery-staple"
BEARER = {"authorization": f"Bearer {TOKEN}"}
SAME_SITE = {"origin": BASE}


@pytest.fixture
def guarded(view: MapView) -> Iterator[TestClient]:
    app = create_app(view, Hub(view), token=TOKEN, hosts=["map.example.org", "[fe80::1]"])
    with TestClient(app, base_url=BASE) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    ["/", "/api/v1/status", "/api/v1/sources", "/metrics", "/schema/openapi.json", "/assets/app.js"],
)
def test_without_the_token_everything_is_refused(guarded: TestClient, path: str) -> None:
    response = guarded.get(path)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.json()["type"] == "urn:liqscape:problem:token-needed"


def test_programs_give_it_as_a_header(guarded: TestClient) -> None:
    assert guarded.get("/api/v1/status", headers=BEARER).status_code == 200
    assert guarded.get("/api/v1/status", headers={"authorization": f"bearer {TOKEN}"}).status_code == 200
    with guarded.websocket_connect("/api/v1/stream", headers=BEARER) as socket:
        assert socket.receive_json()["type"] == "snapshot"


def test_description_says_that_a_token_is_asked(guarded: TestClient, client: TestClient) -> None:
    described = guarded.get("/schema/openapi.json", headers=BEARER).json()
    assert described["security"] == [{"token": []}]
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert "security" not in client.get("/schema/openapi.json").json()


@pytest.mark.parametrize(
    "given",
    [
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN} {TOKEN}",
        f"Bearer {TOKEN}".upper(),
    ],
)
def test_anything_but_the_token_is_refused(guarded: TestClient, given: str) -> None:
    assert guarded.get("/api/v1/status", headers={"authorization": given}).status_code == 401


def test_token_in_the_address_is_no_token(guarded: TestClient) -> None:
    assert guarded.get(f"/api/v1/status?token={TOKEN}").status_code == 401


def test_stream_is_refused_without_it(guarded: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), guarded.websocket_connect("/api/v1/stream") as socket:
        socket.receive_text()


def test_browser_is_sent_to_the_login_page_and_enters_once(guarded: TestClient) -> None:
    sent = guarded.get("/", headers={"accept": "text/html,*/*"}, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "login")
    page = guarded.get("/login")
    assert page.status_code == 200
    assert 'type="password"' in page.text
    entered = guarded.post("/login", data={"token": TOKEN}, headers=SAME_SITE, follow_redirects=False)
    assert (entered.status_code, entered.headers["location"]) == (303, "./")
    cookie = entered.headers["set-cookie"]
    for part in (f"{SESSION_COOKIE}=", "HttpOnly", "SameSite=strict"):
        assert part.lower() in cookie.lower()
    assert TOKEN not in cookie
    assert "path=" not in cookie.lower()  # the folder of /login, whatever path a proxy serves the map under
    assert "secure" not in cookie.lower()
    assert guarded.get("/api/v1/status").status_code == 200
    with guarded.websocket_connect("/api/v1/stream", headers=SAME_SITE) as socket:
        assert socket.receive_json()["type"] == "snapshot"


def test_session_is_for_encrypted_connections_only_where_the_page_came_over_one(view: MapView) -> None:
    app = create_app(view, Hub(view), token=TOKEN, hosts=["map.example.org"])
    with TestClient(app, base_url="https://map.example.org") as client:
        headers = {"origin": "https://map.example.org"}
        entered = client.post("/login", data={"token": TOKEN}, headers=headers, follow_redirects=False)
        assert "secure" in entered.headers["set-cookie"].lower()


def test_forms_of_our_pages_name_their_origin(guarded: TestClient) -> None:
    assert guarded.get("/login").headers["referrer-policy"] == "same-origin"  # "no-referrer" makes it null


def test_wrong_token_at_the_login_page_is_said_there_and_not_repeated(guarded: TestClient) -> None:
    response = guarded.post("/login", data={"token": "wrong-wrong-wrong-wrong"}, headers=SAME_SITE)
    assert response.status_code == 401
    assert "not the token" in response.text
    assert "wrong-wrong" not in response.text
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_page_of_another_origin_cannot_log_in(guarded: TestClient, origin: str) -> None:
    response = guarded.post("/login", data={"token": TOKEN}, headers={"origin": origin})
    assert (response.status_code, response.headers["content-type"]) == (403, "application/problem+json")


def test_login_takes_one_short_form_and_nothing_else(guarded: TestClient) -> None:
    kinds = {"content-type": "application/x-www-form-urlencoded"}
    assert guarded.post("/login", content=b"", headers=kinds).status_code == 400
    assert guarded.post("/login", content=b"token=" + b"x" * 2_000, headers=kinds).status_code == 413
    assert guarded.post("/login", content=iter([b"token=" + b"x" * 2_000]), headers=kinds).status_code == 413
    assert guarded.post("/login", json={"token": 5}).status_code == 400


def test_sessions_end_and_cannot_be_made_up() -> None:
    now = 1_000.0
    access = Access(TOKEN, lambda: now)
    session = access.new_session()
    assert access.is_session(session)
    now = 1_000.0 + SESSION_SECONDS
    assert not access.is_session(session)
    now = 1_000.0
    end, _, code = session.partition(".")
    later = f"{int(end) + 1}.{code}"
    for made_up in ("", ".", later, end, f"{end}.", f"{end}.{code}0", f"{end}.{'0' * 64}", f"٣.{code}", f"{end}.ü"):
        assert not access.is_session(made_up)
    assert not Access(TOKEN + "2", lambda: now).is_session(session)


def test_token_is_not_shown_by_accident() -> None:
    assert TOKEN not in repr(Access(TOKEN))
    assert TOKEN not in Access(TOKEN).new_session()


def test_hosts_that_were_allowed_are_answered_and_no_others(guarded: TestClient) -> None:
    for host in ("map.example.org", "MAP.example.org:443", "[fe80::1]:8417", "localhost"):
        assert guarded.get("/api/v1/status", headers={**BEARER, "host": host}).status_code == 200
    for host in ("example.org", "evil.map.example.org", "map.example.org.evil.example"):
        assert guarded.get("/api/v1/status", headers={**BEARER, "host": host}).status_code == 421


@pytest.mark.parametrize("name", ["http://x", "x:80", "x/y", "", "*", "a b", "-x"])
def test_host_name_that_is_none_is_refused_at_the_start(view: MapView, name: str) -> None:
    with pytest.raises(SettingsError, match="is not a host name"):
        create_app(view, Hub(view), token=TOKEN, hosts=[name])


@pytest.mark.parametrize("token", ["", "short", "x" * 501, "with blank in the middle", "ümlaute-ümlaute-ümlaute"])
def test_weak_or_odd_token_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(SettingsError) as refused:
        check_token(token)
    assert not token or token not in str(refused.value)
