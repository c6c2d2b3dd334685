"""Worlds of the sandbox's tests."""

from __future__ import annotations

import pytest
from small_sandbox import SmallSandbox, crash, eventful_sandbox


@pytest.fixture(scope="module")
def calm() -> SmallSandbox:
    """Positions of every kind, an hour of funding, nobody liquidated."""
    return eventful_sandbox()


@pytest.fixture(scope="module")
def crashed() -> SmallSandbox:
    """The same after a crash: market liquidation, takeover, auto-deleveraging."""
    world = eventful_sandbox()
    crash(world, 0.15)
    return world
