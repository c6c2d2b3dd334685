"""Everybody's trigger orders, over real sockets and files, are those of the engine; what is doubtful is said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import numpy as np
import pytest
from aiohttp import web

from liqscape.feed.records import Record, RecordKind
from liqscape.model.events import FrameDue
from liqscape.model.markets import Market, Markets
from liqscape.model.trigger_rows import TriggerFault
from liqscape.sandbox.answers import answer_info
from liqscape.sandbox.answers.untriggered import answer_untriggered
from liqscape.sandbox.runner import Runner
from liqscape.sandbox.server.app import serve_sandbox
from liqscape.sandbox.triggers import trigger_rows
from liqscape.sandbox.world import WorldSettings
from liqscape.service.collecting.core import LiveCore, Start
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.collecting.trigger_snapshots import (
    AGAIN_SECONDS,
    EVERY_SECONDS,
    SnapshotPlaces,
    TriggerSnapshots,
)
from liqscape.service.live import LiveState
from liqscape.service.triggers import TriggerQuestions
from liqscape.service.view import MapView
from liqscape.sources.node.order_users import OrderUsers
from liqscape.units import MINUTE_MS
from liqscape.wire.node.trigger_columns import unpack_triggers

START_MS = 1_780_012_800_000
COLUMNS = (
    "market", "order_id", "side", "kind", "is_market", "trigger_price", "limit_price", "size", "is_whole_position",
    "is_reduce_only", "placed_ms",
)  # fmt: skip
Answer = Callable[[web.Request], Awaitable[web.Response]]


class Collected:
    """A sandbox world whose node writes files, and the core of a live map of it that knows its listing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        settings = WorldSettings(seed=5, accounts=140, coins=3, start_ms=START_MS, stops_percent=60)
        self.runner = Runner.open(settings, 15 * MINUTE_MS, node_files=folder, has_order_files=True)
        self.exchange = self.runner.world.exchange
        self.core = LiveCore(Start(kind="api", name="test", is_simulated=True, note="", dexs=("",)))
        self.take(RecordKind.ANSWER, '{"type":"metaAndAssetCtxs"}', self.ask({"type": "metaAndAssetCtxs"}))
        self.statuses = OrderUsers(folder, start_ms=self.exchange.time_ms)

    def ask(self, body: dict[str, object]) -> bytes:
        return msgspec.json.encode(answer_info(body, self.runner.state))

    def take(self, kind: RecordKind, subject: str, content: bytes) -> None:
        fed = self.core.feed(Record(kind, subject, content, self.exchange.time_ms * 1_000_000))
        assert fed.fault is None

    def snapshots(self, **places: Any) -> TriggerSnapshots:
        named = {"book_server": None, "node_info": None, "node_files": self.folder, "path": None, **places}
        clock = SimpleNamespace(now_ns=lambda: self.exchange.time_ms * 1_000_000)
        market = SimpleNamespace(core=self.core, say=self.take, clock=clock)
        limit = named.pop("max_bytes", None)
        options = {} if limit is None else {"max_bytes": limit}
        return TriggerSnapshots(cast(LiveMarket, market), SnapshotPlaces(**named), **options)

    def live(self, minutes: int) -> None:
        """The world lives on, in blocks of a minute, and what its node says of orders is read."""
        for output in self.runner.world.preroll(self.exchange.time_ms + minutes * MINUTE_MS):
            self.runner.observe(output)
        self.read_statuses()

    def read_statuses(self) -> None:
        market_of = self.core.assembler.markets.market_of
        while self.statuses.read(market_of) is not None:
            pass
        content = self.statuses.take_triggers()
        if content is not None:
            self.take(RecordKind.NODE_TRIGGERS, "node_order_statuses", content)

    def held(self) -> list[tuple[object, ...]]:
        """What the register says of each order, its owner first."""
        standing = self.core.pipeline.ledger.triggers.standing()
        assert standing is not None
        owners = [standing.names[row] for row in standing.table.owner.tolist()]
        return list(zip(owners, *(getattr(standing.table, name).tolist() for name in COLUMNS), strict=True))

    def true(self) -> list[tuple[object, ...]]:
        """The same of the engine."""
        rows = trigger_rows(self.exchange, np.arange(len(self.exchange.addresses)))
        owners = [rows.addresses[row] for row in rows.user.tolist()]
        names = ["market_index" if name == "market" else name for name in COLUMNS]
        made = zip(owners, *(getattr(rows, name).tolist() for name in names), strict=True)
        return sorted(made, key=lambda row: row[1:3])

    def read_state(self, address: str, coin: str) -> float:
        """Have the map know an account; its position in a coin."""
        question: dict[str, object] = {"type": "clearinghouseState", "user": address}
        content = self.ask(question)
        self.take(RecordKind.ANSWER, json.dumps(question), content)
        held = [each["position"] for each in json.loads(content)["assetPositions"]]
        return sum(float(each["szi"]) for each in held if each["coin"] == coin)

    def left_out(self, coin: str) -> dict[str, int]:
        """What the map says of orders that it cannot show."""
        self.take(RecordKind.TICK, "", b"")
        moment = self.core.pipeline.feed(FrameDue(self.exchange.time_ms, 0))
        assert moment is not None
        assert callable(vars(moment)["triggers"]), "a frame does not wait for what nobody asks"
        answer = TriggerQuestions(MapView(None, LiveState.of_moment(moment))).ask(coin)
        assert answer.left_out is not None
        return {each.reason: each.order_count for each in answer.left_out}

    def known_ms(self) -> list[int]:
        standing = self.core.pipeline.ledger.triggers.standing()
        assert standing is not None
        return standing.whole_ms.tolist()


@pytest.fixture
def collected(tmp_path: Path) -> Iterator[Collected]:
    made = Collected(tmp_path)
    yield made
    made.runner.stop()


def serving(made: Collected) -> Any:
    return serve_sandbox(made.runner.state, made.runner.turnstile, node_files=made.folder)


@asynccontextmanager
async def answering(answer: Answer) -> Any:
    """An order book server that answers so; gives its address."""
    app = web.Application()
    app.router.add_get("/untriggeredOrders", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def bring(made: Collected, answer: Answer, **options: Any) -> TriggerSnapshots:
    """One snapshot of such a server."""

    async def run() -> TriggerSnapshots:
        async with answering(answer) as url:
            snapshots = made.snapshots(book_server=url, **options)
            await snapshots.read_once()
            return snapshots

    return asyncio.run(run())


def body_of(content: bytes) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=content)

    return answer


def test_a_file_of_the_node_and_its_statuses_leave_the_orders_of_the_engine(collected: Collected) -> None:
    async def run() -> TriggerSnapshots:
        async with serving(collected) as (_, port):
            path = collected.folder / "triggers.json"
            snapshots = collected.snapshots(node_info=f"http://127.0.0.1:{port}", path=path)
            await snapshots.read_once()
            assert not path.exists()
            return snapshots

    assert asyncio.run(run()).trouble is None
    first = collected.true()
    assert len(first) > 30
    assert collected.held() == first
    assert set(collected.known_ms()) == {collected.exchange.time_ms}
    collected.live(20)
    assert collected.true() != first
    assert collected.held() == collected.true()
    assert set(collected.known_ms()) == {collected.exchange.time_ms}
    assert not +collected.core.assembler.trigger_faults


@pytest.mark.parametrize("is_too_long", [False, True], ids=["at once", "too long, so coin by coin"])
def test_an_order_book_server_tells_the_orders_of_the_engine(collected: Collected, is_too_long: bool) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path_qs)
        return web.Response(body=answer_untriggered(collected.exchange, request.query.get("coin")))

    max_bytes = len(answer_untriggered(collected.exchange, None)) - 1 if is_too_long else None
    assert bring(collected, answer, max_bytes=max_bytes).trouble is None
    assert collected.held() == collected.true()
    coins = [f"/untriggeredOrders?coin={coin}" for coin in collected.exchange.markets.coins]
    assert asked == ["/untriggeredOrders", *coins[: len(collected.known_ms()) if is_too_long else 0]]
    collected.live(5)
    assert collected.held() == collected.true()


def test_the_sandbox_answers_as_an_order_book_server_does(collected: Collected) -> None:
    async def run() -> None:
        async with serving(collected) as (_, port):
            snapshots = collected.snapshots(book_server=f"http://127.0.0.1:{port}")
            await snapshots.read_once()
            assert snapshots.trouble is None

    asyncio.run(run())
    assert collected.held() == collected.true()
    time_ms, height, data = msgspec.json.decode(answer_untriggered(collected.exchange, "BTC")).values()
    assert (time_ms, height, [coin for coin, _ in data]) == (
        collected.exchange.time_ms,
        collected.exchange.block,
        ["BTC"],
    )
    shown = [order for _, order in data[0][1]]
    assert [order["oid"] for order in shown] == sorted(order["oid"] for order in shown)
    assert {order["sz"] for order in shown if order["isPositionTpsl"]} == {"0"}
    assert msgspec.json.decode(answer_untriggered(collected.exchange, "NONE"))["data"] == []


def test_a_snapshot_of_another_height_changes_nothing_and_is_counted(collected: Collected) -> None:
    old = answer_untriggered(collected.exchange, None)
    bring(collected, body_of(old))
    collected.live(20)
    bring(collected, body_of(old))
    assert collected.held() == collected.true()
    assert collected.core.pipeline.ledger.triggers.figures().refused == 1


def test_an_earlier_snapshot_brings_back_no_order_that_ended_since(collected: Collected) -> None:
    old = answer_untriggered(collected.exchange, None)
    collected.live(10)
    bring(collected, body_of(old))
    assert collected.held() == collected.true()


def test_what_is_wrong_with_an_order_is_counted_and_said(collected: Collected) -> None:
    made = json.loads(answer_untriggered(collected.exchange, None))
    (coin, orders), *_ = made["data"]
    spoiled = [dict(order) for _, order in orders[:4]]
    spoiled[0]["orderType"] = "Trailing Stop"
    spoiled[1]["triggerCondition"] = "Price " + ("above" if "below" in spoiled[1]["triggerCondition"] else "below")
    spoiled[2]["triggerPx"] = None
    spoiled[3]["side"] = "C"
    made["data"][0] = (coin, [[owner, row] for (owner, _), row in zip(orders, spoiled, strict=False)] + orders[4:])
    made["data"].append(("NONE", [["0x" + "a" * 40, {**orders[4][1], "coin": "NONE"}]]))
    bring(collected, body_of(json.dumps(made).encode()))
    assert +collected.core.assembler.trigger_faults == {
        TriggerFault.UNKNOWN_TYPE: 1,
        TriggerFault.CONDITION_DISAGREES: 1,
        TriggerFault.NO_PRICE: 1,
        TriggerFault.UNKNOWN_SIDE: 1,
    }
    assert len(collected.held()) == len(collected.true()) - 4


def test_an_order_without_position_or_on_the_wrong_side_is_said_by_the_map(collected: Collected) -> None:
    made = json.loads(answer_untriggered(collected.exchange, None))
    coin, orders = made["data"][0]
    positions = {address: collected.read_state(address, coin) for address in collected.exchange.addresses}
    owner, order = next((owner, order) for owner, order in orders if positions[owner])
    stranger = next(address for address, size in positions.items() if not size)
    bring(collected, body_of(json.dumps(made).encode()))
    before = collected.left_out(coin)
    is_stop = order["orderType"].startswith("Stop")
    other_side = {  # fires on the same side of the mark, but would add to the position
        **order,
        "oid": order["oid"] + 1_000_000,
        "side": "B" if order["side"] == "A" else "A",
        "orderType": order["orderType"].replace(*("Stop", "Take Profit")[:: 1 if is_stop else -1]),
    }
    orders += [(stranger, {**order, "oid": order["oid"] + 2_000_000}), (owner, other_side)]
    bring(collected, body_of(json.dumps(made).encode()))
    after = collected.left_out(coin)
    assert {reason: count - before.get(reason, 0) for reason, count in after.items()} == {
        **dict.fromkeys(before, 0),
        "no_position": 1,
        "wrong_side": 1,
    }


def asked_of(markets: Markets, answer: Answer) -> tuple[list[bytes], TriggerSnapshots]:
    """What a map of these markets keeps of the answer of such a server, and who asked."""
    said: list[bytes] = []

    def say(kind: RecordKind, subject: str, content: bytes) -> None:  # noqa: ARG001
        said.append(content)

    core = SimpleNamespace(assembler=SimpleNamespace(markets=SimpleNamespace(markets=markets)))

    async def run() -> TriggerSnapshots:
        async with answering(answer) as url:
            places = SnapshotPlaces(book_server=url, node_info=None, node_files=None, path=None)
            snapshots = TriggerSnapshots(cast(LiveMarket, SimpleNamespace(core=core, say=say)), places)
            await snapshots.read_once()
            return snapshots

    return said, asyncio.run(run())


def markets_of(**dexs: str) -> Markets:
    """Markets by coin, each in its dex."""
    return Markets.build(
        Market(coin=coin, dex=dex, size_decimals=2, max_leverage=10, table_row=0) for coin, dex in dexs.items()
    )


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b'{"time":5,"height":7,"data":[]}', "block 7 has no trigger order of any coin"),
        (503, b'{"error":"initializing"}', 'HTTP 503: {"error":"initializing"}'),
        (200, b"[]", "Expected"),
    ],
    ids=["none of any coin", "not ready", "another layout"],
)
def test_an_answer_that_says_nothing_leaves_everybody_unknown(status: int, body: bytes, words: str) -> None:
    async def reply(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body)

    said, snapshots = asked_of(markets_of(BTC=""), reply)
    assert snapshots.trouble is not None
    assert words in snapshots.trouble
    assert not said
    assert snapshots.rest_seconds == AGAIN_SECONDS


def test_of_a_dex_without_any_coin_nothing_is_known() -> None:
    """A server told to follow the first dex alone lists no coin of another, as if nobody had an order there."""
    order = {
        "coin": "BTC", "side": "A", "limitPx": "80", "sz": "1", "oid": 3, "timestamp": START_MS, "isTrigger": True,
        "triggerPx": "90.0", "orderType": "Stop Market", "reduceOnly": True,
    }  # fmt: skip
    body = {"time": START_MS, "height": 7, "data": [["BTC", [["0x" + "a" * 40, order]]]]}
    said, snapshots = asked_of(markets_of(BTC="", ETH="", A="xyz"), body_of(json.dumps(body).encode()))
    assert unpack_triggers(said[0]).named == ("BTC", "ETH")
    assert snapshots.rest_seconds == EVERY_SECONDS
