"""One reduced world lies where the recorded exchange lies, in the rows that one small world can show.

1,500 accounts, all coins, a day in blocks of a minute: the shares of single fills, of coins, of users and of large
accounts, and the order of magnitude of sizes and of differences between hours. What hangs on a few large accounts
or bursts (the largest 1 %, what is above 100k USD, twins within a second) needs the seeds of docs/sandbox-world.md.
The ranges are those of the recorded hours, as published there, widened where one world scatters more than twelve hours.
"""

from __future__ import annotations

import numpy as np
import pytest
from liquidation_facts import Fills, facts_of
from market_facts import large_facts
from sandbox_facts import hours_of, large_of, liquidation_fills, sandbox_hours, sandbox_large

from liqscape.sandbox.world import World, WorldSettings

pytestmark = pytest.mark.truth
"""A world large enough takes 18 s; what counts its fills is tried in test_liquidation_facts.py."""
ACCOUNTS, HOURS = 1_500, 24
HOUR_MS, STEP_MS = 3_600_000, 60_000
BOUNDS = {
    "median": (180.0, 600.0),
    "single": (0.68, 0.93),
    "bitcoin": (0.07, 0.80),
    "more": (0.02, 0.12),
    "ratio": (10.0, 1_000.0),
}
LARGE_BOUNDS = {"shorts": (0.5, 0.8), "none": (0.2, 0.45), "none_long": (1.0, 1.0), "twice": (0.8, 1.0)}


@pytest.fixture(scope="module")
def seen() -> dict[str, np.ndarray]:
    """Fills that liquidated, and positions of large accounts, of one day."""
    world = World.new(WorldSettings(seed=7, accounts=ACCOUNTS))
    first_ms = world.time_ms
    fills = [liquidation_fills(output) for output in world.preroll(first_ms + HOURS * HOUR_MS, STEP_MS)]
    hours = np.arange(first_ms // HOUR_MS, first_ms // HOUR_MS + HOURS)
    return {"fills": np.concatenate(fills), "large": large_of(world), "hours": hours}


@pytest.mark.parametrize("name", BOUNDS)
def test_liquidations_of_a_small_world_look_like_recorded_ones(seen: dict[str, np.ndarray], name: str) -> None:
    low, high = BOUNDS[name]
    assert low <= facts_of(sandbox_hours(seen))[name] <= high


def test_a_few_liquidations_carry_most_of_the_money(seen: dict[str, np.ndarray]) -> None:
    usd = np.sort(seen["fills"][:, 3])
    assert usd[-len(usd) // 10 :].sum() > 0.6 * usd.sum()


@pytest.mark.parametrize("name", LARGE_BOUNDS)
def test_large_accounts_of_a_small_world_look_like_recorded_ones(seen: dict[str, np.ndarray], name: str) -> None:
    low, high = LARGE_BOUNDS[name]
    assert low <= large_facts(sandbox_large([seen]))[name] <= high


def test_hours_without_a_fill_are_there_and_empty(seen: dict[str, np.ndarray]) -> None:
    fills = seen["fills"][:0]
    hours = seen["hours"].tolist()
    empty = Fills(*(fills[:, at].astype(np.int64) for at in range(3)), fills[:, 3])
    assert [len(hour.usd) for hour in hours_of(empty, 0, hours)] == [0] * HOURS
