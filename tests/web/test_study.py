"""Clusters through time over HTTP: what is answered, what is refused, and why a list is empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from litestar.testing import TestClient
from made_up_study import (
    GONE,
    LAST_MS,
    OLD,
    SHORT,
    SINCE_MS,
    YOUNG,
    MemoryStudies,
    cascade,
    event,
    made_up_standing,
    made_up_state,
    outcome,
    sweep,
)
from memory_history import MemoryHistory
from small_market import START_MS, SmallMarket, address

from liqscape.heatmap.grid import band_of_price
from liqscape.insight.study_rows import StudyRows
from liqscape.service.hub import Hub
from liqscape.service.studying.standing import StudyState
from liqscape.service.view import MapView
from liqscape.units import HOUR_MS, MINUTE_MS
from liqscape.web.app import create_app

COIN = "/api/v1/coins/BTC"
BASE = "http://127.0.0.1:8417"
AGES = ("weighted_age_ms", "persistence_1h", "persistence_4h", "persistence_1d", "persistence_3d")
LISTS = {"changes": "changes", "sweeps": "sweeps", "cascades": "cascades", "events": "events"}


@pytest.fixture(scope="module")
def unstudied(market: SmallMarket) -> Iterator[TestClient]:
    view = MapView(MemoryHistory(market))
    with TestClient(create_app(view, Hub(view)), base_url=BASE) as client:
        yield client


def test_tracked_clusters_come_with_their_ages_longest_held_first(client: TestClient) -> None:
    answer = client.get(f"{COIN}/clusters").json()
    assert [row["cluster_id"] for row in answer["tracked"]] == [OLD, SHORT, YOUNG]
    assert (answer["studied_ms"], answer["since_ms"], answer["note"]) == (LAST_MS, SINCE_MS, None)
    assert {need["figure"] for need in answer["needs"]} >= {"weighted_age", "persistence_3d"}


def test_a_cluster_of_the_frame_has_the_identity_of_the_one_that_holds_its_peak(client: TestClient) -> None:
    answer = client.get(f"{COIN}/clusters").json()
    spans = {row["cluster_id"]: row for row in answer["tracked"]}
    assert any(row["cluster_id"] for row in answer["clusters"])
    for row in answer["clusters"]:
        inside = [
            each["cluster_id"]
            for each in spans.values()
            if each["side"] == row["side"] and each["price_low"] <= row["price_peak"] < each["price_high"]
        ]
        assert row["cluster_id"] == (inside[0] if inside else None)
        assert row["weighted_age_ms"] == (spans[inside[0]]["weighted_age_ms"] if inside else None)


def test_a_span_of_prices_has_the_ages_of_its_sides_at_the_newest_studied_minute(client: TestClient) -> None:
    answer = client.get(f"{COIN}/positions?price_low=49000&price_high=51000").json()
    assert answer["studied_ms"] == LAST_MS
    assert answer["ages"] == [
        {
            "side": 1,
            "size": 4.0,
            "weighted_age_ms": 2 * HOUR_MS,
            "is_weighted_age_at_least": True,
            "persistence_1h": 1.0,
            "persistence_4h": 0.25,
            "persistence_1d": None,
            "persistence_3d": None,
        },
        {"side": -1, "size": 0.0, "is_weighted_age_at_least": False, **dict.fromkeys(AGES)},
    ]
    shorts = client.get(f"{COIN}/positions?price_low=1&price_high=1000000&side=short").json()["ages"]
    assert [(row["side"], row["size"], row["weighted_age_ms"]) for row in shorts] == [(-1, 2.0, 0)]


def test_a_band_has_the_ages_of_what_lies_in_it(client: TestClient) -> None:
    band = int(band_of_price(np.array([50_000.0]))[0])
    ages = client.get(f"{COIN}/positions?band={band}").json()["ages"]
    assert [(row["size"], row["weighted_age_ms"], row["is_weighted_age_at_least"]) for row in ages] == [
        (3.0, HOUR_MS, False),
        (0.0, None, False),
    ]


@pytest.mark.parametrize("choice", ["price_low=49000&price_high=51000", "band=21000", "within_percent=50"])
def test_ages_are_null_of_the_past_and_where_nothing_was_studied(
    client: TestClient, unstudied: TestClient, choice: str
) -> None:
    past = client.get(f"{COIN}/positions?{choice}&at={LAST_MS - 1}").json()
    none = unstudied.get(f"{COIN}/positions?{choice}").json()
    other = client.get(f"/api/v1/coins/ETH/positions?{choice}").json()
    assert [(each["ages"], each["studied_ms"]) for each in (past, none, other)] == [(None, None)] * 3
    assert client.get(f"{COIN}/positions?{choice}&at={LAST_MS}").json()["studied_ms"] == LAST_MS


def test_held_for_keeps_the_old_and_counts_those_of_which_too_little_is_known(client: TestClient) -> None:
    answer = client.get(f"{COIN}/clusters?held_for=1d").json()
    assert [row["cluster_id"] for row in answer["tracked"]] == [OLD]
    assert answer["unsure_count"] == 1
    assert {row["cluster_id"] for row in answer["clusters"]} <= {OLD}
    assert client.get(f"{COIN}/clusters?held_for=10w").json()["note"] == "no cluster has been held for so long"


@pytest.mark.parametrize(
    ("minute", "standing"), [(0, {OLD, GONE}), (1, {OLD, GONE}), (2, {OLD, GONE, YOUNG}), (3, {OLD, YOUNG})]
)
def test_clusters_of_the_past_are_those_that_stood_then(client: TestClient, minute: int, standing: set[str]) -> None:
    answer = client.get(f"{COIN}/clusters?at={START_MS + minute * MINUTE_MS}").json()
    assert {row["cluster_id"] for row in answer["tracked"]} == standing


def test_joint_clusters_have_no_identity_and_say_so(client: TestClient) -> None:
    answer = client.get(f"{COIN}/clusters?mode=joint").json()
    assert answer["tracked"] == []
    assert "joint" in answer["note"]
    assert client.get(f"{COIN}/clusters?mode=joint&held_for=1d").status_code == 400


def test_a_life_has_its_rows_changes_sweeps_and_relatives(client: TestClient) -> None:
    answer = client.get(f"{COIN}/clusters/{OLD}").json()
    assert [row["event"] for row in answer["life"]] == ["born", "standing", "standing"]
    assert answer["cluster"]["time_ms"] == LAST_MS
    assert (answer["children"], answer["merged"]) == ([YOUNG], [GONE])
    assert [(row["reason"], row["size"], row["usd"]) for row in answer["changes"]] == [
        ("opened", 2.5, 175_000.0),
        ("closed", -0.5, -35_000.0),
        ("opened", 0.00001, None),
    ]
    assert [row["outcome"] for row in answer["sweeps"]] == ["swept"]
    later = client.get(f"{COIN}/clusters/{OLD}?start={LAST_MS}").json()
    assert ([row["time_ms"] for row in later["life"]], later["changes"]) == ([LAST_MS], [])


def test_an_unknown_cluster_is_not_found_and_the_nearest_is_named(client: TestClient) -> None:
    for path in (f"{COIN}/clusters/{OLD}9", f"{COIN}/changes?cluster_id={OLD}9", f"{COIN}/events?cluster_id={OLD}9"):
        response = client.get(path)
        assert response.status_code == 404
        assert f"did you mean {OLD}?" in response.json()["detail"]
    assert client.get("/api/v1/coins/BTCC/sweeps").json()["type"] == "urn:liqscape:problem:unknown-coin"


def test_lists_are_newest_first_and_pages_go_on_where_they_ended(client: TestClient) -> None:
    for name, rows in LISTS.items():
        whole = client.get(f"{COIN}/{name}").json()
        paged, cursor = [], ""
        while cursor is not None:
            page = client.get(f"{COIN}/{name}?limit=1" + (f"&cursor={cursor}" if cursor else "")).json()
            assert len(page[rows]) == 1
            paged += page[rows]
            cursor = page["next_cursor"]
        assert paged == whole[rows]
        assert len(paged) > 1
        times = [next(row[n] for n in ("time_ms", "entered_ms", "first_fill_ms") if n in row) for row in paged]
        assert times == sorted(times, reverse=True)


def test_new_rows_do_not_move_a_page(market: SmallMarket) -> None:
    studies = MemoryStudies()
    view = MapView(MemoryHistory(market), study=made_up_state(), studies=studies)
    with TestClient(create_app(view, Hub(view)), base_url=BASE) as client:
        first = client.get(f"{COIN}/events?limit=2").json()
        held = studies.held.liquidation_events
        held.append(event(9))
        after = client.get(f"{COIN}/events?limit=10&cursor={first['next_cursor']}").json()
    seen = [row["event_id"] for row in (*first["events"], *after["events"])]
    assert seen == sorted((row.event_id for row in held[:-1]), key=lambda each: each.split("-")[2], reverse=True)


def test_changes_are_summed_by_reason_and_unknown_usd_stays_unknown(client: TestClient) -> None:
    totals = {row["reason"]: row for row in client.get(f"{COIN}/changes").json()["totals"]}
    assert list(totals) == ["opened", "closed", "moved_by_marks"]
    assert (totals["opened"]["row_count"], totals["opened"]["size"], totals["opened"]["usd"]) == (2, 2.50001, None)
    only = client.get(f"{COIN}/changes?reason=closed&side=long&cluster_id={OLD}").json()
    assert [row["lots"] for row in only["changes"]] == [-50_000]


def test_open_sweeps_stand_apart_from_those_that_are_over(client: TestClient) -> None:
    answer = client.get(f"{COIN}/sweeps").json()
    assert [row["outcome"] for row in answer["open"]] == ["open"]
    assert {row["outcome"] for row in answer["sweeps"]} == {"swept", "partly_swept"}
    assert client.get(f"{COIN}/sweeps?outcome=open").json()["sweeps"] == answer["open"]
    parts = "liquidated_book liquidated_backstop deleveraged closed_before closed_after saved_by_margin moved_away"
    for row in answer["sweeps"]:
        assert sum(row[name] for name in f"{parts} still_there unknown".split()) == row["size_at_entry"]


def test_events_are_found_by_band_cluster_and_wallet(client: TestClient) -> None:
    every = client.get(f"{COIN}/events").json()["events"]
    wanted = every[2]
    step = 1.0005
    span = f"price_low={step ** wanted['band']}&price_high={step ** (wanted['band'] + 1)}"
    of_band = client.get(f"{COIN}/events?{span}").json()["events"]
    assert wanted in of_band
    assert {row["band"] for row in of_band} == {wanted["band"]}
    assert len(of_band) < len(every)
    assert client.get(f"{COIN}/events?cluster_id={SHORT}").json()["totals"]["count"] == 2
    mine = client.get(f"/api/v1/events?address={address(3)}").json()
    assert [row["address"] for row in mine["events"]] == [address(3)]
    unknown_level = next(row for row in every if row["liquidation_price"] is None)
    assert unknown_level["band"] is not None


def test_cascades_say_their_state_with_the_rule_and_what_came_of_them(client: TestClient) -> None:
    answer = client.get(f"{COIN}/cascades").json()
    assert [row["state"] for row in answer["now"]] == ["exhausted"]
    assert [row["state"] for row in answer["cascades"]] == ["exhausted", "running", "starting"]
    assert answer["now"][0]["threshold_rule"]
    assert answer["now"][0]["cascade_id"] is not None
    assert {row["horizon"]: row["outcome"] for row in answer["outcomes"]} == {"5m": "reversal", "1h": None}


def test_a_side_without_a_cascade_says_none_and_has_no_identity(market: SmallMarket) -> None:
    state = made_up_state()
    quiet = made_up_standing()
    coin = replace(quiet.coins["BTC"], cascades=(cascade("none", 4, cascade_id=""),))
    state.publish(replace(quiet, coins={"BTC": coin}))
    view = MapView(MemoryHistory(market), study=state, studies=MemoryStudies())
    with TestClient(create_app(view, Hub(view)), base_url=BASE) as client:
        (now,) = client.get(f"{COIN}/cascades").json()["now"]
    assert (now["state"], now["cascade_id"]) == ("none", None)


def test_few_cases_are_listed_and_no_share_is_made_of_them(client: TestClient) -> None:
    rows = {row["horizon"]: row for row in client.get(f"{COIN}/outcomes").json()["rows"]}
    assert (rows["5m"]["count"], len(rows["5m"]["cases"]), rows["5m"]["reversal_share"]) == (1, 1, None)
    assert (rows["1h"]["count"], rows["1h"]["unjudged_count"]) == (0, 1)
    ends = [row for row in client.get(f"{COIN}/overshoot").json()["rows"] if row["horizon"] == "end"]
    assert ends
    assert all(row["q50"] is None and len(row["cases"]) == row["count"] for row in ends)


def test_twenty_cases_have_shares_with_their_intervals(market: SmallMarket) -> None:
    held = StudyRows(
        sweeps=[sweep(number, "swept", overshoot_bp=float(number)) for number in range(20)],
        cascade_outcomes=[outcome("5m", number) for number in range(20)],
    )
    view = MapView(MemoryHistory(market), study=made_up_state(), studies=MemoryStudies(held))
    with TestClient(create_app(view, Hub(view)), base_url=BASE) as client:
        (shares,) = client.get("/api/v1/outcomes").json()["rows"]
        end = next(row for row in client.get("/api/v1/overshoot").json()["rows"] if row["horizon"] == "end")
    assert (shares["count"], shares["reversal_share"], shares["reversal_high"], shares["cases"]) == (20, 1.0, 1.0, [])
    assert 0.8 < shares["reversal_low"] < 0.9
    assert (end["count"], end["cases"], end["unit"]) == (20, [], "bp")
    assert end["q10"] < end["q50"] < end["q90"]
    assert end["q50_low"] is None  # one day drawn again says nothing of other days


@pytest.mark.parametrize("path", [*(f"{COIN}/{name}" for name in LISTS), "/api/v1/events", f"{COIN}/outcomes"])
def test_a_map_without_a_study_says_so_in_place_of_rows(unstudied: TestClient, path: str) -> None:
    answer = unstudied.get(path).json()
    assert answer["since_ms"] is None
    assert answer["note"].startswith("nothing was studied here yet")
    assert all(need["since_ms"] is None for need in answer["needs"])
    assert unstudied.get(f"{COIN}/clusters").json()["note"] == answer["note"]


def test_a_cluster_of_a_map_without_a_study_is_not_found(unstudied: TestClient) -> None:
    response = unstudied.get(f"{COIN}/clusters/{OLD}")
    assert response.status_code == 404
    assert "nothing was studied" in response.json()["detail"]


def test_a_study_that_has_just_begun_asks_to_wait(market: SmallMarket) -> None:
    view = MapView(MemoryHistory(market), study=StudyState())
    with TestClient(create_app(view, Hub(view)), base_url=BASE) as client:
        assert "not studied yet" in client.get(f"{COIN}/changes").json()["note"]


def test_an_empty_list_says_which_kind_of_nothing_it_is(client: TestClient) -> None:
    before = client.get(f"{COIN}/changes?end={SINCE_MS - MINUTE_MS}").json()["note"]
    after = client.get(f"{COIN}/changes?start={LAST_MS + MINUTE_MS}").json()["note"]
    between = client.get(f"{COIN}/changes?reason=flipped").json()["note"]
    other = client.get("/api/v1/coins/ETH/changes").json()
    assert "before the first studied minute" in before
    assert "after the newest studied minute" in after
    assert between.startswith("none fits")
    assert other["note"] == "no minute with this coin was studied yet"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/sweeps?outcome=swpt", "did you mean swept?"),
        ("/changes?reason=open", "did you mean opened?"),
        ("/clusters?held_for=1day", "'day' is none of the units ms, s, min, m, h, d, w"),
        ("/clusters?held_for=soon", "held_for 'soon' is no length of time such as 30min, 4h or 1d"),
        ("/clusters?held_for=0h", "outside 1 ms to"),
        ("/events?price_low=2&price_high=1", "price_low 2.0 is not below price_high 1.0"),
        ("/events?address=0x12", "address"),
        ("/changes?cluster=x", "did you mean cluster_id?"),
        ("/cascades?start=2026-02-02&end=2026-02-01", "is not before"),
        ("/sweeps?cursor=abc", "cursor 'abc' is none that this map gave"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(client: TestClient, path: str, said: str) -> None:
    response = client.get(f"{COIN}{path}")
    assert response.status_code == 400
    assert said in response.json()["detail"]
