"""A small map answered from memory."""

from __future__ import annotations

import pytest
from memory_history import MemoryHistory
from small_market import SmallMarket, small_market

from liqscape.service.view import MapView


@pytest.fixture(scope="session")
def market() -> SmallMarket:
    return small_market()


@pytest.fixture(scope="session")
def history(market: SmallMarket) -> MemoryHistory:
    return MemoryHistory(market)


@pytest.fixture
def view(history: MemoryHistory) -> MapView:
    return MapView(history)
