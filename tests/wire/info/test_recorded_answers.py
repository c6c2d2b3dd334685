"""Recorded answers of the exchange, read by the records the sandbox writes with, and written again the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from same_json import differences, left_out

from liqscape.wire.encode import encode_record
from liqscape.wire.info.registry import request_types
from liqscape.wire.info.request import parse_info_answer
from liqscape.wire.info.spot_clearinghouse_state import PartialSpot, read_spot_state

pytestmark = pytest.mark.recorded

M = "captures_2026-07-19/2026-07-19-mainnet-m{}.json"

NONE: set[str] = set()

WHOLE: list[tuple[str, str, tuple[str, ...], set[str], set[str]]] = [
    ("clearinghouseState", "cross_33shorts_tiered_2026-06-22.json", (), NONE, NONE),
    ("clearinghouseState", "docs_isolated_eth_2024-02-22.json", (), NONE, NONE),
    ("clearinghouseState", "probable_unified_3positions_2026-06-22.json", (), NONE, NONE),
    (
        "subAccounts2",
        "portfolio_margin_subaccounts2_2026-07-18.json",
        ("fixture",),
        {"tokenToPortfolioBorrowRatio"},
        NONE,
    ),
    ("clearinghouseState", "ch_unified_10positions_2026-10-02.json", (), NONE, NONE),
    ("clearinghouseState", "ch_hip3_nocross_isolated_short_unified_2026-09-13.json", (), NONE, NONE),
    ("clearinghouseState", "ch_flat_isolated_margin_left_2026-10-06.json", (), NONE, NONE),
    ("spotClearinghouseState", "spot_outcome_rows_2026-10-06.json", (), NONE, NONE),
    ("spotClearinghouseState", "spot_standard_3tokens_2026-10-06.json", (), NONE, NONE),
    ("spotClearinghouseState", "spot_unified_hip3_isolated_2026-09-13.json", (), NONE, NONE),
    ("activeAssetData", "active_asset_data_hip3_2026-09-13.json", (), NONE, NONE),
    ("userFunding", "user_funding_hip3_2026-09-13.json", (), NONE, NONE),
    ("metaAndAssetCtxs", "meta_and_ctxs_hip3_para_2026-09-13.json", (), NONE, NONE),
    ("metaAndAssetCtxs", "meta_and_ctxs_hip3_xyz_cut3_2026-09-23.json", (), NONE, NONE),
    ("metaAndAssetCtxs", "meta_and_ctxs_hip3_io_cut1_2026-09-23.json", (), NONE, NONE),
    ("userFills", "fills_hip3_market_liquidation_counterparty_2026-08-13.json", (), NONE, NONE),
    ("borrowLendUserState", "borrow_lend_user_testnet_2026-09.json", (), NONE, NONE),
    ("allBorrowLendReserveStates", "borrow_lend_reserves_testnet_cut2_2026-09.json", (), NONE, NONE),
    ("spotClearinghouseState", "http_spot_clearinghouse_state.json", (), NONE, NONE),
    ("spotClearinghouseState", M.format(5), ("selection", "spotClearinghouseState"), NONE, NONE),
    ("allPerpMetas", "http_all_perp_metas_non_usdc_collateral.json", (), NONE, NONE),
    ("meta", "http_meta_perp_sample.json", (), NONE, {"marginTables", "collateralToken"}),
    (
        "meta",
        M.format(5),
        ("selection", "hip3Meta"),
        {"marginTableCount", "lastGrowthModeChangeTime"},
        {"marginTables"},
    ),
    ("recentTrades", "http_recent_trades_btc.json", (), NONE, NONE),
    ("l2Book", "l2book_btc_nsf5.json", (), NONE, NONE),
    ("l2Book", M.format(1), ("l2Book",), NONE, NONE),
    ("perpDexs", "perpdexs.json", (), NONE, NONE),
    ("userFills", "market_liquidation_fills.json", ("victim_side_taker",), NONE, NONE),
    ("userFills", "market_liquidation_fills.json", ("counterparty_maker",), NONE, NONE),
    ("userFillsByTime", M.format(4), ("selection", "fills"), NONE, NONE),
    ("orderStatus", M.format(4), ("selection", "orderStatus"), NONE, NONE),
    ("openOrders", M.format(4), ("selection", "openOrders"), NONE, NONE),
    ("userFunding", M.format(2), ("selection", "funding"), NONE, NONE),
    ("fundingHistory", M.format(2), ("selection", "btcFundingHistory"), NONE, NONE),
]
"""Request type, file, where in it; fields recorded that we do not read, fields we write that the excerpt lacks."""

SDK: list[tuple[str, str, set[str]]] = [
    ("allMids", "test_get_all_mids.yaml", NONE),
    ("candleSnapshot", "test_get_candles_snapshot.yaml", NONE),
    ("fundingHistory", "test_get_funding_history[None].yaml", NONE),
    ("l2Book", "test_get_l2_snapshot.yaml", NONE),
    ("userRateLimit", "test_user_rate_limit.yaml", {"nRequestsSurplus"}),
    ("userFills", "test_get_user_fills.yaml", NONE),
]
"""Request type, a recording of the official client whose last answer is of that type, fields that came later."""


def written_again(request: str, recorded: Any, source: str) -> Any:
    record = parse_info_answer(request_types()[request], json.dumps(recorded).encode(), source)
    return json.loads(encode_record(record))


def last_answer(path: Path) -> Any:
    """The last response body of a recording; YAML folds long single-quoted text over lines."""
    text = path.read_text()
    body = text[text.rindex("string: '") + len("string: '") :]
    body = body[: re.search(r"(?<!')'(?!')", body).start()]  # type: ignore[union-attr]
    return json.loads(re.sub(r"\n\s+", " ", body).replace("''", "'"))


@pytest.mark.parametrize(
    ("request_type", "file", "where", "unread", "added"), WHOLE, ids=[f"{row[0]}-{row[1][:24]}" for row in WHOLE]
)
def test_a_recorded_answer_is_read_and_written_the_same(
    recorded: Path, request_type: str, file: str, where: tuple[str, ...], unread: set[str], added: set[str]
) -> None:
    answer = json.loads((recorded / "api" / file).read_bytes())
    for step in where:
        answer = answer[step]
    ours = written_again(request_type, answer, file)
    assert differences(ours, answer, added=added) == []
    assert left_out(ours, answer) == unread


@pytest.mark.parametrize(("request_type", "file", "added"), SDK, ids=[row[0] for row in SDK])
def test_a_recording_of_the_official_client_is_read_and_written_the_same(
    recorded: Path, request_type: str, file: str, added: set[str]
) -> None:
    answer = last_answer(recorded / "api" / "sdk" / file)
    ours = written_again(request_type, answer, file)
    assert len(answer) > 0
    assert differences(ours, answer, added=added) == []
    assert left_out(ours, answer) == set()


def test_recorded_excerpts_of_contexts_are_read(recorded: Path) -> None:
    held = json.loads((recorded / "api" / M.format(3)).read_bytes())["selection"]
    contexts = [{"openInterest": "0.0", **row} for row in held["assetContexts"]]
    document = [{"universe": held["perpUniverse"]}, contexts]
    meta, read = parse_info_answer(request_types()["metaAndAssetCtxs"], json.dumps(document).encode(), "excerpt")
    assert [asset.name for asset in meta.universe] == [row["name"] for row in contexts]
    assert [context.markPx for context in read] == [float(row["markPx"]) for row in contexts]
    assert [context.impactPxs for context in read] == [tuple(map(float, row["impactPxs"])) for row in contexts]


def test_recorded_spot_pairs_and_their_contexts_are_read(recorded: Path) -> None:
    held = json.loads((recorded / "api" / M.format(5)).read_bytes())["selection"]
    document = [{"universe": held["spotUniverse"], "tokens": held["spotTokens"]}, held["spotAssetContexts"]]
    meta, contexts = parse_info_answer(
        request_types()["spotMetaAndAssetCtxs"], json.dumps(document).encode(), "excerpt"
    )
    assert [pair.name for pair in meta.universe] == [context.coin for context in contexts]
    assert meta.tokens[0].name == "USDC"
    assert parse_info_answer(request_types()["spotMeta"], json.dumps(document[0]).encode(), "excerpt") == meta


def test_every_fill_of_a_recorded_leader_is_read_and_written_the_same(recorded: Path) -> None:
    queries = json.loads((recorded / "stream" / "exchange_leader_fills.json").read_bytes())["queries"]
    fills = [fill for query in queries for fill in query["fills"]]
    ours = written_again("userFillsByTime", fills, "leader")
    assert len(fills) == 3_210
    assert differences(ours, fills) == []
    assert left_out(ours, fills) == set()
    assert sum("liquidation" in fill for fill in ours) == 2


def test_the_recorded_liquidator_of_testnet_is_read(recorded: Path) -> None:
    content = (recorded / "api" / "vault_details_testnet_liquidator_2026-09-04.json").read_bytes()
    vault, reported = parse_info_answer(request_types()["vaultDetails"], content, "vault"), json.loads(content)
    assert vault.name == reported["name"]
    assert vault.vaultAddress == reported["vaultAddress"]
    assert [follower.vaultEquity for follower in vault.followers] == [
        float(follower["vaultEquity"]) for follower in reported["followers"]
    ]
    assert vault.leaderFraction == reported["leaderFraction"]


def test_margin_modes_of_a_recorded_dex_decide_which_of_its_markets_stand_alone(recorded: Path) -> None:
    for name in ("para_2026-09-13", "xyz_cut3_2026-09-23", "io_cut1_2026-09-23"):
        content = (recorded / "api" / f"meta_and_ctxs_hip3_{name}.json").read_bytes()
        meta, _ = parse_info_answer(request_types()["metaAndAssetCtxs"], content, name)
        for asset, reported in zip(meta.universe, json.loads(content)[0]["universe"], strict=True):
            assert asset.is_isolated_only is ("marginMode" in reported)


def test_outcome_tokens_of_a_recorded_spot_state_are_skipped_and_counted(recorded: Path) -> None:
    content = (recorded / "api" / "spot_outcome_rows_2026-10-06.json").read_bytes()
    spot, rows = read_spot_state(content, "spot"), json.loads(content)["balances"]
    assert isinstance(spot, PartialSpot)
    assert spot.skipped_count == sum("token" not in row for row in rows) == 2
    assert spot.faults == ()
    assert spot.total() == float(rows[0]["total"])
    assert spot.available_after_maintenance() == float(json.loads(content)["tokenToAvailableAfterMaintenance"][0][1])
