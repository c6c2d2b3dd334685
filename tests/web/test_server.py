"""The real server on a real socket: one ready call, answers, a clean end of everything on a signal."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from liqscape.errors import SettingsError
from liqscape.web import server
from liqscape.web.connection_limits import ConnectionLimits
from liqscape.web.connections import WebConfig
from liqscape.web.server import check_host, choose_port, reachable, url_host

SUPPORT = Path(__file__).parent.parent / "support"

SERVED = """
    import asyncio, socket, sys
    from dataclasses import replace
    sys.path.insert(0, sys.argv[1])
    from memory_history import MemoryHistory
    from small_market import small_market
    from liqscape.heatmap.moment import Moment
    from liqscape.service.hub import Hub
    from liqscape.service.live import LiveState
    from liqscape.service.view import MapView
    from liqscape.web.app import create_app
    from liqscape.web.server import run_server

    market = small_market()
    live = LiveState()
    newest = {"frame": market.frames[-1], "accounts": market.accounts[-1], "tables": market.tables}
    live.publish(Moment(**newest, is_stored=True))
    view = MapView(MemoryHistory(market), live)
    hub = Hub(view)

    async def work(stop):
        await stop.wait()
        print("work ended", flush=True)

    listener = socket.create_server(("127.0.0.1", 0)) if sys.argv[2] == "listens" else None
    run_server(create_app(view, hub), "127.0.0.1", 0, on_ready=lambda port: print(port, flush=True),
               on_stop=hub.shut_down, work=work, listener=listener)
    print("server ended", flush=True)
"""


@pytest.mark.parametrize("socket_before", ["listens", "none"])
def test_server_answers_streams_and_ends_cleanly_on_a_signal(socket_before: str) -> None:
    import websockets

    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(SERVED), str(SUPPORT), socket_before],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        port = int(process.stdout.readline())

        async def talk() -> tuple[int, dict, int]:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            uri = f"ws://127.0.0.1:{port}/api/v1/stream?coin=BTC"
            async with websockets.connect(uri, max_size=None, proxy=None) as stream:
                assert stream.protocol.extensions == []  # no permessage-deflate
                message = json.loads(await stream.recv())
                process.send_signal(signal.SIGTERM)
                await stream.wait_closed()
                return int(answer.split()[1]), message, stream.close_code

        status, message, close_code = asyncio.run(asyncio.wait_for(talk(), 30))
        assert status == 200
        assert message["type"] == "snapshot"
        assert close_code == 1001
        rest, errors = process.communicate()
        assert rest.splitlines() == ["work ended", "server ended"]
        assert errors == ""
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def test_taken_port_is_refused_with_the_way_out() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        with pytest.raises(SettingsError, match=f"--port {port} is taken.*--port 0"):
            choose_port("127.0.0.1", port)


def test_port_zero_picks_a_free_one() -> None:
    assert 1024 <= choose_port("127.0.0.1", 0) <= 65_535


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use any port")
def test_port_that_is_not_allowed_is_refused() -> None:
    with pytest.raises(SettingsError, match="--port 1 cannot be used"):
        choose_port("127.0.0.1", 1)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
def test_other_addresses_need_a_token(host: str) -> None:
    with pytest.raises(SettingsError, match="refused without a token: set LIQSCAPE_TOKEN"):
        check_host(host)
    assert check_host(host, "a token that was checked") == host


@pytest.mark.parametrize("host", ["example.org", "", "127.0.0.1:80", "1.2.3"])
def test_what_is_no_address_is_refused_with_and_without_a_token(host: str) -> None:
    for token in (None, "a token that was checked"):
        with pytest.raises(SettingsError, match="is not an address of this machine"):
            check_host(host, token)


def test_loopback_by_name_is_loopback() -> None:
    assert check_host("localhost") == check_host("127.0.0.1") == "127.0.0.1"
    assert check_host("::1") == "::1"


def test_all_addresses_are_reached_at_loopback_and_written_as_urls_have_them() -> None:
    assert [reachable(host) for host in ("0.0.0.0", "::", "10.0.0.2")] == ["127.0.0.1", "::1", "10.0.0.2"]
    assert [url_host(host) for host in ("10.0.0.2", "::1")] == ["10.0.0.2", "[::1]"]


def test_a_stop_ends_what_a_connection_waits_for_without_a_word(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "SHUTDOWN_SECONDS", 0.1)
    heard = []

    async def app(_: object, receive: Callable[[], Awaitable[dict]], __: object) -> None:
        heard.append("begun")
        while (await receive())["type"] != "http.disconnect":
            continue
        heard.append("left")

    async def main() -> None:
        config = WebConfig(app, ConnectionLimits(), 10, lifespan="off", log_config=None, timeout_graceful_shutdown=60)
        tried = server._Server(config)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            serving = asyncio.create_task(tried.serve([listener]))
            await tried.is_ready.wait()
            _, writer = await asyncio.open_connection(*listener.getsockname())
            writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            while not heard:
                await asyncio.sleep(0)
            tried.should_exit = True
            await serving
            writer.close()

    asyncio.run(main())
    assert heard == ["begun", "left"]
    assert not [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")]
