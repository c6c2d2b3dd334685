"""Outages and ends of the program: what is said meanwhile, what a restart knows, what replay gives back."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_map import Exchange, LiveMap, agrees, exchange, live_map, seconds_until

from liqscape.cli.main import main
from liqscape.feed.limiter import WeightLimiter
from liqscape.service.collecting.clock import SteadyClock
from liqscape.service.collecting.folder import claim_live_folder
from liqscape.service.collecting.replay import ReplayFigures, compare, replay
from liqscape.service.collecting.weight_writer import WeightWriter, stored_uses
from liqscape.store.history import HistoryReader
from liqscape.store.raw_log import RawLogReader
from liqscape.store.register import AddressRegister

HOUR_NS = 3_600_000_000_000


@pytest.fixture(scope="module")
def served() -> Iterator[Exchange]:
    with exchange(accounts=120, coins=3, seed=6) as made:
        yield made


@pytest.fixture
def hasty() -> Iterator[Exchange]:
    """Five seconds of it a second: a minute, which is what is stored, passes in twelve."""
    with exchange(accounts=120, coins=3, seed=6, speed=5.0) as made:
        yield made


def wait_for_frames(running: LiveMap, count: int) -> None:
    """So many more."""
    first = running.figures().frames
    seconds_until(lambda: running.figures().frames >= first + count, "frames to go on")


def doors(running: LiveMap) -> set[tuple[str, bool]]:
    """What every door says of the feed, and whether the map is live."""
    sources, status = running.figures(), running.view.status()
    is_up = "liqscape_up 1.0" in running.market.metrics.render(sources).decode()
    return {(sources.state, is_up), (status.feed_state, status.is_live)}


class LeapingClock:
    """The monotonic clock, with leaps."""

    def __init__(self) -> None:
        self.leapt_ns = 0

    def __call__(self) -> int:
        return time.monotonic_ns() + self.leapt_ns


def test_an_hour_without_network_is_said_and_over_once_it_is_back(served: Exchange, tmp_path: Path) -> None:
    leaping = LeapingClock()
    with live_map(served.network, tmp_path / "data", clock=SteadyClock(steady_ns=leaping)) as running:
        seconds_until(lambda: agrees(running.sizes(), served.sizes()), "the map to be whole")
        before = running.view.status().as_of_ms
        served.vanish()
        leaping.leapt_ns = HOUR_NS
        seconds_until(lambda: running.figures().state in ("reconnecting", "stale"), "the outage to be said")
        seconds_until(lambda: (running.figures().age_ms or 0.0) >= 3_600_000.0, "the age to be an hour")
        seconds_until(lambda: doors(running) == {("reconnecting", False)}, "every door to say so")
        assert running.view.status().as_of_ms - before < 1_800_000  # no frame claims to be of the hour nobody told
        served.serve()
        seconds_until(lambda: agrees(running.sizes(), served.sizes()), "the map to be right again")
        seconds_until(lambda: running.figures().state == "live", "the map to be live again")
        seconds_until(lambda: doors(running) == {("live", True)}, "every door to say so")
        assert running.figures().sources[0].gaps > 0


def test_a_leap_of_the_system_clock_moves_nothing(served: Exchange, tmp_path: Path) -> None:
    wall = LeapingClock()
    clock = SteadyClock(wall_ns=lambda: time.time_ns() + wall.leapt_ns)
    with live_map(served.network, tmp_path / "data", clock=clock) as running:
        seconds_until(lambda: agrees(running.sizes(), served.sizes()), "the map to be whole")
        wall.leapt_ns = -24 * HOUR_NS
        wait_for_frames(running, 3)
        assert running.figures().state == "live"
        assert clock.drift_ms() < -80_000_000


def test_replay_gives_every_frame_again_to_the_bit(
    served: Exchange, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    for _ in range(2):  # the second run begins where the first ended
        with live_map(served.network, data) as running:
            seconds_until(lambda: agrees(running.sizes(), served.sizes()), "the map to be whole")
            wait_for_frames(running, 3)
    reader = HistoryReader(data)
    figures = [ReplayFigures(), ReplayFigures()]
    for each in figures:
        for cut in replay(RawLogReader(data / "raw").records(), each):
            if cut.is_stored:
                compare(cut, reader, each)
    assert figures[0] == figures[1]
    assert figures[0].frames >= 6
    assert figures[0].equal_frames >= 1
    assert (figures[0].differing_frames, figures[0].missing_frames) == (0, 0)
    capsys.readouterr()
    assert main(["replay", str(data), "--data", str(tmp_path / "again"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["digest"], said["equal_frames"]) == (figures[0].digest, figures[0].equal_frames)
    assert HistoryReader(tmp_path / "again").last_ms == reader.last_ms
    assert main(["replay", str(data), "--data", str(tmp_path / "again")]) == 2


def serve_command(served: Exchange, data: Path) -> list[str]:
    command = [sys.executable, "-m", "liqscape", "serve", "--api-url", served.network.info_url]
    return [*command, "--data", str(data), "--port", "0"]


def test_a_killed_program_goes_on_with_what_it_knew(hasty: Exchange, tmp_path: Path) -> None:
    data = tmp_path / "data"

    def is_stored() -> bool:
        """A frame with accounts is in the history."""
        reader = HistoryReader(data)
        frame = None if reader.last_ms is None else reader.frame_at(reader.last_ms, with_bands=False)
        return frame is not None and frame.address_count > 10

    environment = {**os.environ, "LIQSCAPE_DEBUG": "1"}
    with subprocess.Popen(serve_command(hasty, data), env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "serving" in process.stdout.readline()
        seconds_until(is_stored, "a minute to be stored", 90.0)
        is_there = (data / "register.sqlite").exists
        seconds_until(lambda: is_there() and registered(data) > 40, "the addresses to be saved", 120.0)
        process.send_signal(signal.SIGKILL)
    assert registered(data) > 40
    stored = HistoryReader(data)
    last_ms = stored.last_ms
    assert last_ms is not None
    count = len({address for address, _ in _sizes(stored, last_ms)})
    hasty.vanish()
    hasty.serve()
    with live_map(hasty.network, data) as running:
        assert len({address for address, _ in running.sizes()}) >= count
        seconds_until(lambda: running.market.live.now is not None, "the first frame of this start")
        now = running.market.live.now
        assert now is not None
        assert len({address for address, _ in running.sizes()}) >= count
        assert now.frame.median_age_ms > 0  # what it knew has an age
        seconds_until(lambda: agrees(running.sizes(), hasty.sizes()), "the map to be right again")
        assert running.market.core.pipeline.ledger.markets.coins
    figures = ReplayFigures()
    for cut in replay(RawLogReader(data / "raw").records(), figures):
        if cut.is_stored and cut.frame.time_ms <= last_ms:
            compare(cut, stored, figures)
    assert figures.differing_frames == 0


def test_a_start_goes_on_counting_the_weight_of_the_process_before(served: Exchange, tmp_path: Path) -> None:
    """The exchange counts by address: 700 of the minute are gone, whoever used them."""
    data = tmp_path / "data"
    claim_live_folder(data, served.network)
    url, clock = served.network.info_url, SteadyClock()
    before = WeightLimiter()
    before.charge(700)
    asyncio.run(WeightWriter(data, url, before, clock.now_ns).save())

    def used() -> int:
        return sum(weight for _, weight in stored_uses(data, url, clock.now_ns() // 1_000_000))

    with live_map(served.network, data) as running:
        seconds_until(lambda: running.figures().limits is not None, "the first figures")
        limits = running.figures().limits
        assert limits is not None
        assert limits.weight_used >= 700
        seconds_until(lambda: used() > 700, "questions of its own to be noted beside them")
    assert used() <= 1_200


def registered(data: Path) -> int:
    """Addresses in the register."""
    register = AddressRegister(data / "register.sqlite")
    try:
        return len(register)
    finally:
        register.close()


def _sizes(reader: HistoryReader, time_ms: int) -> list[tuple[str, str]]:
    accounts = reader.accounts_at(time_ms)
    frame = reader.frame_at(time_ms, with_bands=False)
    assert frame is not None
    owners = accounts.address_row[accounts.pool_of_position()]
    coins = frame.snapshot.markets.coins
    return [(accounts.addresses[row], coins[market]) for row, market in zip(owners, accounts.market_index, strict=True)]
