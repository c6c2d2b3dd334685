"""What went wrong below becomes a problem document that says so."""

from __future__ import annotations

from litestar import Litestar, get
from litestar.testing import TestClient

from liqscape.errors import HistoryReplaced
from liqscape.web.problems import EXCEPTION_HANDLERS


@get("/")
async def replaced() -> None:
    raise HistoryReplaced("data: holds another history now")


def test_a_replaced_history_is_named_as_such() -> None:
    with TestClient(
        Litestar([replaced], exception_handlers=EXCEPTION_HANDLERS), raise_server_exceptions=False
    ) as client:
        answer = client.get("/")
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:liqscape:problem:history-replaced"
    assert answer.json()["detail"] == "data: holds another history now"
