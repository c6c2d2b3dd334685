"""The proxy example: API, stream and login under a path of their own over TLS, and silent readers that end there."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator

import httpx
import pytest
import websockets
from behind_nginx import Proxy, behind_nginx
from raw_http import GIVE_UP_S, small_server

TOKEN = "correct-horse-battery-staple"
SHORT = {
    "client_header_timeout 20s": "client_header_timeout 1s",
    "client_body_timeout   20s": "client_body_timeout 1s",
    "keepalive_timeout     60s": "keepalive_timeout 1s",
}


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with (
        small_server(token=TOKEN) as port,
        behind_nginx(tmp_path_factory.mktemp("nginx"), port, SHORT) as proxy,
    ):
        yield proxy


@pytest.fixture
def client(proxy: Proxy) -> Iterator[httpx.Client]:
    with httpx.Client(verify=proxy.trust(), base_url=proxy.url, timeout=GIVE_UP_S) as client:
        yield client


def test_api_answers_under_the_path(client: httpx.Client) -> None:
    assert client.get("api/v1/status").status_code == 401
    answer = client.get("api/v1/status", headers={"authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.json()["sequence"] >= 0) == (200, True)


def test_path_without_its_slash_leads_to_the_map(client: httpx.Client, proxy: Proxy) -> None:
    moved = client.get(proxy.url.rstrip("/"), follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (308, "/map/")


def test_login_stays_under_the_path_and_its_session_too(client: httpx.Client, proxy: Proxy) -> None:
    sent = client.get("", headers={"accept": "text/html"}, follow_redirects=True)
    assert str(sent.url) == f"{proxy.url}login"
    origin = {"origin": f"https://127.0.0.1:{proxy.port}"}
    entered = client.post("login", data={"token": TOKEN}, headers=origin, follow_redirects=False)
    assert str(httpx.URL(f"{proxy.url}login").join(entered.headers["location"])) == proxy.url
    (cookie,) = client.cookies.jar
    assert (cookie.path, cookie.secure) == ("/map", True)
    assert client.get("api/v1/status").status_code == 200


def test_page_of_another_origin_cannot_log_in_through_it(client: httpx.Client) -> None:
    refused = client.post("login", data={"token": TOKEN}, headers={"origin": "https://evil.example"})
    assert refused.status_code == 403


def test_stream_goes_through(proxy: Proxy) -> None:
    async def main() -> str:
        address = f"wss://127.0.0.1:{proxy.port}/map/api/v1/stream?coin=ETH"
        token = {"Authorization": f"Bearer {TOKEN}"}
        async with websockets.connect(
            address, ssl=proxy.trust(), additional_headers=token, max_size=None, proxy=None
        ) as stream:
            return str(json.loads(await stream.recv())["frame"]["coin"])

    assert asyncio.run(asyncio.wait_for(main(), GIVE_UP_S)) == "ETH"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /map/ HT",
        b"POST /map/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 40\r\n\r\ntok",
        b"GET /map/login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
    ids=["silent", "half a line", "half a body", "idle"],
)
@pytest.mark.parametrize("is_encrypted", [True, False], ids=["TLS", "no TLS"])
def test_connection_that_does_not_go_on_ends_there(proxy: Proxy, sent: bytes, is_encrypted: bool) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=GIVE_UP_S) as plain:
        taken = proxy.trust().wrap_socket(plain, server_hostname="127.0.0.1") if is_encrypted else plain
        taken.sendall(sent if is_encrypted else sent[:1])
        try:
            while taken.recv(65_536):
                continue
        except ConnectionResetError:
            pass  # an end too
        taken.close()
