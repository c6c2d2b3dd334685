"""Every route answers in the shape the contract of docs/api.md gives, and says what is wrong where it cannot."""

from __future__ import annotations

import json

import msgspec
import pytest
from amounts import examples
from former_names import without_former
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from small_market import START_MS, SmallMarket, address

from liqscape.service.view import MapView

POSITIONS = "/api/v1/coins/BTC/positions?price_low=1&price_high=1000000"
STOP = "/api/v1/coins/BTC/stop?side=long&entry=70000&stop=49000&risk=5000"
HEATMAP = "/api/v1/coins/BTC/heatmap?format=json&width=20&height=40"

KEYS = {
    "/api/v1/status": """provenance version as_of_ms first_ms last_ms frame_count sequence hold_ms address_count
        pool_count position_count oldest_age_ms median_age_ms coverage margin_source_share is_live
        not_stored_since_ms not_stored_reason feed_state is_time_held in_doubt_count in_doubt damaged replica_lag_ms
        last_scored_day block alerts preparing""",
    "/api/v1/alerts/deliveries": """provenance as_of_ms note standing destinations delivery_count deliveries""",
    "/api/v1/score": """provenance as_of_ms coin first_day last_day day_count frame_count note notes power levels errors
        recall unjudged asymmetry attraction""",
    "/api/v1/coins": "provenance as_of_ms coins coin_count next_cursor",
    "/api/v1/coins/BTC/frame": """provenance as_of_ms sequence coin mark oracle open_interest coverage level bands
        outside totals margin_source_share oldest_age_ms median_age_ms joint doubt band_count next_cursor
        block intervals""",
    HEATMAP: """provenance as_of_ms coin value level first_band rows columns start_ms step_ms log_width maximum
        quantiles damaged mode betas_origins lone lone_rule as_of_ms_columns mark cells""",
    "/api/v1/coins/BTC/scale": """provenance as_of_ms coin computed_ms from_ms unit_percent low high quantiles
        cell_count frame_count basis mass_low mass_high note""",
    "/api/v1/coins/BTC/candles": "provenance as_of_ms coin source candles",
    "/api/v1/coins/BTC/structure": """provenance as_of_ms coin mark source interval_ms first_bar_ms bar_count atr
        atr_percent swings sessions range month profile profile_note lines clusters notes""",
    "/api/v1/coins/BTC/triggers": """provenance as_of_ms coin mark level within_percent has_triggers coverage totals
        bands clusters levels absorption resting left_out notes doubt""",
    "/api/v1/coins/BTC/setups": "provenance as_of_ms coin mark basis source crowding setups notes",
    "/api/v1/coins/BTC/book?width=20": """provenance as_of_ms coin kind start_ms step_ms columns level first_band rows
        log_width unit_percent low high scale cells summary note""",
    STOP: """provenance as_of_ms coin side mark entry stop verdict reasons sigma_1h_percent clusters sizing liquidation
        next_stops fee_bp fee_source odds stops_at_yours odds_note notes doubt""",
    "/api/v1/coins/BTC/clusters": """provenance as_of_ms coin mark clusters nearest largest max_pain joint
        doubt cluster_count tracked studied_ms since_ms needs note unsure_count next_cursor""",
    "/api/v1/coins/BTC/chain?side=long&paths=10&links=2": """provenance as_of_ms coin mark is_simulated paths sides
        assumptions notes""",
    "/api/v1/coins/BTC/deleveraging": """provenance as_of_ms coin mark is_simulated pace_percent_a_minute settle_ms
        reach_percent vault_equity_usd vault_equity_source depth_bid_usd depth_ask_usd depth_source clusters assumptions
        note""",
    f"/api/v1/accounts/{address(5)}/deleveraging": "provenance as_of_ms address score_default rows note",
    "/api/v1/coins/BTC/odds": "provenance as_of_ms coin mark price_source horizons levels notes",
    "/api/v1/coins/BTC/caveats": "provenance as_of_ms coin note caveats",
    "/api/v1/coins/BTC/asymmetry": "provenance as_of_ms coin mark rows doubt",
    POSITIONS: """provenance as_of_ms coin mark price_low price_high positions totals doubt next_cursor ages studied_ms
        interval""",
    f"/api/v1/accounts/{address(5)}": "provenance as_of_ms address pools isolated_margin_left pool_count next_cursor",
    f"/api/v1/accounts/{address(5)}/history?coin=ETH": """provenance as_of_ms address coin start_ms step_ms columns
        time_ms mark size liquidation_price level_status margin_source margin_mode is_exempt note""",
    f"/api/v1/accounts/{address(5)}/state": """provenance as_of_ms address is_kept states searched stored explorer_url
        note""",
    "/api/v1/agreement": """provenance as_of_ms coin edges counts n within_digits median largest nulls_agree only_ours
        only_published not_comparable worst note""",
}
INNER = {
    ("/api/v1/coins", "coins"): """coin mark max_leverage open_interest coverage long_notional short_notional
        position_count has_venue_candles doubt""",
    ("/api/v1/coins/BTC/clusters", "clusters"): """side price_low price_high price_peak notional level_notional
        first_order_notional position_count account_count distance_percent vault_notional cluster_id born_ms
        age_ms is_age_at_least weighted_age_ms is_weighted_age_at_least persistence_1h
        persistence_4h persistence_1d persistence_3d
        sweep_state residual_size whole_order_window_count parent largest_account_notional
        deleveraging_usd deleveraging_risk deleveraging_as_of_ms""",
    ("/api/v1/coins/BTC/deleveraging", "clusters"): """side price_low price_high price_peak notional distance_percent
        cluster_id far_edge deleveraged_usd deleveraging_risk simulated_ms filled_usd backstop_usd deficit_usd
        vault_equity_left_usd deleveraged_coin_count depth_usd depth_ratio notional_to_there share_to_there side_share
        payer_count payers note""",
    (f"/api/v1/accounts/{address(5)}/deleveraging", "rows"): """coin side size mark entry_price notional account_value
        leverage unrealized_pnl is_profitable side_notional side_share unranked_count unranked_usd ranks note""",
    ("/api/v1/coins/BTC/structure", "clusters"): """side price_low price_high price_peak near_edge notional
        distance_percent cluster_id labels confluence""",
    ("/api/v1/coins/BTC/setups", "setups"): """side price_low price_high price_peak near_edge notional
        distance_percent cluster_id evidence combination record""",
    ("/api/v1/coins/BTC/structure", "sessions"): "name is_present start_ms end_ms open high low is_whole",
    ("/api/v1/coins/BTC/chain?side=long&paths=10&links=2", "sides"): """side links measured measured_count
        measured_reached note""",
    ("/api/v1/coins/BTC/odds", "horizons"): "horizon horizon_ms sigma_percent record note",
    ("/api/v1/coins/BTC/odds", "levels"): """kind side cluster_id price_low price_high price direction distance_percent
        notional within""",
    (
        STOP,
        "clusters",
    ): """place cluster_id price_low price_high price_peak notional weighted_age_ms far_edge distance_bp
        overshoot window_bp window_rule""",
    (STOP, "next_stops"): """cluster_id price_low price_high quantile overshoot_bp source n stop verdict reasons sizing
        liquidation odds""",
    ("/api/v1/coins/BTC/asymmetry", "rows"): """distance_percent long_below_notional short_above_notional
        imbalance""",
    (POSITIONS, "positions"): """address margin_mode side size notional liquidation_price published_liquidation_price
        entry_price leverage margin_source account_value distance_percent kind is_in_doubt""",
    (f"/api/v1/accounts/{address(5)}", "pools"): """margin_mode margin_source raw_usd account_value maintenance_margin
        free_margin health is_exempt observed_ms positions kind kind_reason is_in_doubt""",
    ("/api/v1/coins/BTC/caveats", "caveats"): "key title figures",
    ("/api/v1/coins/BTC/frame", "outside"): "side reason size notional position_count",
}


def words(text: str) -> set[str]:
    return set(text.split())


@pytest.mark.parametrize("path", KEYS)
def test_answer_has_exactly_the_keys_of_the_contract(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    answer = response.json()
    assert set(without_former(answer)) == set(KEYS[path].split())
    assert set(answer["provenance"]) == {"kind", "name", "is_simulated", "note"}
    assert isinstance(answer["as_of_ms"], int)


@pytest.mark.parametrize(("path", "list_name"), INNER)
def test_rows_have_exactly_the_keys_of_the_contract(client: TestClient, path: str, list_name: str) -> None:
    rows = client.get(path).json()[list_name]
    assert rows
    for row in rows:
        assert set(without_former(row)) == set(INNER[path, list_name].split())


def test_band_columns_have_equal_lengths(client: TestClient) -> None:
    bands = client.get("/api/v1/coins/BTC/frame?level=3").json()["bands"]
    assert set(without_former(bands)) == words("""band price_low price_high side margin_source size notional
        level_notional
        first_order_notional first_order_size position_count account_count vault_size low high""")
    assert len({len(column) for column in bands.values() if column is not None}) == 1
    assert len(bands["band"]) > 3


def test_position_of_an_account_has_the_keys_of_the_contract(client: TestClient) -> None:
    pools = client.get(f"/api/v1/accounts/{address(5)}").json()["pools"]
    for position in (position for pool in pools for position in pool["positions"]):
        assert set(position) == words("""coin side size mark notional entry_price leverage liquidation_price
            level_status
            published_liquidation_price published tier backstop_price bankruptcy_price distance_percent orders
            """)


def test_routes_answer_what_the_view_answers(client: TestClient, view: MapView) -> None:
    for path, answer in (
        ("/api/v1/status", view.status()),
        ("/api/v1/coins/ETH/frame?level=2", view.frame("ETH", None, 2)),
        (f"/api/v1/coins/ETH/clusters?at={START_MS}", view.clusters("ETH", START_MS)),
        (POSITIONS + "&side=-1", view.positions("BTC", price_low=1.0, price_high=1e6, side=-1)),
    ):
        assert without_former(client.get(path).json()) == json.loads(msgspec.json.encode(answer))


def test_binary_heatmap_is_the_default(client: TestClient, view: MapView) -> None:
    response = client.get("/api/v1/coins/ETH/heatmap?width=30&height=50")
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.content == view.heatmap("ETH", width=30, height=50).to_bytes()


PROBLEMS = [
    ("/api/v1/coins/btc/frame", 404, "did you mean BTC"),
    ("/api/v1/coins/NOPE/candles", 404, "unknown coin 'NOPE'"),
    (f"/api/v1/accounts/{address(12345)}", 404, "is not in this map"),
    ("/api/v1/accounts/me", 400, "40 hex digits"),
    (f"/api/v1/coins/BTC/frame?at={START_MS - 1}", 404, "no frame at or before"),
    ("/api/v1/coins/BTC/frame?at=-1", 400, "at"),
    ("/api/v1/coins/BTC/frame?level=x", 400, "level"),
    ("/api/v1/coins/BTC/heatmap?width=0", 400, "width"),
    ("/api/v1/coins/BTC/heatmap?width=4001", 400, "width"),
    ("/api/v1/coins/BTC/heatmap?width=4000&height=2000", 400, "cells"),
    ("/api/v1/coins/BTC/heatmap?width=2000&height=1000&format=json", 400, "cells of JSON"),
    ("/api/v1/coins/BTC/heatmap?value=usd", 400, "value"),
    ("/api/v1/coins/BTC/heatmap?price_low=nan", 400, "price_low nan"),
    ("/api/v1/coins/BTC/heatmap?start_ms=9&end_ms=3", 400, "not before"),
    ("/api/v1/coins/BTC/positions", 400, "either band"),
    ("/api/v1/coins/BTC/positions?band=99999999", 400, "band"),
    ("/api/v1/nothing", 404, "openapi.json"),
    ("/assets/none.js", 404, "openapi.json"),
]


@pytest.mark.parametrize(("path", "status", "said"), PROBLEMS)
def test_errors_are_problem_details(client: TestClient, path: str, status: int, said: str) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert set(problem) == {"type", "title", "status", "detail"}
    assert problem["status"] == status
    assert said in problem["detail"]


def test_other_methods_are_refused(client: TestClient) -> None:
    response = client.post("/api/v1/status", json={"a": 1})
    assert response.status_code == 405
    assert response.headers["content-type"] == "application/problem+json"


TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            "0",
            "1",
            "-1",
            "nan",
            "inf",
            "-inf",
            "1e400",
            "1e308",
            "1e-308",
            "5e-324",
            str(2**63),
            str(-(2**70)),
            "mark",
            "level",
            "json",
            "binary",
            "true",
            "null",
            "70000",
            str(START_MS),
            str(START_MS + 600_000),
        ]
    ),
    st.integers(-10, 5_000).map(str),
    st.floats().map(str),
    st.text(max_size=6),
)
NAMES = st.sampled_from(
    [
        "at",
        "at_ms",
        "within_percent",
        "level",
        "start_ms",
        "end_ms",
        "width",
        "height",
        "price_low",
        "price_high",
        "value",
        "format",
        "band",
        "price_low",
        "price_high",
        "side",
        "unknown",
    ]
)
ROUTES = st.sampled_from(["frame", "heatmap", "scale", "candles", "clusters", "asymmetry", "positions"])


@settings(max_examples=examples(250))
@given(
    route=ROUTES,
    coin=st.one_of(st.sampled_from(["BTC", "ETH", "DARK", "GONE"]), st.text("BTCxyz%.:@ 0", min_size=1, max_size=5)),
    query=st.lists(st.tuples(NAMES, TEXTS), max_size=5),
)
def test_no_query_makes_the_server_fail(
    client: TestClient, route: str, coin: str, query: list[tuple[str, str]]
) -> None:
    from urllib.parse import quote

    response = client.get(f"/api/v1/coins/{quote(coin, safe='')}/{route}", params=query)
    assert response.status_code in (200, 400, 404)
    kind = response.headers["content-type"]
    if response.status_code != 200:
        assert kind == "application/problem+json"
        assert response.json()["detail"]
    elif kind == "application/json":
        assert response.json()["provenance"]["is_simulated"]
    else:
        assert response.content[:4] == b"LQH1"


@settings(max_examples=examples(50))
@given(text=st.one_of(st.text(min_size=1, max_size=50), st.text("0x123abcDEF", min_size=40, max_size=44)))
def test_no_address_makes_the_server_fail(client: TestClient, text: str) -> None:
    from urllib.parse import quote

    response = client.get(f"/api/v1/accounts/{quote(text, safe='')}")
    assert response.status_code in (200, 400, 404)


def test_small_market_is_what_is_served(client: TestClient, market: SmallMarket) -> None:
    assert client.get("/api/v1/status").json()["frame_count"] == len(market.frames)
