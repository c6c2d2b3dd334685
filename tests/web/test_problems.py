"""What went wrong below becomes a problem document that says so."""

from __future__ import annotations

import pytest
from litestar import Litestar, get
from litestar.testing import TestClient

from liqscape.errors import CorruptSegment, HistoryReplaced
from liqscape.web.problems import EXCEPTION_HANDLERS


@get("/")
async def replaced() -> None:
    raise HistoryReplaced("/srv/map/data: holds another history now")


@get("/damaged")
async def damaged() -> None:
    raise CorruptSegment("/srv/map/data/frames/x.parquet cannot be read")


@get("/broken")
async def broken() -> None:
    raise FileNotFoundError(2, "No such file", "/srv/map/data/manifest.json")


def test_a_replaced_history_is_named_as_such() -> None:
    with TestClient(
        Litestar([replaced], exception_handlers=EXCEPTION_HANDLERS), raise_server_exceptions=False
    ) as client:
        answer = client.get("/")
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:liqscape:problem:history-replaced"
    assert "another history" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/", "/damaged", "/broken"])
def test_failures_of_ours_name_no_folder_or_file_of_the_server(path: str, caplog: pytest.LogCaptureFixture) -> None:
    app = Litestar([replaced, damaged, broken], exception_handlers=EXCEPTION_HANDLERS, logging_config=None)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get(path)
    assert answer.status_code == 500
    assert "/srv" not in answer.text
    assert "/srv/map/data" in caplog.text
