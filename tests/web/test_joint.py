"""GET /api/v1/joint, and mode=joint of frame and clusters."""

from __future__ import annotations

import msgspec
import pytest
from former_names import without_former
from litestar.testing import TestClient
from small_market import START_MS

from liqscape.service.view import MapView

KEYS = """provenance as_of_ms at_percent direction joint_notional joint_level_notional solo_notional pool_count
    now_notional unknown_notional exempt_notional betas_origin beta_counts coins curves betas accounts unread
    in_doubt"""


def test_joint_answers_what_the_view_answers(client: TestClient, view: MapView) -> None:
    for query, wanted in (
        ("", view.joint(-10.0)),
        ("?btc_percent=15", view.joint(15.0)),
        (f"?btc_percent=-3.5&at={START_MS}", view.joint(-3.5, START_MS)),
    ):
        response = client.get(f"/api/v1/joint{query}")
        assert response.status_code == 200
        assert without_former(response.json()) == msgspec.to_builtins(wanted)
        assert set(without_former(response.json())) == set(KEYS.split())


def test_mode_joint_answers_the_joint_map_with_its_note(client: TestClient, view: MapView) -> None:
    frame = client.get("/api/v1/coins/ETH/frame?mode=joint&level=2").json()
    assert without_former(frame) == msgspec.to_builtins(view.frame("ETH", None, 2, "joint"))
    assert frame["joint"]["direction"] == "nearest"
    assert len({len(column) for column in frame["joint"]["spread"].values()}) == 1
    clusters = client.get("/api/v1/coins/ETH/clusters?mode=joint").json()
    assert clusters["joint"]["betas_origin"].startswith("assumed")
    solo = client.get("/api/v1/coins/ETH/clusters?mode=solo").json()
    assert solo == client.get("/api/v1/coins/ETH/clusters").json()
    assert solo["joint"] is None


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/v1/joint?btc_percent=-100", 400, "btc_percent"),
        ("/api/v1/joint?btc_percent=700", 400, "btc_percent"),
        ("/api/v1/joint?btc_percent=0", 400, "moves nothing"),
        ("/api/v1/joint?btc_percent=nan", 400, "btc_percent"),
        ("/api/v1/joint?btc_percent=x", 400, "btc_percent"),
        (f"/api/v1/joint?at={START_MS - 1}", 404, "no frame"),
        ("/api/v1/coins/ETH/frame?mode=both", 400, "mode"),
        ("/api/v1/coins/NONE/clusters?mode=joint", 404, "NONE"),
    ],
)
def test_bad_questions_name_what_is_off(client: TestClient, path: str, status: int, words: str) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert words in response.json()["detail"]
