"""The sandbox's answers beside recorded ones: the same fields, in JSON of the same types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from small_sandbox import START_MS, SmallSandbox, name

from liqscape.sandbox.answers import answer_info, ws_snapshot
from liqscape.wire.ws.channels import read_subscription

pytestmark = pytest.mark.recorded

M = "api/captures_2026-07-19/2026-07-19-mainnet-m{}.json"


def shape(value: Any) -> Any:
    """Types by field; lists by what is in them, all rows laid over one another. Numbers in text are told apart."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_over(shape(inner) for inner in value)]
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return "hash" if value.startswith("0x") and len(value) == 66 else "text"
        return "decimal"
    return type(value).__name__


def _over(shapes: Any) -> Any:
    whole: Any = None
    for each in shapes:
        if isinstance(each, dict) and isinstance(whole, dict):
            whole |= {key: _over([whole.get(key), inner]) for key, inner in each.items()}
        elif whole is None or whole == "NoneType":
            whole = each
    return whole


def without(value: Any, *names: str) -> Any:
    """The shape without fields of these names, anywhere."""
    if isinstance(value, dict):
        return {key: without(inner, *names) for key, inner in value.items() if key not in names}
    if isinstance(value, list):
        return [without(inner, *names) for inner in value]
    return value


def recorded_at(folder: Path, file: str, *where: str | int) -> Any:
    value = json.loads((folder / file).read_bytes())
    for step in where:
        value = value[step]
    return value


def ask(world: SmallSandbox, kind: str, **more: object) -> Any:
    return answer_info({"type": kind, **more}, world.state)


def test_a_clearinghouse_state_has_the_recorded_fields(recorded: Path, calm: SmallSandbox) -> None:
    cross = shape(recorded_at(recorded, "api/cross_33shorts_tiered_2026-06-22.json"))
    assert shape(ask(calm, "clearinghouseState", user=name(3))) == cross
    isolated = shape(recorded_at(recorded, "api/docs_isolated_eth_2024-02-22.json"))
    assert shape(ask(calm, "clearinghouseState", user=name(4))) == isolated


def test_a_portfolio_account_has_the_recorded_fields_but_the_ratio_of_loans(recorded: Path, calm: SmallSandbox) -> None:
    account = recorded_at(recorded, "api/portfolio_margin_subaccounts2_2026-07-18.json", "fixture", 0)
    ours = shape(ask(calm, "spotClearinghouseState", user=name(6)))
    assert ours == without(shape(account["spotState"]), "tokenToPortfolioBorrowRatio")
    assert ask(calm, "userAbstraction", user=name(6)) == account["abstraction"]


def test_fills_have_the_recorded_fields_with_and_without_a_liquidation(recorded: Path, crashed: SmallSandbox) -> None:
    plain = recorded_at(recorded, M.format(4), "selection", "fills")
    forced = recorded_at(recorded, "api/market_liquidation_fills.json", "victim_side_taker")
    fills = ask(crashed, "userFills", user=name(8))
    assert shape([row for row in fills if "liquidation" not in row]) == shape(plain)
    assert shape([row for row in fills if "liquidation" in row]) == shape(forced)
    line = recorded_at_line(recorded / "stream" / "node_fills_by_block_1000.jsonl")
    assert without(shape([line["events"][0][1]]), "cloid") == shape(plain)


def recorded_at_line(path: Path) -> Any:
    return next(line for line in map(json.loads, path.read_bytes().splitlines()) if line["events"])


def test_trades_and_books_have_the_recorded_fields(recorded: Path, calm: SmallSandbox) -> None:
    frames = [json.loads(line) for line in (recorded / "stream" / "live_books_5m.jsonl").read_bytes().splitlines()]
    trades = next(frame["data"] for frame in frames if frame["channel"] == "trades")
    book = next(frame["data"] for frame in frames if frame["channel"] == "l2Book")
    (ours,) = ws_snapshot(read_subscription({"type": "trades", "coin": "BTC"}, "test"), calm.state)
    assert shape(ours) == shape(trades)
    assert shape(ask(calm, "recentTrades", coin="BTC")) == shape(trades)
    assert shape(ask(calm, "l2Book", coin="BTC")) == shape(book)
    frames = [json.loads(line) for line in (recorded / "stream" / "live_bbo_90s.jsonl").read_bytes().splitlines()]
    best = next(frame["data"] for frame in frames if frame["channel"] == "bbo")
    (ours,) = ws_snapshot(read_subscription({"type": "bbo", "coin": "BTC"}, "test"), calm.state)
    assert shape(ours) == shape(best)


def test_contexts_have_the_recorded_fields(recorded: Path, calm: SmallSandbox) -> None:
    data = recorded_at(recorded, "api/ws_all_dexs_asset_ctxs.json", "data")
    (ours,) = ws_snapshot(read_subscription({"type": "allDexsAssetCtxs"}, "test"), calm.state)
    assert [shape(rows) for _, rows in ours["ctxs"]] == [shape(data["ctxs"][0][1])]  # type: ignore[index]


def test_markets_and_their_tables_have_the_recorded_fields(recorded: Path, calm: SmallSandbox) -> None:
    meta = ask(calm, "meta")
    known = recorded_at(recorded, M.format(3), "selection", "perpUniverse", 0)
    assert shape(meta["universe"][0]) == without(shape(known), "index", "marginTable")
    assert shape(meta["marginTables"][0][1]) == without(shape(known["marginTable"]), "id")


def test_orders_and_histories_have_the_recorded_fields(recorded: Path, calm: SmallSandbox) -> None:
    held = recorded_at(recorded, M.format(4), "selection")
    assert shape(ask(calm, "openOrders", user=name(3))) == shape(held["openOrders"])
    oid = ask(calm, "userFills", user=name(3))[0]["oid"]
    assert shape(ask(calm, "orderStatus", user=name(3), oid=oid)) == shape(held["orderStatus"])
    held = recorded_at(recorded, M.format(2), "selection")
    funding = shape(ask(calm, "userFunding", user=name(3), startTime=0))
    assert without(funding, "hash") == shape(held["funding"])
    assert shape(ask(calm, "fundingHistory", coin="BTC", startTime=0)) == shape(held["btcFundingHistory"])


def test_candles_have_the_recorded_fields(recorded: Path, calm: SmallSandbox) -> None:
    text = (recorded / "api" / "sdk" / "test_get_candles_snapshot.yaml").read_text()
    first = text[text.rindex("string: '[") + len("string: '[") :]
    known = json.loads(first[: first.index("}") + 1])
    request = {"coin": "BTC", "interval": "1h", "startTime": START_MS}
    candles = ask(calm, "candleSnapshot", req=request)
    assert shape(candles[0]) == shape(known)
    assert candles[0]["T"] - candles[0]["t"] == known["T"] - known["t"]
