"""CoinGlass's paths: their shape, our figures. Each cell, level and position equals that of our own route."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from litestar.testing import TestClient
from memory_history import MemoryHistory
from small_market import SmallMarket, address

from liqscape.service.compat.levels import price_text
from liqscape.service.compat.positions import ALERT_STEP_MS, CLOSED, OPENED, WHALE_USD, WhaleQuestions
from liqscape.service.compat.window import HEIGHT, RANGES
from liqscape.service.hub import Hub
from liqscape.service.moments import AskedMoment
from liqscape.service.view import MapView
from liqscape.web.app import create_app

THEIRS = "/compat/coinglass/api"
OURS = "/api/v1"
LIQUIDATION = f"{THEIRS}/futures/liquidation"
TOKEN = "correct-horse-battery-staple"
BASE = "http://127.0.0.1:8417"
POSITION = {
    "user",
    "symbol",
    "position_size",
    "entry_price",
    "mark_price",
    "liq_price",
    "leverage",
    "margin_balance",
    "position_value_usd",
    "unrealized_pnl",
    "funding_fee",
    "margin_mode",
    "create_time",
    "update_time",
}


def data_of(client: TestClient, path: str, **asked: Any) -> Any:
    """Their `data`, after what every answer has to say."""
    answer = client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["code"], body["msg"]) == ("0", "success")
    assert set(body) == {"code", "msg", "data", "liqscape"}
    standing = body["liqscape"]
    assert standing["provenance"]["is_simulated"]
    assert standing["as_of_ms"] > 0
    assert standing["notes"]
    return body["data"]


def native_window(client: TestClient, span: str) -> dict[str, Any]:
    """Our own window of the same time, in as many columns."""
    length_ms, step_ms = RANGES[span]
    end_ms = client.get(f"{OURS}/status").json()["last_ms"] + 1
    start_ms = -(-(end_ms - length_ms) // step_ms) * step_ms
    asked = {"start": start_ms, "end": end_ms, "width": length_ms // step_ms + 1, "height": HEIGHT}
    return client.get(f"{OURS}/coins/BTC/heatmap", params={**asked, "format": "json"}).json()


@pytest.mark.parametrize("span", ["12h", "3d"])
def test_cells_of_a_heatmap_are_those_of_our_window(client: TestClient, span: str) -> None:
    theirs = data_of(client, f"{LIQUIDATION}/aggregated-heatmap/model1", symbol="BTC", range=span)
    ours = native_window(client, span)
    wanted = {(column, row): long + short for column, row, long, short in ours["cells"]}
    assert wanted
    found = {(column, row): usd for column, row, usd in theirs["liquidation_leverage_data"]}
    assert found == pytest.approx(wanted, rel=1e-6)
    ratio = math.exp(ours["log_width"] * 2 ** ours["level"])
    middles = [ratio ** (ours["first_band"] + row + 0.5) for row in range(ours["rows"])]
    assert theirs["y_axis"] == pytest.approx(middles, rel=1e-9)
    assert [stick[0] for stick in theirs["price_candlesticks"]] == [
        (ours["start_ms"] + column * ours["step_ms"]) // 1_000 for column in range(ours["columns"])
    ]
    assert RANGES[span][1] == ours["step_ms"]


def test_a_candle_of_a_column_is_made_of_the_candles_in_it(client: TestClient) -> None:
    theirs = data_of(client, f"{LIQUIDATION}/aggregated-heatmap/model1", symbol="BTC", range="12h")
    inside: dict[int, list[list[float]]] = defaultdict(list)
    start_ms, step_ms = theirs["price_candlesticks"][0][0] * 1_000, RANGES["12h"][1]
    for candle in client.get(f"{OURS}/coins/BTC/candles").json()["candles"]:
        inside[(candle[0] - start_ms) // step_ms].append(candle)
    known = 0
    for column, (_, opened, high, low, close, volume) in enumerate(theirs["price_candlesticks"]):
        assert volume is None
        if column not in inside:
            assert (opened, high, low, close) == (None,) * 4
            continue
        known += 1
        rows = inside[column]
        wanted = (rows[0][1], max(row[2] for row in rows), min(row[3] for row in rows), rows[-1][4])
        assert tuple(float(each) for each in (opened, high, low, close)) == pytest.approx(wanted, rel=1e-8)
    assert known


def test_columns_without_a_frame_are_named(client: TestClient) -> None:
    body = client.get(f"{LIQUIDATION}/aggregated-heatmap/model1", params={"symbol": "BTC", "range": "12h"}).json()
    holes = body["liqscape"]["columns_without_frame"]
    ours = native_window(client, "12h")
    assert holes == [column for column, time_ms in enumerate(ours["as_of_ms_columns"]) if time_ms < 0]
    assert not {column for column, _, _ in body["data"]["liquidation_leverage_data"]} & set(holes)


def test_models_and_pairs_give_the_same_heatmap(client: TestClient) -> None:
    first = client.get(f"{LIQUIDATION}/aggregated-heatmap/model1", params={"symbol": "BTC", "range": "12h"}).content
    for model in ("model2", "model3"):
        asked = {"exchange": "hyperliquid", "symbol": "BTCUSDT", "range": "12h"}
        assert client.get(f"{LIQUIDATION}/heatmap/{model}", params=asked).content == first


def test_levels_of_a_map_are_the_bands_of_our_frame(client: TestClient) -> None:
    theirs = data_of(client, f"{LIQUIDATION}/aggregated-map", symbol="BTC", range="1d")
    bands = client.get(f"{OURS}/coins/BTC/frame", params={"level": 1}).json()["bands"]
    wanted: dict[tuple[str, str], float] = defaultdict(float)
    for low, high, side, usd in zip(
        bands["price_low"], bands["price_high"], bands["side"], bands["notional"], strict=True
    ):
        wanted[price_text((low * high) ** 0.5), "long" if side > 0 else "short"] += usd
    found = {}
    for key, levels in theirs["data"].items():
        for price, usd, leverage, side in levels:
            assert price_text(price) == key
            assert leverage is None
            found[key, side] = usd
    assert found == pytest.approx(dict(wanted), rel=1e-9)
    pair = data_of(client, f"{LIQUIDATION}/map", exchange="Hyperliquid", symbol="BTC-PERP", range="30d")
    assert pair == theirs


def test_max_pain_of_every_coin_is_that_of_our_clusters(client: TestClient) -> None:
    theirs = data_of(client, f"{LIQUIDATION}/max-pain", range="24h")
    coins = {each["coin"]: each["mark"] for each in client.get(f"{OURS}/coins").json()["coins"]}
    assert {each["symbol"]: each["price"] for each in theirs} == coins
    seen = 0
    for row in theirs:
        pain = client.get(f"{OURS}/coins/{row['symbol']}/clusters").json()["max_pain"]
        for side in ("long", "short"):
            found = row[f"{side}_max_pain_liq_level"], row[f"{side}_max_pain_liq_price"]
            ours = pain[side]
            if ours is None:
                assert found == (None, None)
                continue
            seen += 1
            assert found == pytest.approx((ours["notional"], (ours["price_low"] * ours["price_high"]) ** 0.5))
    assert seen


def all_positions(client: TestClient, coin: str) -> list[dict[str, Any]]:
    first = data_of(client, f"{THEIRS}/hyperliquid/position", symbol=coin)
    rows = first["list"]
    for page in range(2, first["total_pages"] + 1):
        rows += data_of(client, f"{THEIRS}/hyperliquid/position", symbol=coin, current_page=page)["list"]
    return rows


@pytest.mark.parametrize("coin", ["BTC", "ETH"])
def test_positions_of_a_coin_are_those_of_our_routes(client: TestClient, coin: str) -> None:
    theirs = all_positions(client, coin)
    assert all(set(row) == POSITION for row in theirs)
    asked = {"price_low": 1e-9, "price_high": 1e12, "limit": 10_000}
    ours = client.get(f"{OURS}/coins/{coin}/positions", params=asked).json()["positions"]
    assert ours
    found = {(row["user"], row["position_size"]): row for row in theirs}
    for position in ours:
        row = found[position["address"], position["size"]]
        assert row["liq_price"] == pytest.approx(position["liquidation_price"], rel=1e-12)
        assert row["position_value_usd"] == pytest.approx(position["notional"])
        assert row["entry_price"] == position["entry_price"]
        assert row["funding_fee"] is None
        if position["margin_mode"] == "isolated":
            assert row["margin_balance"] == pytest.approx(position["account_value"])
        elif position["leverage"] is not None:
            assert row["margin_balance"] == pytest.approx(position["notional"] / position["leverage"])
        if position["entry_price"] is not None:
            gain = position["size"] * (row["mark_price"] - position["entry_price"])
            assert row["unrealized_pnl"] == pytest.approx(gain, abs=1e-6)
    values = [row["position_value_usd"] for row in theirs]
    assert values == sorted(values, reverse=True)


def test_whales_are_the_positions_of_the_bound_and_more(view: MapView, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = WhaleQuestions(view)
    rows = [row for coin in view.coin_names() for row in questions.of_coin(coin, 1).data.rows]
    bound = sorted(row.position_value_usd or 0.0 for row in rows)[len(rows) // 2]
    monkeypatch.setattr("liqscape.service.compat.positions.WHALE_USD", bound)
    wanted = {(row.user, row.symbol) for row in rows if (row.position_value_usd or 0.0) >= bound}
    found = questions.whales().data
    assert {(row.user, row.symbol) for row in found} == wanted
    values = [row.position_value_usd or 0.0 for row in found]
    assert values == sorted(values, reverse=True)


def test_a_wallet_is_the_sum_of_its_pools(client: TestClient) -> None:
    for number in range(6):
        theirs = data_of(client, f"{THEIRS}/hyperliquid/user-position", user_address=address(number))
        pools = client.get(f"{OURS}/accounts/{address(number)}").json()["pools"]
        values = [pool["account_value"] for pool in pools]
        wanted = None if None in values else sum(values)
        assert theirs["margin_summary"]["account_value"] == (None if wanted is None else pytest.approx(wanted))
        held = [position for pool in pools for position in pool["positions"]]
        assert [each["position"]["coin"] for each in theirs["asset_positions"]] == [each["coin"] for each in held]
        for each, position in zip(theirs["asset_positions"], held, strict=True):
            assert each["position"]["szi"] == position["side"] * abs(position["size"])
            assert each["position"]["liquidation_px"] == position["liquidation_price"]


def test_margin_of_a_wallet_is_value_over_leverage_but_of_an_isolated_pool_its_value(client: TestClient) -> None:
    seen = set()
    for number in range(12):
        theirs = data_of(client, f"{THEIRS}/hyperliquid/user-position", user_address=address(number))
        pools = client.get(f"{OURS}/accounts/{address(number)}").json()["pools"]
        used: list[float | None] = []
        for pool in pools:
            is_isolated = pool["margin_mode"] == "isolated"
            for position in pool["positions"]:
                value, leverage = position["notional"], position["leverage"]
                of_cross = None if value is None or not leverage else value / leverage
                used.append(pool["account_value"] if is_isolated else of_cross)
                seen.add((is_isolated, used[-1] is None))
        total = None if None in used else pytest.approx(sum(each for each in used if each is not None))
        assert theirs["margin_summary"]["total_margin_used"] == total
    assert {(True, False), (False, False)} <= seen, "both kinds, with a margin that is known"


class TwoMoments:
    """A view of two frames a step apart: the newest, and one before."""

    def __init__(self, now: AskedMoment, before: AskedMoment) -> None:
        self._now, self._before = now, before

    def moment(self, at_ms: int | None = None) -> AskedMoment:
        return self._now if at_ms is None or at_ms >= self._now.reported.time_ms else self._before


def test_alerts_are_large_positions_of_one_moment_and_not_of_the_other(view: MapView) -> None:
    """Planted: of one account that is in both moments, the largest position turns over; another only shrinks."""
    now = view.moment()
    accounts = now.accounts
    snapshot = replace(now.reported.snapshot, mark=now.reported.snapshot.mark * 1_000.0)
    value = abs(accounts.size) * snapshot.mark[accounts.market_index]
    rows = [int(row) for row in value.argsort()[::-1] if value[row] >= WHALE_USD]
    turned, shrunk = rows[0], rows[1]
    size = accounts.size.copy()
    size[turned] *= -1.0
    size[shrunk] *= 0.5
    before_ms = now.reported.time_ms - ALERT_STEP_MS
    later = AskedMoment(reported=replace(now.reported, snapshot=snapshot), source=_held(now, accounts, snapshot, 0))
    earlier_snapshot = replace(snapshot, time_ms=before_ms)
    earlier = AskedMoment(
        reported=replace(now.reported, snapshot=earlier_snapshot),
        source=_held(now, replace(accounts, size=size), earlier_snapshot, 0),
    )
    found = WhaleQuestions(TwoMoments(later, earlier)).alerts().data  # type: ignore[arg-type]
    user = accounts.addresses[accounts.address_row[accounts.pool_of_position()[turned]]]
    assert {(each.user, each.position_action, each.position_size) for each in found} == {
        (user, OPENED, accounts.size[turned]),
        (user, CLOSED, -accounts.size[turned]),
    }
    assert {each.create_time for each in found} == {now.reported.time_ms}


def _held(now: AskedMoment, accounts: Any, snapshot: Any, sequence: int) -> Any:
    from liqscape.heatmap.moment import Moment

    frame = replace(now.reported, snapshot=snapshot)
    return Moment(frame=frame, accounts=accounts, tables=now.tables, is_stored=True, sequence=sequence)


def test_a_map_of_one_frame_has_no_alerts(client: TestClient) -> None:
    assert data_of(client, f"{THEIRS}/hyperliquid/whale-alert") == []


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        (f"{LIQUIDATION}/aggregated-heatmap/model1?symbol=BTCC", 404, "unknown coin 'BTCC'; did you mean BTC?"),
        (f"{LIQUIDATION}/aggregated-heatmap/model1?symbol=BTC&range=2d", 400, "range '2d' is none of 12h, 24h,"),
        (f"{LIQUIDATION}/aggregated-heatmap/model4?symbol=BTC", 400, "model"),
        (f"{LIQUIDATION}/aggregated-heatmap/model1?symbol=BTC&rang=3d", 400, "did you mean range?"),
        (f"{LIQUIDATION}/aggregated-heatmap/model1", 400, "symbol"),
        (f"{LIQUIDATION}/map?exchange=Binance&symbol=BTCUSDT", 400, "it holds Hyperliquid alone"),
        (f"{THEIRS}/hyperliquid/position?symbol=BTC&current_page=99", 400, "current_page 99 is outside 1 to"),
        (f"{THEIRS}/hyperliquid/user-position?user_address=0x{'f' * 40}", 404, "is not in this map"),
    ],
)
def test_a_refusal_has_their_code_and_our_sentence(client: TestClient, path: str, status: int, sentence: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    body = answer.json()
    assert set(body) == {"code", "msg"}
    assert body["code"] == str(status)
    assert sentence in body["msg"]


@pytest.fixture(scope="module")
def guarded(market: SmallMarket) -> Iterator[TestClient]:
    view = MapView(MemoryHistory(market))
    with TestClient(create_app(view, Hub(view), token=TOKEN), base_url=BASE) as client:
        yield client


def test_the_token_is_their_key_on_their_paths_alone(guarded: TestClient) -> None:
    path = f"{LIQUIDATION}/max-pain"
    refused = guarded.get(path)
    assert refused.status_code == 401
    assert refused.json()["code"] == "401"
    assert guarded.get(path, headers={"CG-API-KEY": "wrong-horse-battery-staple"}).status_code == 401
    assert guarded.get(path, headers={"CG-API-KEY": TOKEN}).status_code == 200
    assert guarded.get(path, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert guarded.get(f"{OURS}/status", headers={"CG-API-KEY": TOKEN}).status_code == 401


def test_a_page_of_another_origin_may_not_ask_for_a_window(client: TestClient) -> None:
    answer = client.get(
        f"{LIQUIDATION}/aggregated-heatmap/model1?symbol=BTC", headers={"Origin": "https://elsewhere.example"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "403")


@pytest.mark.parametrize("price", [1e-8, 0.000123456789, 0.1, 123456.789, 1e9])
def test_a_price_as_the_name_of_a_field_is_digits(price: float) -> None:
    text = price_text(price)
    assert "e" not in text
    assert float(text) == pytest.approx(price, rel=1e-8)
