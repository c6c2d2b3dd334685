"""A small map behind the real application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from litestar.testing import TestClient
from made_up_study import MemoryStudies, made_up_state
from memory_history import MemoryHistory
from small_market import SmallMarket, small_market
from spoken_messages import check_said

from liqscape.service.hub import Hub
from liqscape.service.streaming.packet import Packet, Payload
from liqscape.service.view import MapView
from liqscape.web.app import create_app

BASE = "http://127.0.0.1:8417"


@pytest.fixture(scope="session")
def market() -> SmallMarket:
    return small_market()


@pytest.fixture(scope="session")
def view(market: SmallMarket) -> MapView:
    return MapView(MemoryHistory(market), study=made_up_state(), studies=MemoryStudies())


@pytest.fixture(scope="session")
def client(view: MapView) -> Iterator[TestClient]:
    with TestClient(create_app(view, Hub(view)), base_url=BASE) as client:
        yield client


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
