"""Markets of all dexs come in one answer; where that is refused or cannot be used each dex is asked for."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import numpy as np
import pytest

from liqscape.errors import RateLimited, RequestFailed
from liqscape.feed.records import Record, RecordKind
from liqscape.service.collecting.core import LiveCore, Start
from liqscape.service.collecting.listing import read_listing
from liqscape.wire.info.request import InfoRequest

CONTEXT = {"markPx": "10", "oraclePx": "10", "openInterest": "5", "funding": "0.0"}
COINS = {"": ["BTC", "ETH"], "xyz": ["xyz:GOLD"], "flx": ["flx:OIL", "flx:GAS"]}


def meta(dex: str) -> dict[str, Any]:
    assets = [{"name": coin, "szDecimals": 2, "maxLeverage": 5, "marginTableId": 5} for coin in COINS[dex]]
    return {"universe": assets, "marginTables": [], "collateralToken": 0}


class Server:
    """Answers as the exchange does; `all_metas` in place of its own allPerpMetas, an exception to refuse it."""

    url = "http://x"

    def __init__(self, all_metas: Any = None) -> None:
        self.all_metas = [meta(dex) for dex in COINS] if all_metas is None else all_metas
        self.asked: list[dict[str, Any]] = []
        self.spent = 0
        self.core = LiveCore(Start(kind="api", name="test", is_simulated=False, note="", dexs=None))
        self.frames = 0
        self.time_ns = 10**18

    async def ask(self, asked: InfoRequest[Any], *, priority: int = 0) -> bytes:  # noqa: ARG002
        request = msgspec.to_builtins(asked)
        self.asked.append(request)
        self.spent += asked.weight
        match request["type"]:
            case "exchangeStatus":
                answer: Any = {"time": self.time_ns // 1_000_000, "specialStatuses": None}
            case "perpDexs":
                answer = [None, *({"name": dex, "fullName": dex, "deployer": "0x"} for dex in COINS if dex)]
            case "allPerpMetas":
                if isinstance(self.all_metas, Exception):
                    raise self.all_metas
                answer = self.all_metas
            case "metaAndAssetCtxs":
                dex = request.get("dex", "")
                answer = [meta(dex), [CONTEXT] * len(COINS[dex])]
            case _:
                raise RequestFailed("HTTP 422", status=422)
        return msgspec.json.encode(answer)

    def say(self, kind: RecordKind, subject: str = "", content: bytes = b"") -> None:
        self.time_ns += 10**9
        fed = self.core.feed(Record(kind, subject, content, self.time_ns))
        assert fed.fault is None
        self.frames += len(fed.moments)

    def weight(self) -> int:
        return self.spent


def read(server: Server, dexs: tuple[str, ...] | None = None) -> None:
    server.core = LiveCore(Start(kind="api", name="test", is_simulated=False, note="", dexs=dexs))
    asyncio.run(read_listing(server, dexs, server.say))  # type: ignore[arg-type]


ALL = [coin for coins in COINS.values() for coin in coins]


def test_all_markets_come_in_one_answer_and_the_first_frame_has_the_marks_of_the_first_dex() -> None:
    server = Server()
    read(server)
    assert [each["type"] for each in server.asked] == ["exchangeStatus", "perpDexs", "allPerpMetas", "metaAndAssetCtxs"]
    assert server.weight() == 62
    ledger = server.core.pipeline.ledger
    assert list(ledger.markets.coins) == ALL
    assert [market.dex for market in ledger.markets.rows] == ["", "", "xyz", "flx", "flx"]
    np.testing.assert_array_equal(ledger.snapshot.mark, [10.0, 10.0, np.nan, np.nan, np.nan])
    assert server.frames == 1


@pytest.mark.parametrize(
    "refusal",
    [RequestFailed("HTTP 422", status=422), {}, [meta("")], [meta("flx"), meta(""), meta("xyz")], [1, 2, 3]],
)
def test_where_it_is_refused_or_cannot_be_used_each_dex_is_asked_for(refusal: Any) -> None:
    server = Server(refusal)
    read(server)
    assert [each.get("dex") for each in server.asked if each["type"] == "metaAndAssetCtxs"] == [None, "xyz", "flx"]
    assert list(server.core.pipeline.ledger.markets.coins) == ALL


def test_a_server_short_of_weight_is_not_asked_for_more() -> None:
    server = Server(RateLimited("HTTP 429"))
    with pytest.raises(RateLimited):
        read(server)
    assert [each["type"] for each in server.asked][-1] == "allPerpMetas"


def test_named_dexs_are_picked_out_of_the_one_answer_and_one_dex_needs_none() -> None:
    server = Server()
    read(server, ("", "flx"))
    assert [each["type"] for each in server.asked] == ["exchangeStatus", "allPerpMetas", "metaAndAssetCtxs"]
    assert list(server.core.pipeline.ledger.markets.coins) == ["BTC", "ETH", "flx:OIL", "flx:GAS"]
    alone = Server()
    read(alone, ("",))
    assert [each["type"] for each in alone.asked] == ["exchangeStatus", "metaAndAssetCtxs"]


def test_a_coin_that_is_listed_later_is_found_by_reading_again(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    read(server)
    monkeypatch.setitem(COINS, "xyz", ["xyz:GOLD", "xyz:TIN"])
    server.all_metas = [meta(dex) for dex in COINS]
    asyncio.run(read_listing(server, None, server.say))  # type: ignore[arg-type]
    assert list(server.core.pipeline.ledger.markets.coins) == [*ALL, "xyz:TIN"]
    assert np.isnan(server.core.pipeline.ledger.snapshot.mark[-1])
