"""Rules over the API: listed, added, replaced, removed, tried; bad ones are refused with the nearest name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient
from memory_history import MemoryHistory
from small_market import SmallMarket, address

from liqscape.heatmap.moment import Moment
from liqscape.insight.alerts import AlertKind, Rule
from liqscape.service.alerting.opening import AlertPlace, open_alerts
from liqscape.service.hub import Hub
from liqscape.service.live import LiveState
from liqscape.service.view import MapView
from liqscape.web.app import create_app

BASE = "http://127.0.0.1:8417"
RULES = "/api/v1/alerts"
LEVEL = {"kind": "near_level", "coin": "BTC", "price": 70_000, "percent": 40}


@pytest.fixture
def live(market: SmallMarket) -> LiveState:
    state = LiveState()
    state.publish(Moment(frame=market.frames[-1], accounts=market.accounts[-1], tables=market.tables, is_stored=True))
    return state


@pytest.fixture
def rules(market: SmallMarket, live: LiveState, tmp_path: Path) -> Iterator[TestClient]:
    view = MapView(MemoryHistory(market), live)
    (tmp_path / "alerts.toml").write_text('[destinations.phone]\nurl = "json://SECRET@host"\n')
    engine = open_alerts(view, AlertPlace(file=tmp_path / "alerts.toml", data=tmp_path))
    with TestClient(create_app(view, Hub(view), alerts=engine), base_url=BASE) as client:
        yield client


def test_a_map_without_rules_says_what_a_rule_may_say(client: TestClient) -> None:
    body = client.get(RULES).json()
    assert (body["rules"], body["is_writable"]) == ([], False)
    kinds = {row["kind"]: row for row in body["kinds"]}
    assert kinds.keys() == {kind.value for kind in AlertKind}
    assert kinds["near_level"]["needs"] == ["coin", "price", "percent"]
    assert kinds["near_level"]["limits"]["percent"] == {"low": 0.0, "high": 50.0, "is_above": True}
    assert client.post(RULES, json=LEVEL).status_code == 403


def test_a_rule_is_added_named_listed_and_removed(rules: TestClient, tmp_path: Path) -> None:
    added = rules.post(RULES, json={**LEVEL, "destinations": ["phone"]})
    assert added.status_code == 201
    assert added.json()["rule_id"] == "near_level-btc"
    assert rules.post(RULES, json=LEVEL).json()["rule_id"] == "near_level-btc-2"
    body = rules.get(RULES).json()
    assert [row["rule_id"] for row in body["rules"]] == ["near_level-btc", "near_level-btc-2"]
    assert body["destinations"] == ["phone"]
    assert "SECRET" not in rules.get(RULES).text
    assert rules.delete(f"{RULES}/near_level-btc").json()["price"] == 70_000
    assert [row["rule_id"] for row in rules.get(RULES).json()["rules"]] == ["near_level-btc-2"]
    assert "SECRET" in (tmp_path / "alerts.toml").read_text()


def test_a_rule_of_an_id_that_is_there_replaces_it(rules: TestClient) -> None:
    for percent in (1, 2):
        rules.post(RULES, json={**LEVEL, "rule_id": "mine", "percent": percent})
    assert [row["percent"] for row in rules.get(RULES).json()["rules"]] == [2.0]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({**LEVEL, "coin": "BTCC"}, "unknown coin 'BTCC'; did you mean BTC?"),
        ({**LEVEL, "kind": "near_lvel"}, "unknown kind 'near_lvel'; did you mean near_level?"),
        ({**LEVEL, "prcent": 1}, "unknown field 'prcent'; did you mean percent?"),
        ({**LEVEL, "destinations": ["fone"]}, "unknown destination 'fone'; did you mean phone?"),
        ({**LEVEL, "percent": 0}, "percent 0 is not above 0 to 50"),
        ({}, "kind is missing"),
        ([], "the body is JSON, but no object"),
    ],
)
def test_a_rule_that_can_never_fire_is_refused_in_one_sentence(rules: TestClient, body: object, detail: str) -> None:
    answer = rules.post(RULES, json=body)
    assert answer.status_code == 400
    assert detail in answer.json()["detail"]


def test_bodies_that_are_no_json_and_names_that_are_not_there(rules: TestClient) -> None:
    assert rules.post(RULES, content=b"{").json()["detail"] == "the body is not JSON"
    rules.post(RULES, json={**LEVEL, "rule_id": "mine"})
    answer = rules.delete(f"{RULES}/mien")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "no rule 'mien'; did you mean mine?"


def test_a_page_of_another_origin_changes_nothing(rules: TestClient) -> None:
    headers = {"Origin": "https://evil.example"}
    assert rules.post(RULES, json=LEVEL, headers=headers).status_code == 403
    assert rules.delete(f"{RULES}/x", headers=headers).status_code == 403
    assert rules.post(f"{RULES}/try", json={"rule": LEVEL}, headers=headers).status_code == 403
    assert rules.get(RULES).json()["rules"] == []


def test_what_fired_is_listed_the_newest_first_and_pushed(rules: TestClient) -> None:
    with rules.websocket_connect("/api/v1/stream?coin=BTC&alerts=true") as stream:
        rules.post(RULES, json=LEVEL)
        account = {"kind": "account_near", "address": address(5), "percent": 50}
        rules.post(RULES, json=account)
        while (message := stream.receive_json()).get("type") != "alerts":
            pass
    assert message["alerts"][0]["rule_id"] == "near_level-btc"
    body = rules.get(f"{RULES}/fired").json()
    assert body["alerts"][-1]["alert_id"] == message["alerts"][0]["alert_id"]
    assert body["alerts"][-1]["provenance"]["coverage"] is not None
    row = next(row for row in rules.get(RULES).json()["rules"] if row["rule_id"] == "near_level-btc")
    assert (row["fired_count"], row["trouble"]) == (1, None)
    assert rules.get(f"{RULES}/fired?limit=0").status_code == 400


def test_a_trial_over_the_api_writes_nothing(rules: TestClient) -> None:
    body = rules.post(f"{RULES}/try", json={"rule": {"kind": "stale", "minutes": 1}}).json()
    assert body["count"] == len(body["fired"])
    assert [row["horizon"] for row in body["summary"]] == ["5m", "1h", "4h"]
    assert rules.get(RULES).json()["rules"] == []
    bad = rules.post(f"{RULES}/try", json={"rule": {"kind": "stale", "minutes": 1}, "start": 3})
    assert bad.json()["detail"] == "unknown field 'start'; the body has rule, start_ms and end_ms"
    assert rules.post(f"{RULES}/try", json={"rule": 3}).status_code == 400
    assert rules.post(f"{RULES}/try", json={"rule": LEVEL, "start_ms": -1}).status_code == 400


def test_a_rule_that_cannot_fire_here_says_why(market: SmallMarket, tmp_path: Path) -> None:
    view = MapView(MemoryHistory(market))
    engine = open_alerts(view, AlertPlace(file=tmp_path / "alerts.toml", data=None))
    engine.rules.put(Rule(rule_id="a", kind=AlertKind.STALE, minutes=3.0), None)
    with TestClient(create_app(view, Hub(view), alerts=engine), base_url=BASE) as client:
        (row,) = client.get(RULES).json()["rules"]
    assert row["trouble"] == "nothing new comes to this map: it shows what is stored"
