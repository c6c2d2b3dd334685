"""Markets of a builder-deployed dex beside those of the first one."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from small_sandbox import START_MS, TABLES, USD, name

from liqscape.exchange.columns import Action, RequestColumn
from liqscape.exchange.exchange import Exchange
from liqscape.model.markets import Market, Markets
from liqscape.sandbox.answers import BadRequest, answer_info, ws_snapshot
from liqscape.sandbox.records import Records
from liqscape.sandbox.state import SandboxState
from liqscape.wire.info.registry import request_types
from liqscape.wire.info.request import parse_info_answer
from liqscape.wire.ws.channels import read_subscription

MARKETS = Markets.build(
    (
        Market(coin="xyz:GOLD", size_decimals=3, max_leverage=10, table_row=0, dex="xyz", is_isolated_only=True),
        Market(coin="BTC", size_decimals=5, max_leverage=40, table_row=1),
        Market(coin="GONE", size_decimals=2, max_leverage=10, table_row=0, is_delisted=True),
        Market(coin="xyz:OIL", size_decimals=2, max_leverage=10, table_row=0, dex="xyz", is_isolated_only=True),
    )
)
GOLD, BTC = 0, 1


@pytest.fixture(scope="module")
def sandbox() -> SandboxState:
    """Account 2 is long a BTC, cross, and long ten GOLD, isolated."""
    exchange = Exchange.build(MARKETS, TABLES, time_ms=START_MS, max_accounts=8, max_orders=64, max_fills=64)
    exchange.start_prices(np.array([4_000_000, 700_000, 0, 800_000], np.int64))
    for number in (1, 2):
        exchange.open_account(name(number), 1_000_000 * USD)
        exchange.deposit(number - 1, 10_000 * USD, dex=1)
        exchange.set_leverage(number - 1, GOLD, 10, is_isolated=True)
    state = SandboxState(exchange=exchange, records=Records(MARKETS))
    requests = np.zeros((4, RequestColumn.WIDTH), np.int64)
    requests[:, RequestColumn.ACTION] = Action.PLACE
    requests[
        :, [RequestColumn.ACCOUNT, RequestColumn.MARKET, RequestColumn.SIDE, RequestColumn.PRICE, RequestColumn.LOTS]
    ] = [
        [0, GOLD, -1, 4_000_000, 10_000],
        [0, BTC, -1, 700_000, 100_000],
        [1, GOLD, 1, 4_000_000, 10_000],
        [1, BTC, 1, 700_000, 100_000],
    ]
    state.observe(exchange.step(START_MS + 100, requests))
    return state


def ask(sandbox: SandboxState, kind: str, **more: object) -> Any:
    return answer_info({"type": kind, **more}, sandbox)


def test_dexs_are_listed_by_index_and_the_first_is_null(sandbox: SandboxState) -> None:
    first, second = ask(sandbox, "perpDexs")
    assert (first, second["name"]) == (None, "xyz")
    assert second["oracleUpdater"] == second["deployer"], "clients refuse a dex without the field"
    assert parse_info_answer(request_types()["perpDexs"], json.dumps([first, second]).encode(), "x")[1].name == "xyz"


def test_each_dex_lists_its_own_markets(sandbox: SandboxState) -> None:
    names = {dex: [row["name"] for row in ask(sandbox, "meta", dex=dex)["universe"]] for dex in ("", "xyz")}
    assert names == {"": ["BTC", "GONE"], "xyz": ["xyz:GOLD", "xyz:OIL"]}
    assert [meta["universe"] for meta in ask(sandbox, "allPerpMetas")] == [
        ask(sandbox, "meta", dex=dex)["universe"] for dex in ("", "xyz")
    ]
    assert set(ask(sandbox, "allMids", dex="xyz")) == {"xyz:GOLD", "xyz:OIL"}
    assert set(ask(sandbox, "allMids")) == {"BTC"}, "a delisted coin has no mid"
    (message,) = ws_snapshot(read_subscription({"type": "allDexsAssetCtxs"}, "test"), sandbox)
    assert [(dex, len(contexts)) for dex, contexts in message["ctxs"]] == [("", 2), ("xyz", 2)]  # type: ignore[index]


def test_positions_are_told_in_their_own_dex(sandbox: SandboxState) -> None:
    first, other = (ask(sandbox, "clearinghouseState", user=name(2), dex=dex) for dex in ("", "xyz"))
    assert [row["position"]["coin"] for row in first["assetPositions"]] == ["BTC"]
    assert [row["position"]["coin"] for row in other["assetPositions"]] == ["xyz:GOLD"]
    own, whole = other["crossMarginSummary"], other["marginSummary"]
    assert own["accountValue"] == other["withdrawable"], "money of the dex that backs nothing yet"
    assert own["totalNtlPos"] == "0.0"
    margin = other["assetPositions"][0]["position"]["marginUsed"]
    assert float(whole["accountValue"]) == pytest.approx(float(own["accountValue"]) + float(margin), rel=1e-12)
    (row,) = ws_snapshot(read_subscription({"type": "allDexsClearinghouseState", "user": name(2)}, "test"), sandbox)
    assert row["clearinghouseStates"] == [["", first], ["xyz", other]]  # type: ignore[index]


def test_a_dex_that_is_not_there_is_refused(sandbox: SandboxState) -> None:
    with pytest.raises(BadRequest) as caught:
        ask(sandbox, "clearinghouseState", user=name(2), dex="abc")
    assert caught.value.status == 500
