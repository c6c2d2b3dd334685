"""A start on a folder that holds a map: it is shown at once with its age, and followed when its server answers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from live_map import Exchange, LiveMap, agrees, exchange, live_map, seconds_until

from liqscape.errors import SettingsError, StoreError
from liqscape.service.collecting.folder import network_of
from liqscape.service.collecting.replay import ReplayFigures, compare, replay
from liqscape.service.folders import read_origin
from liqscape.store.history import HistoryReader
from liqscape.store.raw_log import RawLogReader


@pytest.fixture(scope="module")
def served() -> Iterator[Exchange]:
    with exchange(accounts=80, coins=3, seed=6) as made:
        yield made


@pytest.fixture(scope="module")
def left(served: Exchange, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a map that has ended; its last frame, stored without waiting for a full minute, has everybody."""
    data = tmp_path_factory.mktemp("left") / "data"
    with live_map(served.network, data) as running:
        seconds_until(lambda: agrees(running.sizes(), served.sizes()), "the map to be whole")
        now = running.market.live.now
        assert now is not None
        running.market.history.offer(replace(now, is_stored=True))
    return data


@pytest.fixture
def data(left: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(left, tmp_path / "data"))


def info_trouble(running: LiveMap) -> str:
    return next(row.trouble or "" for row in running.figures().sources if row.kind == "info")


def assert_shown_as_stored(running: LiveMap, data: Path) -> None:
    """Every door says the same: the last stored frame, reconnecting, with an age."""
    status, sources = running.view.status(), running.figures()
    assert status.as_of_ms == status.last_ms == HistoryReader(data).last_ms
    assert (status.is_live, status.feed_state, sources.state) == (False, "reconnecting", "reconnecting")
    assert sources.as_of_ms == status.as_of_ms
    assert sources.age_ms is not None
    assert sources.ledger.accounts == sources.ledger.unsure == status.address_count > 10
    metrics = running.market.metrics.render(sources).decode()
    assert "liqscape_up 0.0" in metrics
    frame, _, reported = running.view.newest(running.view.coins().coins[0].coin)
    assert (reported.is_live, reported.as_of_ms) == (False, frame.time_ms)


def test_without_a_network_the_stored_map_is_shown_and_goes_live_when_the_server_is_back(
    served: Exchange, data: Path
) -> None:
    served.vanish()
    left_ms = HistoryReader(data).last_ms
    try:
        with live_map(served.network, data) as running:
            seconds_until(lambda: info_trouble(running), "the failure to be said")
            assert "cannot be reached" in info_trouble(running)
            assert_shown_as_stored(running, data)
            assert running.market.frame_count == 0
            served.serve()
            seconds_until(lambda: running.figures().state == "live", "the map to be live")
            seconds_until(lambda: agrees(running.sizes(), served.sizes()), "the map to be right")
            assert running.view.status().is_live
            seconds_until(lambda: HistoryReader(data).last_ms != left_ms, "a frame to be stored")
    finally:
        if served.sandbox is None:
            served.serve()
    figures, reader = ReplayFigures(), HistoryReader(data)
    for cut in replay(RawLogReader(data / "raw").records(), figures):
        if cut.is_stored:
            compare(cut, reader, figures)
    assert figures.equal_frames >= 2
    assert (figures.differing_frames, figures.missing_frames, figures.before_start) == (0, 0, 0)


def test_another_sandbox_at_the_same_address_is_refused_and_the_stored_map_stays(served: Exchange, data: Path) -> None:
    served.vanish()
    other = Exchange(accounts=80, coins=3, seed=7)
    other.port = served.port
    other.serve()
    try:
        before = _raw_bytes(data)
        with live_map(served.network, data) as running:
            seconds_until(lambda: info_trouble(running), "the refusal to be said")
            assert "is the sandbox of seed 7" in info_trouble(running)
            assert_shown_as_stored(running, data)
        assert _raw_bytes(data) - before < 2_000  # a start, and no answer of the other one
    finally:
        other.end()
        served.serve()


def _raw_bytes(data: Path) -> int:
    return sum(path.stat().st_size for path in (data / "raw").iterdir())


def test_a_folder_without_a_frame_and_no_network_is_one_sentence_and_nothing_is_left(
    served: Exchange, tmp_path: Path
) -> None:
    served.vanish()
    try:
        with (
            pytest.raises(SettingsError, match=r"cannot be reached.*liqscape demo.*--recording"),
            live_map(served.network, tmp_path / "new"),
        ):
            pytest.fail("nothing to show")
        assert not (tmp_path / "new").exists()
    finally:
        served.serve()


def test_two_writers_of_one_folder_are_refused_with_a_sentence(served: Exchange, data: Path) -> None:
    with live_map(served.network, data) as running:
        with pytest.raises(StoreError, match="another process is writing this history"), live_map(served.network, data):
            pytest.fail("two writers")
        seconds_until(lambda: running.figures().state == "live", "the first to go on")


def test_a_folder_alone_names_its_exchange_on_the_command_line(served: Exchange, data: Path) -> None:
    assert network_of(data) == served.network
    origin = read_origin(data)
    assert origin is not None
    assert origin.world == "seed 6, 80 accounts, 3 coins"
    with command(data) as (said, address):
        assert "SIMULATED" in said
        seconds_until(lambda: asked(address, "status")["is_live"], "the map to be live")


def test_a_read_only_look_is_served_as_stored(data: Path) -> None:
    with command(data, "--read-only") as (said, address):
        assert "SIMULATED, stored, not live" in said
        status, sources = asked(address, "status"), asked(address, "sources")
        assert (status["is_live"], status["feed_state"], sources["state"]) == (False, "stored", "stored")
        assert status["as_of_ms"] == HistoryReader(data).last_ms
    assert read_origin(data) is not None


@contextmanager
def command(data: Path, *options: str) -> Iterator[tuple[str, str]]:
    """`liqscape serve --data` as a user runs it: its first line and its address. It ends with code 0."""
    words = [sys.executable, "-m", "liqscape", "serve", "--data", str(data), "--port", "0", *options]
    environment = {**os.environ, "LIQSCAPE_DEBUG": "1"}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            yield said, said.split(" at ")[1].split()[0]
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


def asked(address: str, what: str) -> Any:
    """An answer of the API."""
    with urllib.request.urlopen(f"{address}/api/v1/{what}") as answer:
        return json.load(answer)
