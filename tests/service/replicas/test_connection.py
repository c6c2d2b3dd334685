"""Real NATS servers on loopback: who is let in by token, credentials and certificates, and who is told nothing."""

from __future__ import annotations

import asyncio
import json
import logging
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from nats_access import Certificates, make_certificates, make_user
from replica_processes import Farm

from liqscape.errors import LiqscapeError, RequestFailed, SettingsError
from liqscape.service.replicas.connection import connected
from liqscape.service.replicas.sessions import Sessions
from liqscape.service.replicas.settings import NatsSettings, read_settings
from liqscape.service.replicas.stream import open_stream, stream_span

TOKEN = "never-to-be-told-4711"


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return make_certificates(tmp_path / "certificates")


def token_file(folder: Path, token: str = TOKEN) -> Path:
    path = folder / "token"
    path.write_text(f"{token}\n")
    path.chmod(0o600)
    return path


def span_of(settings: NatsSettings) -> bool:
    """Whether a stream can be made and read there."""

    async def ask() -> bool:
        async with connected(settings, "test") as link:
            await open_stream(link, settings)
            return await stream_span(link, settings) is not None

    return asyncio.run(ask())


def refusal_of(settings: NatsSettings) -> str:
    with pytest.raises(RequestFailed) as refused:
        span_of(settings)
    return str(refused.value)


def test_a_token_opens_and_another_one_is_refused_without_being_shown(farm: Farm) -> None:
    farm.nats(config=f'authorization {{ token: "{TOKEN}" }}')
    assert span_of(read_settings(farm.url, token_file=token_file(farm.folder)))
    assert span_of(read_settings(f"nats://{TOKEN}@127.0.0.1:{farm.nats_port}"))
    for wrong in (f"nats://{TOKEN}x@127.0.0.1:{farm.nats_port}", farm.url):
        said = refusal_of(read_settings(wrong))
        assert "Authorization" in said
        assert TOKEN not in said


def test_a_user_and_password_open(farm: Farm) -> None:
    farm.nats(config='authorization { user: "map", password: "p@ss,word" }')
    assert span_of(read_settings(f"nats://map:p%40ss%2Cword@127.0.0.1:{farm.nats_port}"))


def test_credentials_of_a_user_open_and_those_of_a_stranger_do_not(farm: Farm, tmp_path: Path) -> None:
    path, part = make_user(tmp_path)
    farm.nats(config=part, has_jetstream=False)  # which asks for a system account besides

    async def echo(credentials: Path) -> bytes:
        async with connected(read_settings(farm.url, credentials=credentials), "test") as link:
            heard = await link.client.subscribe("liqscape.main.frames")
            await link.client.publish("liqscape.main.frames", b"one")
            return (await heard.next_msg(5.0)).data

    assert asyncio.run(echo(path)) == b"one"
    (tmp_path / "other").mkdir()
    stranger, _ = make_user(tmp_path / "other")
    with pytest.raises(RequestFailed, match="Authorization"):
        asyncio.run(echo(stranger))


@pytest.mark.parametrize("content", [b"", b"\xff", b"-----BEGIN NATS USER JWT-----\n", "damaged", "cut"])
def test_a_file_that_holds_no_credentials_is_refused_at_once(content: bytes | str, tmp_path: Path) -> None:
    path, _ = make_user(tmp_path)
    if isinstance(content, str):
        text = path.read_text()
        seed = text.split("SEED-----\n")[1].split("\n")[0]
        other = f"{seed[:20]}{'B' if seed[20] == 'A' else 'A'}{seed[21:]}" if content == "damaged" else seed[:-4]
        content = text.replace(seed, other).encode()
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="holds no token and seed of a NATS user") as refused:
        read_settings("nats://127.0.0.1:1", credentials=path)
    assert "SU" not in str(refused.value)


def test_certificates_are_checked_on_both_sides(farm: Farm, certificates: Certificates, tmp_path: Path) -> None:
    farm.nats(config=certificates.server_part % "verify: true")
    url = f"tls://127.0.0.1:{farm.nats_port}"
    own = certificates.client
    assert span_of(read_settings(url, authority=certificates.authority, certificate=own))
    assert span_of(read_settings(farm.url, authority=certificates.authority, certificate=own)), "nats:// too"
    assert "certificate verify failed" in refusal_of(read_settings(url, certificate=own)), "the system knows it not"
    other = make_certificates(tmp_path / "others")
    assert "certificate verify failed" in refusal_of(read_settings(url, authority=other.authority, certificate=own)), (
        "another authority"
    )
    refusal_of(read_settings(url, authority=certificates.authority))
    refusal_of(read_settings(url, authority=certificates.authority, certificate=other.client))


def test_nothing_secret_is_sent_to_a_server_that_offers_no_tls(certificates: Certificates, tmp_path: Path) -> None:
    heard = bytearray()
    with plain_server(heard) as port:
        for url, authority in ((f"tls://map:{TOKEN}@127.0.0.1:{port}", None), (f"nats://127.0.0.1:{port}", True)):
            named = certificates.authority if authority else None
            settings = read_settings(url, authority=named, token_file=token_file(tmp_path) if authority else None)
            assert "secure connection not available" in refusal_of(settings)
    assert TOKEN.encode() not in heard
    assert b"CONNECT" not in heard


def test_what_cannot_be_is_said_at_once(certificates: Certificates, tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"^--nats ws://\*\*\*@host has no TLS to use a certificate with: wss:// has"
    ):
        read_settings("ws://secret@host", authority=certificates.authority)
    with pytest.raises(SettingsError, match="comma") as refused:
        read_settings("nats://map:pass,word@host")
    assert "pass" not in str(refused.value).replace("password", "")
    with pytest.raises(SettingsError, match="has a user or token already"):
        read_settings("nats://secret@host", token_file=token_file(tmp_path))
    with pytest.raises(SettingsError, match=r"\*\*\*@a,nats://b names servers with different users"):
        read_settings("nats://secret@a,nats://b")
    damaged = tmp_path / "no.pem"
    damaged.write_text("none")
    with pytest.raises(SettingsError, match="--nats-authority or --nats-certificate cannot be used"):
        span_of(read_settings("nats://127.0.0.1:1", authority=damaged))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("nats://me:hunter2%2C9@a:1,tls://me:hunter2%2C9@b", "nats://***@a:1,tls://***@b"),
        ("nats://a@b@host/path?token=x#y", "nats://***@host"),
        ("nats://host:4222", "nats://host:4222"),
    ],
)
def test_no_secret_of_an_address_is_shown(url: str, shown: str) -> None:
    settings = NatsSettings(url=url, token="T0ken-of-a-file")
    assert settings.shown == shown
    assert "hunter2" not in repr(settings)
    assert "T0ken" not in repr(settings)
    said = settings.masked("hunter2%2C9 T0ken-of-a-file hunter2,9\nand more" * 9)
    assert len(said) <= 200
    assert "\n" not in said
    assert "T0ken" not in said
    assert ("hunter2" in said) == ("hunter2" not in url)


def test_trouble_that_names_a_secret_is_said_without_it(caplog: pytest.LogCaptureFixture) -> None:
    settings = NatsSettings(url=f"nats://me:{TOKEN}@host")
    sessions = Sessions("collector", "a fault", 0.0, settings.masked)
    stop = asyncio.Event()

    async def session(_: asyncio.Event) -> None:
        stop.set()
        raise LiqscapeError(f"no connection to nats://me:{TOKEN}@host")

    with caplog.at_level(logging.WARNING, "liqscape.live"):
        asyncio.run(sessions.run(session, stop))
    assert sessions.trouble == "no connection to nats://***@host"
    assert TOKEN not in caplog.text


@contextmanager
def plain_server(heard: bytearray) -> Iterator[int]:
    """The port of a server that says what one without TLS says; `heard` gets what it hears."""
    said = {"server_id": "x", "version": "2.15.1", "max_payload": 1_048_576, "auth_required": True}

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(f"INFO {json.dumps(said)}\r\n".encode())
            heard.extend(self.request.recv(4_096))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
