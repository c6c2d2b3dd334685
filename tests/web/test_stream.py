"""The WebSocket route: messages a client may send, and what it hears."""

from __future__ import annotations

from dataclasses import replace

import pytest
from former_names import without_former
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import TestClient
from memory_history import MemoryHistory
from small_market import SmallMarket
from stream_reader import apply_changes, rows_of

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.moment import Moment
from liqscape.service.hub import Hub
from liqscape.service.live import LiveState
from liqscape.service.streaming.stream_view import stream_view
from liqscape.service.view import MapView
from liqscape.web.app import create_app
from liqscape.web.routes import stream

BASE = "http://127.0.0.1:8417"


def test_stream_tells_the_newest_frame_and_switches_coins(client: TestClient) -> None:
    with client.websocket_connect("/api/v1/stream?coin=ETH") as socket:
        first = socket.receive_json()
        assert (first["type"], first["frame"]["coin"], first["frame"]["level"]) == ("snapshot", "ETH", 0)
        whole = client.get("/api/v1/coins/ETH/frame").json()
        whole["bands"]["vault_size"] = None  # the stream does not tell vaults apart
        assert first["frame"] == without_former(whole)
        assert first["status"] == without_former(client.get("/api/v1/status").json())
        socket.send_json({"type": "coin", "coin": "kPEPE"})
        assert socket.receive_json()["frame"]["coin"] == "kPEPE"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("", "JSON"),
        ("nonsense", "JSON"),
        ("[]", "object"),
        ('{"type":"coin"}', "coin"),
        ('{"type":"order","coin":"BTC"}', "type"),
        ('{"type":"coin","coin":7}', "str"),
        ('{"type":"coin","coin":"btc"}', "did you mean BTC"),
    ],
)
def test_bad_message_is_answered_and_the_stream_goes_on(client: TestClient, sent: str, said: str) -> None:
    with client.websocket_connect("/api/v1/stream?coin=BTC") as socket:
        assert socket.receive_json()["type"] == "snapshot"
        socket.send_text(sent)
        answer = socket.receive_json()
        assert set(answer) == {"type", "detail"}
        assert answer["type"] == "error"
        if sent:
            assert said in answer["detail"]
        socket.send_json({"type": "coin", "coin": "ETH"})
        assert socket.receive_json()["frame"]["coin"] == "ETH"


def test_unknown_coin_is_refused_with_its_reason(client: TestClient) -> None:
    with client.websocket_connect("/api/v1/stream?coin=NOPE") as socket:
        assert "unknown coin 'NOPE'" in socket.receive_json()["detail"]
        with pytest.raises(WebSocketDisconnect) as refused:
            socket.receive_json()
        assert refused.value.code == 1008


def test_published_frames_reach_the_socket_as_changes(market: SmallMarket) -> None:
    live = LiveState()
    frame = market.frames[-1]
    live.publish(Moment(frame=frame, accounts=market.accounts[-1], tables=market.tables, is_stored=True))
    view = MapView(MemoryHistory(market), live)
    with (
        TestClient(create_app(view, Hub(view)), base_url=BASE) as client,
        client.websocket_connect("/api/v1/stream?coin=BTC") as socket,
    ):
        snapshot = socket.receive_json()
        held = rows_of(snapshot["frame"]["bands"])
        for number in range(3):
            marks = frame.snapshot.mark * 1.001
            moved = replace(frame.snapshot, time_ms=frame.snapshot.time_ms + 3_000, mark=marks)
            frame = build_frame(market.accounts[-1], moved, market.tables, frame.provenance)
            # On the event loop's own thread, as the live market does it.
            client.blocking_portal.call(
                lambda frame=frame: live.publish(
                    Moment(frame=frame, accounts=market.accounts[-1], tables=market.tables, is_stored=False)
                )
            )
            message = socket.receive_json()
            assert (message["type"], message["sequence"]) == ("frame", snapshot["sequence"] + 1 + number)
            assert message["frame"]["as_of_ms"] == frame.time_ms
            held = apply_changes(held, message["frame"]["changes"], message["frame"]["mark"])
        assert held == rows_of(client.get("/api/v1/coins/BTC/frame").json()["bands"])


def test_a_place_taken_while_the_coin_is_looked_up_is_not_given_twice(
    view: MapView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MAX_CLIENTS", 1)
    hub = Hub(view)
    find = hub.find_coin

    async def find_while_another_joins(coin: str | None) -> str:
        hub.join(stream_view("ETH"))
        return await find(coin)

    monkeypatch.setattr(hub, "find_coin", find_while_another_joins)
    with (
        TestClient(create_app(view, hub), base_url=BASE) as client,
        client.websocket_connect("/api/v1/stream?coin=BTC") as socket,
    ):
        assert "connected already" in socket.receive_json()["detail"]
        with pytest.raises(WebSocketDisconnect) as refused:
            socket.receive_json()
        assert refused.value.code == 1013
    assert hub.client_count == 1
