"""Signed webhooks against a real receiver on loopback: signed, once an attempt, nowhere it may not go."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from hook_server import free_port, open_hook_server
from made_alerts import made_message

from liqscape.service.alerting.attempt import Attempt
from liqscape.service.alerting.destinations import Destination, parse_destinations
from liqscape.service.alerting.signing import signature
from liqscape.service.alerting.webhook import LookUp, WebhookSender

SECRET = "a secret of the desk"


def desk(url: str, *, is_private_allowed: bool = True) -> Destination:
    """A webhook, with its secret in DESK_SECRET."""
    entry = {"webhook": url, "secret_env": "DESK_SECRET", "allow_private": is_private_allowed}
    return parse_destinations({"desk": entry}, Path("alerts.toml"))["desk"]


def send(destination: Destination, *, patience_s: float = 10.0, look_up: LookUp | None = None) -> Attempt:
    """One attempt at 12:00:00.9 of some day."""
    sender = WebhookSender(destination, patience_s=patience_s, clock_s=lambda: 1_700_000_000.9, look_up=look_up)
    return asyncio.run(sender.send(made_message()))


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", SECRET)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")


def test_a_receiver_can_check_id_time_and_body() -> None:
    """As docs/alerts.md says it, worked out here once more."""
    with open_hook_server() as server:
        assert send(desk(server.url)).is_delivered
        hook = server.next()
    assert hook.path == "/hooks/SECRETPATH?key=SECRETQUERY"
    assert hook.body == made_message().body.encode()
    assert json.loads(hook.body)["alert_id"] == hook.headers["webhook-id"] == hook.headers["idempotency-key"]
    assert hook.headers["webhook-timestamp"] == "1700000000"
    assert hook.headers["content-type"] == "application/json"
    signed = f"{hook.headers['webhook-id']}.{hook.headers['webhook-timestamp']}.".encode() + hook.body
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    assert hook.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


def test_the_signature_is_that_of_the_published_example() -> None:
    """Test vector of standardwebhooks.com (the specification's own example of signing)."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 410, 429, 500, 503])
def test_anything_but_success_is_a_failure(status: int) -> None:
    with open_hook_server() as other, open_hook_server(status=status, headers={"location": other.url}) as server:
        attempt = send(desk(server.url))
        assert not attempt.is_delivered
        assert attempt.reason is not None
        assert attempt.reason.startswith(f"it answers {status}")
        assert ("redirects are not followed" in attempt.reason) == (status < 400)
        assert other.received.empty()


def test_what_the_receiver_asks_to_be_waited_is_told() -> None:
    for text, seconds in (("7", 7.0), ("999999999", 3_600.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)):
        with open_hook_server(status=429, headers={"retry-after": text}) as server:
            assert send(desk(server.url)).retry_after_s == seconds


def test_one_that_says_nothing_is_not_waited_for_longer() -> None:
    with open_hook_server(is_silent=True) as server:
        assert send(desk(server.url), patience_s=0.2).reason == "no answer within 0.2 s"


def test_one_that_is_not_there() -> None:
    attempt = send(desk(f"http://127.0.0.1:{free_port()}/SECRETPATH"))
    assert attempt.reason == "connection refused"


def test_one_that_hangs_up() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        async def hung_up() -> Attempt:
            def hang_up() -> None:
                listener.accept()[0].close()

            accepting = asyncio.create_task(asyncio.to_thread(hang_up))
            attempt = await WebhookSender(desk(f"http://127.0.0.1:{port}/SECRETPATH")).send(made_message())
            await accepting
            return attempt

        attempt = asyncio.run(hung_up())
    assert attempt.reason in ("the connection ended before an answer that can be read", "connection reset by peer")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"])
def test_loopback_is_refused_however_it_is_written(host: str) -> None:
    with open_hook_server() as server:
        attempt = send(desk(f"http://{host}:{server.port}/SECRETPATH", is_private_allowed=False))
        assert not attempt.is_delivered
        assert attempt.reason is not None
        assert "loopback or private" in attempt.reason or host.isdecimal(), "a number is no host for the client"
        assert server.received.empty()


def test_metadata_is_refused_even_where_private_addresses_are_allowed() -> None:
    attempt = send(desk("http://169.254.169.254/latest/meta-data"))
    assert attempt.reason == "its address is link-local, reserved or of cloud metadata, which is never allowed"


def test_a_name_that_points_elsewhere_the_second_time_is_refused_then() -> None:
    """DNS rebinding: what is judged is the address of the connection, at every attempt."""
    with open_hook_server() as server:
        answers = [("8.8.8.8", 443), ("127.0.0.1", server.port)]
        asked: list[str] = []

        def look_up(host: str, _port: int, _family: int) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", answers[min(len(asked), 2) - 1])]

        destination = desk(f"http://rebinding.example:{server.port}/", is_private_allowed=False)
        sender = WebhookSender(destination, patience_s=0.2, look_up=look_up)
        reasons = [asyncio.run(sender.send(made_message())).reason for _ in range(2)]
        assert reasons[0] is not None
        assert "loopback" not in reasons[0], "a public address is tried"
        assert reasons[1] == "its address is loopback or private; allow_private would allow that"
        assert asked == ["rebinding.example"] * 2
        assert server.received.empty()


def test_a_private_address_among_public_ones_is_not_connected_to() -> None:
    with open_hook_server() as server:

        def look_up(_host: str, _port: int, _family: int) -> list[Any]:
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, server.port)) for each in ("127.0.0.1", "10.0.0.1")
            ]

        attempt = send(desk(f"http://mixed.example:{server.port}/", is_private_allowed=False), look_up=look_up)
        assert attempt.reason == "its address is loopback or private; allow_private would allow that"
        assert server.received.empty()


def test_a_name_that_is_not_found_is_said_without_the_name() -> None:
    def look_up(host: str, _port: int, _family: int) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is not known")

    attempt = send(desk("https://SECRETHOST.example/"), look_up=look_up)
    assert attempt.reason == "its name is not found"


def test_a_name_server_that_is_silent_keeps_nothing_up() -> None:
    with open_hook_server() as server:

        def look_up(_host: str, _port: int, _family: int) -> list[Any]:
            server.released.wait(30.0)
            return []

        attempt = send(desk("https://silent.example/"), patience_s=0.2, look_up=look_up)
        assert attempt.reason == "no answer within 0.2 s"


def test_tls_that_is_none_is_said() -> None:
    with open_hook_server() as server:
        attempt = send(desk(server.url.replace("http:", "https:")))
    assert attempt.reason is not None
    assert not attempt.is_delivered
    assert "SECRET" not in attempt.reason
