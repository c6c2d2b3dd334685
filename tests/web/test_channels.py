"""Several coins a connection and channels of the stream: what is asked for comes, what is not understood is said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import TestClient
from made_up_study import COIN, LAST_MS, OLD, YOUNG, cluster, made_up_standing, made_up_state
from memory_history import MemoryHistory
from small_market import START_MS, SmallMarket, address
from trigger_worlds import make_knowledge, make_triggers
from view_reader import ViewReader

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.moment import Moment
from liqscape.insight.study_rows import StudyRows
from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.model.triggers import TriggerColumns, TriggerKnowledge
from liqscape.service import hub as hub_module
from liqscape.service.hub import Hub
from liqscape.service.liquidation_questions import LiquidationQuestions
from liqscape.service.live import LiveState
from liqscape.service.view import MapView
from liqscape.store.liquidations import LiquidationWriter
from liqscape.units import MINUTE_MS
from liqscape.web.app import create_app

BASE = "http://127.0.0.1:8417"
STREAM = "/api/v1/stream"
LOOK = "&level=3"


@dataclass
class Stage:
    """A live map behind the application; frames are published on the event loop's own thread."""

    client: TestClient
    live: LiveState
    market: SmallMarket
    hub: Hub
    folder: Path
    view: MapView
    triggers: tuple[TriggerColumns, TriggerKnowledge] | None = None
    """Known trigger orders of the next frames."""

    def publish(self, move: Callable[[Any], Any] = lambda mark: mark * 1.001) -> None:
        """The next frame, its marks moved."""
        now = self.live.now
        assert now is not None
        snapshot = now.frame.snapshot
        marks = move(snapshot.mark.copy())
        snapshot = replace(snapshot, time_ms=snapshot.time_ms + 3_000, mark=marks)
        frame = build_frame(now.accounts, snapshot, now.tables, now.frame.provenance)
        moment = Moment(frame=frame, accounts=now.accounts, tables=now.tables, is_stored=False, triggers=self.triggers)
        assert self.client.blocking_portal is not None
        self.client.blocking_portal.call(self.live.publish, moment)


@pytest.fixture
def stage(market: SmallMarket, tmp_path: Path) -> Iterator[Stage]:
    live = LiveState()
    live.publish(Moment(frame=market.frames[-1], accounts=market.accounts[-1], tables=market.tables, is_stored=True))
    view = MapView(MemoryHistory(market), live, study=made_up_state())
    hub = Hub(view)
    folder = tmp_path / "liquidations"
    app = create_app(view, hub, liquidations=LiquidationQuestions(view, folder))
    with TestClient(app, base_url=BASE) as client:
        yield Stage(client, live, market, hub, folder, view)


def liquidation(number: int, coin: int = 0, evidence: Evidence = Evidence.INFERRED) -> Liquidation:
    return Liquidation(
        address=address(number),
        market_index=coin,
        side=1,
        size=2.0,
        price=100.0,
        notional=200.0,
        mark=float("nan"),
        predicted_price=101.0,
        method=LiquidationMethod.MARKET,
        evidence=evidence,
        fee=float("nan"),
        account_value=float("nan"),
        fill_count=1,
        first_ms=START_MS + number,
        last_ms=START_MS + number,
        trade_ids=(number,),
    )


def heard(socket: Any) -> dict[str, list[str] | None]:
    """What the server says the connection hears."""
    message = socket.receive_json()
    assert message["type"] == "subscribed", message
    return {row["channel"]: row["coins"] for row in message["channels"]}


def test_one_connection_holds_frames_of_several_coins_exactly(stage: Stage) -> None:
    readers = {coin: ViewReader() for coin in ("BTC", "ETH", "kPEPE")}
    with stage.client.websocket_connect(f"{STREAM}?channels=frames&coins=BTC,ETH{LOOK}") as socket:
        assert heard(socket) == {"frames": ["BTC", "ETH"]}
        socket.send_json({"type": "subscribe", "channel": "frames", "coins": ["kPEPE"], "level": 3})
        messages = [socket.receive_json() for _ in range(4)]
        assert [row["coins"] for each in messages if each["type"] == "subscribed" for row in each["channels"]] == [
            ["BTC", "ETH", "kPEPE"]
        ]
        for message in messages:
            if message["type"] == "view":
                readers[message["frame"]["coin"]].hear(json.dumps(message))
        for _ in range(3):
            stage.publish()
            for _ in readers:
                message = socket.receive_json()
                readers[message["frame"]["coin"]].hear(json.dumps(message))
        for coin, reader in readers.items():
            assert reader.kinds == ["view", *["changes"] * 3]
            with stage.client.websocket_connect(f"{STREAM}?coin={coin}{LOOK}") as other:
                whole = ViewReader()
                whole.hear(other.receive_text())
            assert (reader.rows, reader.sequence) == (whole.rows, whole.sequence)
        socket.send_json({"type": "unsubscribe", "channel": "frames", "coins": ["BTC", "ETH"]})
        assert heard(socket) == {"frames": ["kPEPE"]}
        stage.publish()
        assert socket.receive_json()["frame"]["coin"] == "kPEPE"


def test_a_view_message_leaves_that_coin_alone_as_it_always_did(stage: Stage) -> None:
    with stage.client.websocket_connect(f"{STREAM}?channels=frames&coins=BTC,ETH{LOOK}") as socket:
        for _ in range(3):
            socket.receive_json()
        socket.send_json({"type": "view", "coin": "kPEPE", "level": 2})
        assert socket.receive_json()["frame"]["coin"] == "kPEPE"
        stage.publish()
        stage.publish()
        assert [socket.receive_json()["frame"]["coin"] for _ in range(2)] == ["kPEPE", "kPEPE"]


def test_marks_come_whole_then_those_that_moved(stage: Stage) -> None:
    with stage.client.websocket_connect(f"{STREAM}?channels=marks") as socket:
        assert heard(socket) == {"marks": None}
        whole = socket.receive_json()
        listed = {row["coin"]: row["mark"] for row in stage.client.get("/api/v1/coins").json()["coins"]}
        assert (whole["type"], whole["since"]) == ("marks", None)
        assert whole["marks"] == {**listed, "GONE": None}
        assert whole["provenance"] == stage.client.get("/api/v1/status").json()["provenance"]
        assert None in listed.values()  # an unknown mark is null

        def move_first(mark: Any) -> Any:
            mark[0] *= 1.01
            return mark

        stage.publish(move_first)
        moved = socket.receive_json()
        coin = stage.market.frames[-1].snapshot.markets.coins[0]
        assert moved["since"] == whole["sequence"]
        assert moved["marks"] == {coin: pytest.approx(listed[coin] * 1.01)}
        assert moved["as_of_ms"] == whole["as_of_ms"] + 3_000
        socket.send_json({"type": "unsubscribe", "channel": "marks"})
        assert heard(socket) == {}


def test_marks_of_some_coins_grow_and_shrink(stage: Stage) -> None:
    with stage.client.websocket_connect(f"{STREAM}?channels=marks&coins=ETH") as socket:
        assert heard(socket) == {"marks": ["ETH"]}
        assert list(socket.receive_json()["marks"]) == ["ETH"]
        socket.send_json({"type": "subscribe", "channel": "marks", "coins": ["BTC"]})
        assert heard(socket) == {"marks": ["BTC", "ETH"]}
        assert list(socket.receive_json()["marks"]) == ["BTC", "ETH"]
        socket.send_json({"type": "unsubscribe", "channel": "marks", "coins": ["ETH"]})
        assert heard(socket) == {"marks": ["BTC"]}
        assert list(socket.receive_json()["marks"]) == ["BTC"]


def test_clusters_of_all_coins_come_without_frames(stage: Stage) -> None:
    news = StudyRows(clusters=[cluster(YOUNG, LAST_MS + MINUTE_MS, "ended", merged_into=OLD)])
    with stage.client.websocket_connect(f"{STREAM}?channels=clusters") as socket:
        assert heard(socket) == {"clusters": None}
        assert socket.receive_json()["type"] == "status"
        state = stage.view.studied.state
        assert state is not None
        state.publish(made_up_standing(news, LAST_MS + MINUTE_MS))
        message = socket.receive_json()
        assert (message["type"], message["coin"]) == ("clusters", COIN)
        socket.send_json({"type": "subscribe", "channel": "clusters", "coins": ["ETH"]})
        assert heard(socket) == {"clusters": None}  # all of them stays all


def test_liquidations_are_told_once_and_again_when_they_are_settled(stage: Stage) -> None:
    coins = stage.market.frames[-1].snapshot.markets.coins
    writer = LiquidationWriter(stage.folder)
    writer.keep([liquidation(1)], coins)
    with stage.client.websocket_connect(f"{STREAM}?channels=liquidations&coins={coins[0]}") as socket:
        assert heard(socket) == {"liquidations": [coins[0]]}
        assert socket.receive_json()["type"] == "status"
        stage.publish()  # what was there before is not told
        writer.keep([liquidation(2), liquidation(3, coin=1)], coins)
        message = next_after_frames(stage, socket)
        assert (message["type"], message["coin"]) == ("liquidations", coins[0])
        assert [(row["address"], row["evidence"]) for row in message["liquidations"]] == [(address(2), "inferred")]
        assert message["liquidations"][0]["mark"] is None
        writer.keep([liquidation(2, evidence=Evidence.CONFIRMED)], coins)
        message = next_after_frames(stage, socket)
        assert [(row["address"], row["evidence"]) for row in message["liquidations"]] == [(address(2), "confirmed")]
        answer = stage.client.get("/api/v1/liquidations").json()["liquidations"]
        assert message["liquidations"][0] == {
            name: value
            for name, value in next(row for row in answer if row["address"] == address(2)).items()
            if name in message["liquidations"][0]
        }


def test_trigger_orders_are_told_whole_at_first_and_when_others_are_known(stage: Stage) -> None:
    accounts, snapshot = stage.market.accounts[-1], stage.market.frames[-1].snapshot
    knowledge = make_knowledge(7, accounts, snapshot.time_ms)
    link = f"{STREAM}?channels=triggers&coins=BTC"

    def next_told(socket: Any) -> dict[str, Any]:
        while (message := next_after_frames(stage, socket, lambda mark: mark))["type"] == "status":
            pass
        return message

    with stage.client.websocket_connect(link) as socket:
        assert heard(socket) == {"triggers": ["BTC"]}
        unknown = next_told(socket)
        assert (unknown["type"], unknown["coin"], unknown["has_triggers"]) == ("triggers", "BTC", False)
        assert (unknown["coverage"], unknown["totals"], unknown["clusters"]) == (None, None, None)
        for seed in (7, 8):
            stage.triggers = make_triggers(seed, accounts, snapshot, 300), knowledge
            told, answer = next_told(socket), stage.client.get("/api/v1/coins/BTC/triggers").json()
            assert told["totals"] == answer["totals"]
            assert told["clusters"] == answer["clusters"] != []
            assert (told["mark"], told["provenance"]) == (answer["mark"], answer["provenance"])
            assert told["coverage"]["share"] == answer["coverage"]["share"]
        with stage.client.websocket_connect(link) as other:
            assert heard(other) == {"triggers": ["BTC"]}
            assert next_told(other)["totals"] == told["totals"]
            repeated = next_told(socket)  # who hears of the coin already hears it again too
            assert repeated["totals"] == told["totals"]


def next_after_frames(
    stage: Stage, socket: Any, move: Callable[[Any], Any] = lambda mark: mark * 1.001
) -> dict[str, Any]:
    """The next message; a look is made with each frame, in a thread, so that one may come too early."""
    import threading

    found: list[dict[str, Any]] = []
    waiting = threading.Thread(target=lambda: found.append(socket.receive_json()))
    waiting.start()
    while waiting.is_alive():
        stage.publish(move)
        waiting.join(0.05)
    return found[0]


def test_a_map_that_cannot_know_says_why_a_channel_is_silent(client: TestClient) -> None:
    with client.websocket_connect(f"{STREAM}?channels=liquidations,alerts") as socket:
        message = socket.receive_json()
        assert [row["channel"] for row in message["channels"]] == ["liquidations", "alerts"]
        (note,) = message["notes"]  # rules are watched on every served map
        assert note.startswith("liquidations: Snapshots of positions do not tell liquidations")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"type": "subscribe", "channel": "mark"}, "unknown channel 'mark'; did you mean marks?"),
        (
            {"type": "subscribe", "channel": "weather"},
            "unknown channel 'weather'; this stream has frames, marks, clusters, liquidations, triggers, alerts",
        ),
        ({"type": "subscribe", "channel": "marks", "coins": ["btc"]}, "unknown coin 'btc'; did you mean BTC?"),
        ({"type": "subscribe", "channel": "frames", "coins": ["ETH", "kpepe"]}, "did you mean kPEPE?"),
        (
            {"type": "subscribe", "channel": "marks", "coin": ["BTC"]},
            "unknown field 'coin' of subscribe; did you mean coins",
        ),
        (
            {"type": "view", "coin": "BTC", "level": 1, "price_hihg": 5},
            "unknown field 'price_hihg' of view; did you mean price_high",
        ),
        ({"type": "subscrib", "channel": "marks"}, "unknown type 'subscrib'; did you mean subscribe?"),
        ({"type": "order"}, "unknown type 'order'; this stream takes coin, view, subscribe, unsubscribe"),
        ({"channel": "marks"}, "the message has no type; this stream takes coin, view, subscribe, unsubscribe"),
        ({"type": "subscribe"}, "subscribe: Object missing required field `channel`"),
        ({"type": "subscribe", "channel": "marks", "coins": "BTC"}, "subscribe: Expected `array | null`, got `str`"),
        ({"type": "subscribe", "channel": "marks", "coins": []}, "coins is an empty list"),
        ({"type": "subscribe", "channel": "marks", "level": 2}, "level is of the channel frames, not of marks"),
        ({"type": "subscribe", "channel": "clusters", "every_ms": 5}, "every_ms is of the channel frames"),
        ({"type": "subscribe", "channel": "frames"}, "the channel frames needs coins"),
        (
            {"type": "subscribe", "channel": "frames", "coins": ["BTC", "ETH"], "level": 1, "price_low": 5.0},
            "price_low and price_high are of one coin",
        ),
        ({"type": "subscribe", "channel": "frames", "coins": ["BTC"], "level": 99}, "level 99 is outside"),
        ({"type": "subscribe", "channel": "marks", "every_ms": 99_000}, "every_ms 99000 is outside 0..60000"),
    ],
)
def test_what_is_not_understood_is_said_with_the_nearest_name(client: TestClient, sent: dict, said: str) -> None:
    with client.websocket_connect(f"{STREAM}?channels=marks&coins=ETH") as socket:
        assert heard(socket) == {"marks": ["ETH"]}
        assert socket.receive_json()["type"] == "marks"
        socket.send_json(sent)
        message = socket.receive_json()
        assert message["type"] == "error"
        assert said in message["detail"]
        assert "\n" not in message["detail"]
        socket.send_json({"type": "unsubscribe", "channel": "clusters"})
        assert heard(socket) == {"marks": ["ETH"]}  # nothing has changed


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("channels=mark", "did you mean marks?"),
        ("channels=", "channels is empty"),
        ("channels=marks&coins=btc", "did you mean BTC?"),
        ("channels=frames", "needs coins"),
        ("coin=BTC&coins=ETH", "coin and coins ask for the same"),
    ],
)
def test_an_address_that_makes_no_sense_is_refused_with_its_reason(client: TestClient, query: str, said: str) -> None:
    with client.websocket_connect(f"{STREAM}?{query}") as socket:
        assert said in socket.receive_json()["detail"]
        with pytest.raises(WebSocketDisconnect) as refused:
            socket.receive_json()
        assert refused.value.code == 1008


def test_all_coins_are_not_left_one_by_one(client: TestClient) -> None:
    with client.websocket_connect(f"{STREAM}?channels=marks,clusters") as socket:
        assert heard(socket) == {"marks": None, "clusters": None}
        assert socket.receive_json()["type"] == "marks"
        for channel in ("marks", "clusters"):
            socket.send_json({"type": "unsubscribe", "channel": channel, "coins": ["BTC"]})
            assert f"{channel} is heard of all coins" in socket.receive_json()["detail"]


def test_coins_of_a_connection_and_views_of_a_server_are_bounded(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = {"type": "subscribe", "channel": "frames", "level": 2}
    with client.websocket_connect(f"{STREAM}?coin=BTC{LOOK}") as socket:
        assert socket.receive_json()["type"] == "view"
        monkeypatch.setattr(hub_module, "MAX_PLACES", 2)
        socket.send_json({**ask, "coins": ["ETH", "kPEPE"]})
        assert "looks at 2 coins at most" in socket.receive_json()["detail"]
        monkeypatch.setattr(hub_module, "MAX_VIEWS", 1)
        socket.send_json({**ask, "coins": ["ETH"]})
        assert "1 different views are looked at already" in socket.receive_json()["detail"]
        socket.send_json({"type": "unsubscribe", "channel": "clusters"})
        assert heard(socket) == {"frames": ["BTC"]}


def test_alerts_reach_those_who_asked_in_either_way(stage: Stage) -> None:
    from liqscape.service.streaming.plain_messages import MissedMessage

    with (
        stage.client.websocket_connect(f"{STREAM}?coin=BTC{LOOK}&alerts=true") as page,
        stage.client.websocket_connect(f"{STREAM}?channels=alerts&coins=ETH") as other,
        stage.client.websocket_connect(f"{STREAM}?coin=BTC{LOOK}") as silent,
    ):
        assert page.receive_json()["type"] == silent.receive_json()["type"] == "view"
        assert heard(other) == {"alerts": ["ETH"]}
        assert other.receive_json()["type"] == "status"
        stage.hub.tell_soon("alerts", MissedMessage(1), "BTC")
        stage.hub.tell_soon("alerts", MissedMessage(2), None)
        assert [page.receive_json()["count"] for _ in range(2)] == [1, 2]
        assert other.receive_json()["count"] == 2
        stage.publish()
        assert silent.receive_json()["type"] == "changes"
