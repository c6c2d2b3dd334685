"""The runner: as fast as told, the same blocks for the same seed, and on from a checkpoint as if nothing had been."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import httpx
import numpy as np
import pytest
from served_sandbox import served, wait_for

from liqscape.errors import InputError, SettingsError
from liqscape.exchange.output import BlockOutput
from liqscape.sandbox.runner import CHECKPOINT, Runner
from liqscape.sandbox.world import WorldSettings

START_MS = 1_780_012_800_000
HISTORY_MS = 600_000
SETTINGS = WorldSettings(seed=3, accounts=240, coins=4, start_ms=START_MS)
BLOCKS = 40


def live(runner: Runner, blocks: int) -> list[BlockOutput]:
    """The next blocks of a runner that runs as fast as it can, then stops."""
    seen: list[BlockOutput] = []
    runner.listeners.append(seen.append)
    runner.start()
    wait_for(lambda: len(seen) >= blocks or runner.failure, f"{blocks} blocks")
    runner.stop()
    assert runner.failure is None
    return seen


def test_equal_seeds_give_equal_blocks() -> None:
    first, second = (live(Runner.open(SETTINGS, HISTORY_MS, speed=None), BLOCKS)[:BLOCKS] for _ in range(2))
    assert [block.time_ms for block in first] == [block.time_ms for block in second]
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.fills, other.fills)
        assert np.array_equal(one.events, other.events)


def fills_through_the_api() -> dict[str, list[object]]:
    """What POST /info says of everybody's fills after equally many blocks."""
    runner = Runner.open(SETTINGS, HISTORY_MS, speed=None)
    for output in runner.world.advance(START_MS + HISTORY_MS + BLOCKS * SETTINGS.block_ms):
        runner.observe(output)
    with served(runner.state) as running, httpx.Client(base_url=running.url, timeout=120.0) as client:
        users = [row["ethAddress"] for row in client.get("/leaderboard", timeout=120.0).json()["leaderboardRows"]]
        return {user: client.post("/info", json={"type": "userFills", "user": user}).json() for user in users}


def test_equal_seeds_give_equal_fills_through_the_api() -> None:
    first, second = fills_through_the_api(), fills_through_the_api()
    assert sum(len(fills) for fills in first.values()) > 10
    assert first == second


def test_history_is_remembered_before_the_first_live_block() -> None:
    runner = Runner.open(SETTINGS, HISTORY_MS)
    assert runner.world.time_ms == START_MS + HISTORY_MS
    candles = runner.state.records.candles(0, "1m", START_MS, START_MS + HISTORY_MS)
    assert len(candles) >= 2


def test_time_that_history_took_is_made_up_for_before_serving() -> None:
    """Making history takes 70 s by this clock, and each look at it another 0.7 s: the last look is what counts."""
    looks = []

    def clock() -> int:
        looks.append(START_MS + HISTORY_MS + 70_000 + 700 * len(looks))
        return looks[-1]

    runner = Runner.open(SETTINGS, HISTORY_MS, clock=clock)
    assert 0 <= looks[-1] - runner.world.time_ms < SETTINGS.block_ms
    assert runner.state.time_ms == runner.world.time_ms, "every block was observed"


def test_a_checkpoint_goes_on_to_the_same_digest(tmp_path: Path) -> None:
    runner = Runner.open(SETTINGS, HISTORY_MS, speed=None, folder=tmp_path)
    live(runner, BLOCKS)
    held = runner.world.time_ms
    again = Runner.open(SETTINGS, HISTORY_MS, speed=None, folder=tmp_path)
    assert (again.world.time_ms, again.world.digest()) == (held, runner.world.digest())
    until = held + 20 * SETTINGS.block_ms
    for world in (runner.world, again.world):
        for _ in world.advance(until):
            pass
    assert again.world.digest() == runner.world.digest()
    fills = [each.state.records.fills_of(7, 0, held) for each in (runner, again)]
    assert repr(fills[0]) == repr(fills[1])


def test_a_checkpoint_of_another_sandbox_is_refused(tmp_path: Path) -> None:
    Runner.open(SETTINGS, 0, folder=tmp_path).save()
    other = WorldSettings(seed=4, accounts=240, coins=4, start_ms=START_MS)
    with pytest.raises(SettingsError, match="seed 3"):
        Runner.open(other, 0, folder=tmp_path)


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT).write_bytes(b"\x93\x01")
    with pytest.raises(InputError, match=CHECKPOINT):
        Runner.open(SETTINGS, 0, folder=tmp_path)


def test_files_are_written_as_a_node_and_the_archives_do(tmp_path: Path) -> None:
    runner = Runner.open(SETTINGS, 0, speed=None, node_files=tmp_path / "node", archive_files=tmp_path / "archive")
    live(runner, 400)
    names = {path.relative_to(tmp_path).parts[:2] for path in tmp_path.rglob("*") if path.is_file()}
    assert {("node", "node_fills_by_block"), ("node", "misc_events_by_block")} <= names
    assert any(parts[0] == "archive" for parts in names)


def test_real_time_keeps_pace_with_the_clock() -> None:
    runner = Runner.open(SETTINGS, 0, speed=20.0)
    blocks = live(runner, 30)
    steps = {after.time_ms - before.time_ms for before, after in pairwise(blocks)}
    assert steps == {SETTINGS.block_ms}
