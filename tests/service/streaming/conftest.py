"""A small market for the stream."""

from __future__ import annotations

import pytest
from small_market import SmallMarket, small_market


@pytest.fixture(scope="session")
def market() -> SmallMarket:
    return small_market()
