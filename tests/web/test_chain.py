"""GET /api/v1/coins/{coin}/chain: the answer of the map, refused where simulations are under way or bounds are off."""

from __future__ import annotations

import pytest
from litestar.testing import TestClient

from liqscape.service import cascade_runs
from liqscape.service.chain import ChainQuestion, answer_chain
from liqscape.service.market_inputs import of_view
from liqscape.service.view import MapView

PATH = "/api/v1/coins/BTC/chain"
ASKED = {"side": "long", "paths": 10, "links": 2}


def test_the_server_answers_as_the_map_does(client: TestClient, view: MapView) -> None:
    response = client.get(PATH, params=ASKED)
    assert response.status_code == 200
    answer = answer_chain(view, of_view(view), ChainQuestion(coin="BTC", side=1, paths=10, links=2), None)
    (side,) = response.json()["sides"]
    assert [link["probability"] for link in side["links"]] == [link.probability for link in answer.sides[0].links]
    assert side["links"][1]["usd_expected"] == answer.sides[0].links[1].usd_expected


def test_while_others_simulate_it_says_so(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cascade_runs, "MAX_RUNS", 0)
    response = client.get(PATH, params=ASKED)
    assert response.status_code == 503
    assert response.json()["type"] == "urn:liqscape:problem:busy"


@pytest.mark.parametrize(
    ("asked", "status"),
    [({"paths": 9}, 400), ({"links": 7}, 400), ({"side": "both"}, 400), ({"seed": -1}, 400)],
)
def test_what_is_out_of_bounds_is_refused(client: TestClient, asked: dict[str, object], status: int) -> None:
    assert client.get(PATH, params=ASKED | asked).status_code == status


def test_another_site_may_not_ask(client: TestClient) -> None:
    assert client.get(PATH, params=ASKED, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get("/api/v1/coins/NOPE/chain", params=ASKED).status_code == 404
