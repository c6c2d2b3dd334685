"""A small map answered from memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from memory_history import MemoryHistory
from small_market import SmallMarket, small_market
from spoken_messages import check_said

from liqscape.service.streaming.packet import Packet, Payload
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


@pytest.fixture(autouse=True)
def described_messages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every message that a test makes the stream send is valid against its description."""
    said: list[Payload] = []
    make = Packet.__init__

    def note(self: Packet, payload: Payload) -> None:
        said.append(payload)
        make(self, payload)

    monkeypatch.setattr(Packet, "__init__", note)
    yield
    for payload in said:
        check_said(payload)
