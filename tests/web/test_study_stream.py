"""Births, sweeps and states of cascades reach those who ask for them, from the thread that studies."""

from __future__ import annotations

import threading

from litestar.testing import TestClient
from made_up_study import COIN, LAST_MS, OLD, YOUNG, cascade, cluster, made_up_standing, made_up_state, sweep
from memory_history import MemoryHistory
from small_market import SmallMarket

from liqscape.insight.study_rows import StudyRows
from liqscape.service.hub import Hub
from liqscape.service.streaming.study_messages import study_messages
from liqscape.service.studying.standing import StudyStanding, StudyState
from liqscape.service.view import MapView
from liqscape.units import MINUTE_MS
from liqscape.web.app import create_app

BASE = "http://127.0.0.1:8417"
NEXT_MS = LAST_MS + MINUTE_MS
NEWS = StudyRows(
    clusters=[cluster(YOUNG, NEXT_MS, "ended", merged_into=OLD), cluster(OLD, NEXT_MS)],
    sweeps=[sweep(1, "swept")],
    cascades=[cascade("over", 5)],
)


def publish(state: StudyState, standing: StudyStanding) -> None:
    """As the studying thread does it."""
    thread = threading.Thread(target=state.publish, args=(standing,))
    thread.start()
    thread.join()


def test_who_asks_for_it_hears_what_a_minute_brought(market: SmallMarket) -> None:
    state = made_up_state()
    view = MapView(MemoryHistory(market), study=state)
    with (
        TestClient(create_app(view, Hub(view)), base_url=BASE) as client,
        client.websocket_connect(f"/api/v1/stream?coin={COIN}&study=true") as asking,
        client.websocket_connect(f"/api/v1/stream?coin={COIN}") as other,
    ):
        assert (asking.receive_json()["type"], other.receive_json()["type"]) == ("snapshot", "snapshot")
        publish(state, made_up_standing(NEWS, NEXT_MS))
        clusters, sweeps, cascades = (asking.receive_json() for _ in range(3))
        assert (clusters["type"], clusters["coin"], clusters["time_ms"]) == ("clusters", COIN, NEXT_MS)
        assert [(row["cluster_id"], row["event"]) for row in clusters["clusters"]] == [(YOUNG, "ended")]
        assert [row["outcome"] for row in sweeps["sweeps"]] == ["swept"]
        assert [row["state"] for row in cascades["cascades"]] == ["over"]
        assert (
            clusters["clusters"][0].keys() == client.get(f"/api/v1/coins/{COIN}/clusters").json()["tracked"][0].keys()
        )
        other.send_json({"type": "coin", "coin": "ETH"})
        assert other.receive_json()["type"] == "snapshot"  # nothing of the study came before it


def test_an_open_sweep_is_told_when_it_begins_and_when_it_crosses() -> None:
    def standing(*sweeps: object) -> StudyStanding:
        made = made_up_standing(StudyRows())
        coin = made.coins[COIN]
        return StudyStanding(
            time_ms=made.time_ms,
            coins={COIN: type(coin)(coin=COIN, time_ms=coin.time_ms, since_ms=coin.since_ms, sweeps=sweeps)},
            progress=made.progress,
        )

    entered, crossed = sweep(3, "open"), sweep(3, "open", crossed_ms=NEXT_MS)
    assert [m.sweeps[0].crossed_ms for m in study_messages(COIN, standing(entered), standing())] == [None]
    assert list(study_messages(COIN, standing(entered), standing(entered))) == []
    assert [m.sweeps[0].crossed_ms for m in study_messages(COIN, standing(crossed), standing(entered))] == [NEXT_MS]
    assert list(study_messages("ETH", standing(crossed), standing(entered))) == []


def test_nothing_is_told_of_open_sweeps_before_it_is_known_which_are_new() -> None:
    assert list(study_messages(COIN, made_up_standing(), None)) == []
