"""Worlds that take long to build, built once."""

from __future__ import annotations

import pytest

from liqscape.sandbox.world import World, WorldSettings

START_MS = 1_780_012_800_000
"""A UTC midnight."""


@pytest.fixture(scope="session")
def begun_world() -> bytes:
    """Checkpoint of a small world at its start; restoring one is quicker than its warm-up."""
    return World.new(WorldSettings(seed=3, accounts=120, coins=5, start_ms=START_MS)).checkpoint()


@pytest.fixture
def world(begun_world: bytes) -> World:
    """A small world at its start."""
    return World.restore(begun_world)


@pytest.fixture(scope="session")
def lived_world() -> World:
    """A larger world after 8 coarse hours; nobody changes it, a copy is restored from its checkpoint."""
    world = World.new(WorldSettings(seed=5, accounts=900, coins=12, start_ms=START_MS))
    for _ in world.preroll(START_MS + 8 * 3_600_000):
        pass
    return world
