"""Deliveries over the API: each queue and each end, in words without addresses; a test message on request."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hook_server import PATIENCE_S, HookServer, free_port, open_hook_server
from litestar.testing import TestClient
from made_alerts import made_alerts
from memory_history import MemoryHistory
from small_market import SmallMarket

from liqscape.service.alerting.delivery import Deliverer, Waits, open_delivery
from liqscape.service.alerting.outbox import Outbox
from liqscape.service.hub import Hub
from liqscape.service.view import MapView
from liqscape.web.app import create_app

BASE = "http://127.0.0.1:8417"
DELIVERIES, TEST = "/api/v1/alerts/deliveries", "/api/v1/alerts/test"


@pytest.fixture(scope="module")
def server() -> Iterator[HookServer]:
    with open_hook_server() as server:
        yield server


@pytest.fixture(scope="module")
def deliverer(tmp_path_factory: pytest.TempPathFactory, server: HookServer) -> Iterator[Deliverer]:
    """One alert was delivered to desk, and waits for dead, which nobody can connect to."""
    folder = tmp_path_factory.mktemp("alerts")
    dead = f"http://127.0.0.1:{free_port()}/SECRETPATH"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESK_SECRET", "SECRET of the desk")
        (folder / "alerts.toml").write_text(
            "\n".join(
                f'[destinations.{name}]\nwebhook = "{url}"\nsecret_env = "DESK_SECRET"\nallow_private = true'
                for name, url in (("desk", server.url), ("dead", dead))
            )
            + '\n[destinations.unset]\nurl_env = "LIQSCAPE_TEST_UNSET"'
        )
        with open_delivery(folder, folder / "alerts.toml") as deliverer:
            deliverer.outbox.put(made_alerts("rule/event", to=("desk", "dead")))
            server.next()
            _until(deliverer, "desk", "delivered")
            _until(deliverer, "dead", None)
            yield deliverer


def _until(deliverer: Deliverer, destination: str, outcome: str | None) -> None:
    """Wait for an end, or for a first failure."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        (row,) = [each for each in deliverer.outbox.deliveries() if each.destination == destination]
        if row.outcome == outcome and (outcome is not None or row.reason is not None):
            return
        time.sleep(0.002)
    raise AssertionError(f"{destination} is not {outcome}")


@pytest.fixture(scope="module")
def client(market: SmallMarket, deliverer: Deliverer) -> Iterator[TestClient]:
    view = MapView(MemoryHistory(market))
    with TestClient(create_app(view, Hub(view), delivery=deliverer), base_url=BASE) as client:
        yield client


def test_each_queue_and_each_delivery_is_told_without_an_address(client: TestClient) -> None:
    response = client.get(DELIVERIES)
    answer = response.json()
    assert response.status_code == 200
    rows = {row["destination"]: row for row in answer["destinations"]}
    assert list(rows) == ["desk", "dead", "unset"]
    assert (rows["desk"]["kind"], rows["desk"]["delivered"], rows["desk"]["waiting"]) == ("webhook", 1, 0)
    assert (rows["dead"]["waiting"], rows["dead"]["last_reason"]) == (1, "connection refused")
    assert rows["dead"]["oldest_age_ms"] >= 0
    assert (rows["unset"]["kind"], rows["unset"]["oldest_age_ms"]) == ("apprise", None)
    found = {row["destination"]: row for row in answer["deliveries"]}
    assert answer["delivery_count"] == 2
    assert found["desk"]["status"] == "delivered"
    assert found["desk"]["settled_ms"] >= found["desk"]["put_ms"]
    assert (found["dead"]["status"], found["dead"]["settled_ms"]) == ("waiting", None)
    assert found["dead"]["reason"] == "connection refused"
    assert found["dead"]["alert_id"] == "rule/event"
    assert "SECRET" not in response.text
    assert "127.0.0.1" not in response.text


def test_a_choice_of_them(client: TestClient) -> None:
    for query, count in (("destination=dead", 1), ("status=given_up", 0), ("status=waiting&destination=dead", 1)):
        assert client.get(f"{DELIVERIES}?{query}").json()["delivery_count"] == count
    one = client.get(f"{DELIVERIES}?limit=1").json()
    assert (one["delivery_count"], len(one["deliveries"])) == (2, 1)
    unknown = client.get(f"{DELIVERIES}?destination=dsk")
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "unknown destination 'dsk'; did you mean desk?")
    assert client.get(f"{DELIVERIES}?status=lost").status_code == 400
    assert client.get(f"{DELIVERIES}?limit=0").status_code == 400


def test_status_and_metrics_have_the_outbox(client: TestClient) -> None:
    alerts = client.get("/api/v1/status").json()["alerts"]
    assert {**alerts, "oldest_age_ms": 0} == {
        "waiting": 1,
        "delivered": 1,
        "failed": 0,
        "oldest_age_ms": 0,
        "not_stored_since_ms": None,
        "not_stored_reason": None,
    }
    text = client.get("/metrics").text
    for line in (
        'liqscape_alerts_waiting{destination="dead"} 1.0',
        'liqscape_alerts_delivered_total{destination="desk"} 1.0',
        'liqscape_alerts_failed_total{destination="desk"} 0.0',
        'liqscape_alerts_delivered_total{destination="unset"} 0.0',
        "liqscape_alerts_stored 1.0",
    ):
        assert line in text
    assert 'liqscape_alerts_oldest_waiting_seconds{destination="dead"}' in text
    assert 'liqscape_alerts_oldest_waiting_seconds{destination="desk"}' not in text, "nothing waits there"
    assert "SECRET" not in text


def test_a_test_message_is_sent_on_request(client: TestClient, server: HookServer) -> None:
    answer = client.post(f"{TEST}?destination=desk").json()
    assert (answer["destination"], answer["kind"], answer["is_delivered"]) == ("desk", "webhook", True)
    assert answer["reason"] is None
    assert answer["took_ms"] >= 0
    assert server.next().headers["webhook-id"].startswith("test/desk/")
    assert client.get(DELIVERIES).json()["delivery_count"] == 2, "it is no alert"


@pytest.mark.parametrize(
    ("destination", "reason"),
    [("dead", "connection refused"), ("unset", "the variable LIQSCAPE_TEST_UNSET is empty or not set")],
)
def test_a_test_that_fails_says_why(client: TestClient, destination: str, reason: str) -> None:
    response = client.post(f"{TEST}?destination={destination}")
    assert response.status_code == 200
    assert (response.json()["is_delivered"], response.json()["reason"]) == (False, reason)


def test_nobody_else_sends_one(client: TestClient, server: HookServer) -> None:
    """A page of another origin, a link, an unknown name, a question without one."""
    asked = f"{TEST}?destination=desk"
    assert client.post(asked, headers={"Origin": "https://example.org"}).status_code == 403
    assert client.post(asked, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get(asked).status_code == 405
    assert client.post(TEST).status_code == 400
    assert client.post(f"{TEST}?destination=desk&url=https://example.org").status_code == 400
    unknown = client.post(f"{TEST}?destination=dsk")
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "unknown destination 'dsk'; did you mean desk?")
    assert server.received.empty()


def test_a_map_that_only_looks_says_so(market: SmallMarket) -> None:
    view = MapView(MemoryHistory(market))
    with TestClient(create_app(view, Hub(view)), base_url=BASE) as client:
        answer = client.get(DELIVERIES).json()
        assert "delivers none" in answer["note"]
        assert (answer["standing"], answer["destinations"], answer["deliveries"]) == (None, [], [])
        assert client.get("/api/v1/status").json()["alerts"] is None
        assert client.post(f"{TEST}?destination=desk").status_code == 404


def test_a_disk_that_takes_nothing_is_in_the_status(
    market: SmallMarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = Outbox(tmp_path / "outbox", lambda: 5_000)
    deliverer = Deliverer(outbox, tmp_path / "alerts.toml", lambda: 6_000, waits=Waits())
    view = MapView(MemoryHistory(market))
    with TestClient(create_app(view, Hub(view), delivery=deliverer), base_url=BASE) as client:
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left")))
            outbox.put(made_alerts("a"))
        alerts = client.get("/api/v1/status").json()["alerts"]
        assert (alerts["not_stored_since_ms"], alerts["not_stored_reason"]) == (5_000, "No space left")
        assert (alerts["waiting"], alerts["oldest_age_ms"]) == (1, 1_000)
        assert "liqscape_alerts_stored 0.0" in client.get("/metrics").text
        (row,) = client.get(DELIVERIES).json()["destinations"]
        assert (row["destination"], row["kind"]) == ("phone", None), "it is not in the file"
