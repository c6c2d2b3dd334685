"""The small made-up map: as an application asked without a socket, and as a data folder for real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from made_up_study import MemoryStudies, made_up_state, write_study
from memory_history import MemoryHistory
from small_market import small_market
from stored_moments import moments_of

from liqscape.mcp.answering import ToolAnswers
from liqscape.mcp.asking import InProcessApi
from liqscape.service.hub import Hub
from liqscape.service.view import MapView
from liqscape.store.history import HistoryWriter
from liqscape.web.app import create_app

BASE = "http://127.0.0.1:8417"


@pytest.fixture(scope="session")
def app() -> Litestar:
    view = MapView(MemoryHistory(small_market()), study=made_up_state(), studies=MemoryStudies())
    return create_app(view, Hub(view))


@pytest.fixture(scope="session")
def api(app: Litestar) -> Iterator[TestClient]:
    """The API as a browser asks it."""
    with TestClient(app, base_url=BASE) as client:
        yield client


@pytest.fixture(scope="session")
def answers(app: Litestar) -> ToolAnswers:
    return ToolAnswers(InProcessApi(app))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of the same market, studied."""
    market = small_market(count=6)
    folder = tmp_path_factory.mktemp("mcp") / "history"
    writer = HistoryWriter(folder, market.frames[0].provenance)
    writer.append_many(moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables))
    writer.close()
    write_study(folder)
    return folder
