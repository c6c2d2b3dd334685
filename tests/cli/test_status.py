"""`liqscape status`: what a served map says of itself; one line where nothing answers."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from made_up_sources import made_up_sources
from memory_history import MemoryHistory
from small_market import small_market

from liqscape.cli.status import _alerts, _delay, status
from liqscape.errors import RequestFailed, SettingsError
from liqscape.service.answers.deliveries import DeliveryStanding
from liqscape.service.answers.sources import SourcesAnswer, no_sources
from liqscape.service.view import MapView

TOKEN = "a token of the tests"
STATUS = MapView(MemoryHistory(small_market())).status()


@contextmanager
def served(sources: SourcesAnswer | bytes, token: str | None = None) -> Iterator[str]:
    """The two answers at an address of this machine."""
    import msgspec

    async def answer(request: web.Request) -> web.Response:
        if token is not None and request.headers.get("Authorization") != f"Bearer {token}":
            return web.Response(status=401)
        wanted = STATUS if request.path.endswith("status") else sources
        return web.Response(body=wanted if isinstance(wanted, bytes) else msgspec.json.encode(wanted))

    started: list[Any] = []
    ready = threading.Event()

    async def serve() -> None:
        app = web.Application()
        app.router.add_get("/api/v1/{what}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        stop = asyncio.Event()
        started.extend((asyncio.get_running_loop(), stop, runner.addresses[0][1]))
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    loop, stop, port = started
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


@pytest.fixture(autouse=True)
def _no_token_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIQSCAPE_TOKEN", raising=False)


def test_tables_tell_map_feed_sources_and_coverage(capsys: pytest.CaptureFixture[str]) -> None:
    with served(made_up_sources(STATUS.as_of_ms)) as url:
        status(url=url)
    said = capsys.readouterr().out
    for part in (
        "small test market (SIMULATED",
        "LIVE, newest data 480 ms old",
        "62 ms, 99 % within 240 ms",
        "62.0 % (55-70 %)",
        "843 of 1,200",
        "wss://api.example/ws",
        "HTTP 502 thrice",
        "kept others waiting for 38 ms at most in the last minute, 99 % within 2.5 ms",
        "history 3.42 GB",
        "460 MB a day, kept since ",
        "every frame for 30 days, anything for 365 days, 60 GB at most",
        "DISK NEARLY FULL",
        "2.5 days at this rate",
        "--max-history-gb TOO SMALL",
        "of them without a practical level",
        "12.5 %",
        "31, their pools without a level",
        "1,415 that do not matter",
        "120,000 of 1,000,000",
    ):
        assert part in said


def test_the_outbox_of_alerts_is_a_line_and_a_disk_that_takes_none_another() -> None:
    standing = DeliveryStanding(
        waiting=3,
        delivered=1_200,
        failed=1,
        oldest_age_ms=90_000,
        not_stored_since_ms=1_770_000_000_000,
        not_stored_reason="No space left on device",
    )
    assert _alerts(None) == []
    assert _alerts(standing) == [
        ("alerts", "3 wait, the oldest for 1.5 min, 1,200 delivered, 1 given up"),
        ("alerts NOT STORED", "since 2026-02-02T02:40:00Z: No space left on device"),
    ]


def test_json_holds_both_answers_as_the_api_gives_them(capsys: pytest.CaptureFixture[str]) -> None:
    with served(made_up_sources(5)) as url:
        status(url=url, json=True)
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"]["position_count"] == STATUS.position_count
    assert answer["sources"]["latency"]["p50_ms"] == 62.0


def test_a_map_that_follows_nothing_has_no_feed(capsys: pytest.CaptureFixture[str]) -> None:
    with served(no_sources(5)) as url:
        status(url=url)
    assert "feed" not in capsys.readouterr().out


def test_token_is_sent_as_a_header_and_asked_for_where_it_lacks(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN.replace(" ", "-") + "\n")
    with served(no_sources(5), TOKEN.replace(" ", "-")) as url:
        status(url=url, token_file=file)
        with pytest.raises(RequestFailed, match="asks for a token, or for another one; give it with"):
            status(url=url)
    assert "token" not in capsys.readouterr().out


def test_nothing_there_something_else_and_a_bad_address_are_one_line_each() -> None:
    with served(b"<html>") as url, pytest.raises(RequestFailed, match="is no liqscape of this version"):
        status(url=url)
    with pytest.raises(RequestFailed, match=r"no map answers at http://127.*liqscape serve"):
        status(url=url)
    with pytest.raises(SettingsError, match="--url"):
        status(url="127.0.0.1:8417")


def test_a_clock_behind_the_exchange_is_a_lag_below_zero() -> None:
    assert [_delay(ms) for ms in (None, 4.2, 2_000.0, -1_572_063.0)] == ["-", "4.2 ms", "2 s", "-26.2 min"]
