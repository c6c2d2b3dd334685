"""Our prices against the exchange's own, account by account (docs/accuracy.md). Recorded data is never committed."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from liqscape.cli.solve import solve_files
from liqscape.errors import InputError
from liqscape.states.account_answer import SolveAnswer
from liqscape.states.solve_account import solve_account
from liqscape.units import HOUR_MS
from liqscape.wire.saved_state import parse_saved_state

pytestmark = pytest.mark.recorded


@pytest.fixture(scope="module")
def api(recorded: Path) -> Path:
    return recorded / "api"


def solved(file: Path, tables: Path | None = None) -> SolveAnswer:
    (answer,) = solve_files([file], tables)
    return answer


def worst_error(answer: SolveAnswer) -> float:
    return max(row.relative_error for row in answer.positions if row.relative_error is not None)


@pytest.mark.parametrize("tables", [None, "margin_tables_2026H2.json"])
def test_all_33_prices_of_the_tiered_cross_account_follow_from_its_account_value(api: Path, tables: str | None) -> None:
    answer = solved(api / "cross_33shorts_tiered_2026-06-22.json", api / tables if tables else None)
    errors = [row.relative_error for row in answer.positions if row.published_liquidation_price is not None]
    assert len(errors) == 33
    assert max(error for error in errors if error is not None) <= 1e-10
    assert None not in errors
    assert (answer.account.margin_mode, answer.account.margin_source_detail.source) == ("standard", "account_value")
    assert {row.solved_from for row in answer.positions} == {"state"}
    assert sorted(row.coin for row in answer.positions if row.tier_at_liquidation == 1) == ["ONDO", "OP", "SEI"]
    assert [row.coin for row in answer.positions if row.row_class == "null_agrees"] == ["HYPE"]


def test_prices_of_the_tiered_cross_account_do_not_look_at_the_published_ones(api: Path) -> None:
    document = json.loads((api / "cross_33shorts_tiered_2026-06-22.json").read_bytes())
    before = solved(api / "cross_33shorts_tiered_2026-06-22.json")
    for row in document["assetPositions"][:10]:
        row["position"]["liquidationPx"] = "77.7"
    (account,) = parse_saved_state(json.dumps(document).encode(), "changed")
    after = solve_account(account, None, "changed")
    assert [row.liquidation_price for row in after.positions] == [row.liquidation_price for row in before.positions]
    assert [row.row_class for row in after.positions[:10]] == ["unexplained"] * 10


def test_published_prices_hold_no_funding_of_the_hour_that_has_begun(api: Path) -> None:
    """29 minutes past the hour its funding at the base rate would move each price by far more than they differ."""
    document = json.loads((api / "cross_33shorts_tiered_2026-06-22.json").read_bytes())
    held = [row["position"] for row in document["assetPositions"]]
    hours = document["time"] % HOUR_MS / HOUR_MS
    assert hours > 0.4
    sides = [float(position["szi"]) for position in held]
    exposure = sum(math.copysign(float(p["positionValue"]), side) for p, side in zip(held, sides, strict=True))
    accrued = abs(exposure) * 0.0000125 * hours
    answer = solved(api / "cross_33shorts_tiered_2026-06-22.json")
    for row in answer.positions:
        if row.relative_error is not None and row.published_liquidation_price is not None:
            moved = accrued / (abs(row.size) * row.published_liquidation_price)
            assert moved > 5e-7
            assert row.relative_error < moved / 1_000.0


def test_maintenance_of_the_tiered_cross_account_is_the_published_one(api: Path) -> None:
    answer = solved(api / "cross_33shorts_tiered_2026-06-22.json")
    assert answer.account.margin_source_detail.maintenance_difference == pytest.approx(0.0, abs=1e-5)


def test_the_isolated_example_of_the_documentation(api: Path) -> None:
    answer = solved(api / "docs_isolated_eth_2024-02-22.json")
    (row,) = answer.positions
    assert (answer.account.margin_mode, row.margin_mode, row.row_class) == ("isolated", "isolated", "reproduced")
    assert answer.account.raw_usd == -95.059824
    assert row.relative_error is not None
    assert row.relative_error <= 1e-8


@pytest.mark.parametrize("name", ["hlp_strategy_a_2026-07-19.json", "captures_2026-07-19/2026-07-19-mainnet-m3.json"])
@pytest.mark.parametrize("tables", [None, "margin_tables_2026H2.json"])
def test_the_child_of_hlp_follows_its_own_table_and_its_nulls_are_null(
    api: Path, name: str, tables: str | None
) -> None:
    answer = solved(api / name, api / tables if tables else None)
    classes = {row.coin: row.row_class for row in answer.positions}
    assert classes == {"BTC": "null_agrees", "ETH": "null_agrees", "DYDX": "exempt_table"}
    assert worst_error(answer) <= 1e-8
    assert "left out" in answer.account.margin_source_detail.note


def test_the_portfolio_margin_account_is_solved_from_its_spot_state(api: Path) -> None:
    answer = solved(api / "portfolio_margin_subaccounts2_2026-07-18.json")
    assert answer.account.margin_mode == "portfolio"
    assert answer.account.margin_source_detail.source == "spot_available_after_maintenance"
    assert answer.account.free_margin == 870.98516812
    assert worst_error(answer) <= 1e-8
    assert [row.solved_from for row in answer.positions] == ["state"]


def test_the_unified_account_is_recognised_and_each_price_follows_from_the_others(api: Path) -> None:
    answer = solved(api / "probable_unified_3positions_2026-06-22.json")
    detail = answer.account.margin_source_detail
    assert (answer.account.margin_mode, answer.account.margin_source, detail.source) == (
        "unified",
        "published",
        "published_prices",
    )
    assert (detail.price_count, detail.agreeing_count, detail.is_cross_checked) == (3, 3, True)
    assert {row.solved_from for row in answer.positions} == {"other_prices"}
    assert worst_error(answer) <= 1e-9
    state = json.loads((api / "probable_unified_3positions_2026-06-22.json").read_bytes())
    beyond = answer.account.raw_usd - float(state["crossMarginSummary"]["totalRawUsd"])
    assert beyond == pytest.approx(528_243.88, abs=0.01)


def test_a_price_of_the_unified_account_does_not_enter_its_own_solution(api: Path) -> None:
    document = json.loads((api / "probable_unified_3positions_2026-06-22.json").read_bytes())
    before = solved(api / "probable_unified_3positions_2026-06-22.json")
    document["assetPositions"][0]["position"]["liquidationPx"] = "91234.5"
    (account,) = parse_saved_state(json.dumps(document).encode(), "changed")
    after = solve_account(account, None, "changed")
    assert after.positions[0].liquidation_price == pytest.approx(before.positions[0].liquidation_price, rel=1e-12)
    assert after.positions[0].row_class == "unexplained"


def test_the_unified_account_of_ten_positions_is_solved_from_three_prices(api: Path) -> None:
    answer = solved(api / "ch_unified_10positions_2026-10-02.json")
    detail = answer.account.margin_source_detail
    assert (answer.account.margin_mode, detail.source) == ("unified", "published_prices")
    assert (detail.price_count, detail.agreeing_count, detail.is_cross_checked) == (3, 3, True)
    assert worst_error(answer) <= 1e-11
    classes = [row.row_class for row in answer.positions]
    assert (classes.count("reproduced"), classes.count("null_agrees")) == (3, 7)
    state = json.loads((api / "ch_unified_10positions_2026-10-02.json").read_bytes())
    beyond = answer.account.raw_usd - float(state["crossMarginSummary"]["totalRawUsd"])
    assert beyond == pytest.approx(5_935_000, rel=1e-3)
    assert detail.maintenance_difference == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("tables", [None, "meta_and_ctxs_hip3_para_2026-09-13.json"])
def test_the_isolated_short_of_another_dex_follows_from_its_pocket(api: Path, tables: str | None) -> None:
    name = "ch_hip3_nocross_isolated_short_unified_2026-09-13.json"
    answer = solved(api / name, api / tables if tables else None)
    (row,) = answer.positions
    assert (row.coin, row.margin_mode, row.row_class, row.solved_from) == (
        "para:ANSEM",
        "isolated",
        "reproduced",
        "state",
    )
    assert worst_error(answer) <= 1e-9
    assert answer.account.isolated_margin_left is None


def test_its_spot_state_changes_nothing_for_the_pocket_of_a_unified_account(api: Path, tmp_path: Path) -> None:
    perp = json.loads((api / "ch_hip3_nocross_isolated_short_unified_2026-09-13.json").read_bytes())
    spot = json.loads((api / "spot_unified_hip3_isolated_2026-09-13.json").read_bytes())
    (tmp_path / "both.json").write_text(
        json.dumps({"dexToClearinghouseState": [["para", perp]], "spotState": spot, "abstraction": "unifiedAccount"})
    )
    assert worst_error(solved(tmp_path / "both.json")) <= 1e-9
    # What the pocket holds is what the spot balance holds back for it.
    held = float(perp["assetPositions"][0]["position"]["marginUsed"])
    assert held == float(spot["balances"][0]["hold"])
    available = float(spot["tokenToAvailableAfterMaintenance"][0][1])
    assert available == pytest.approx(float(spot["balances"][0]["total"]) - held, abs=1e-6)


def test_isolated_margin_of_an_account_without_positions_is_shown(api: Path) -> None:
    answer = solved(api / "ch_flat_isolated_margin_left_2026-10-06.json")
    assert answer.positions == ()
    assert answer.account.isolated_margin_left == pytest.approx(477.867397, abs=1e-6)
    assert answer.account.margin_mode == "standard"


def test_captures_without_a_whole_state_are_refused_in_one_line(api: Path) -> None:
    file = api / "captures_2026-07-19" / "2026-07-19-mainnet-m2.json"
    with pytest.raises(InputError, match=r"m2\.json: selection: no clearinghouseState here \(keys: btcAssetContext"):
        solve_files([file])


def test_every_row_of_every_recorded_account_is_explained(api: Path) -> None:
    names = (
        "cross_33shorts_tiered_2026-06-22.json",
        "probable_unified_3positions_2026-06-22.json",
        "portfolio_margin_subaccounts2_2026-07-18.json",
        "hlp_strategy_a_2026-07-19.json",
        "docs_isolated_eth_2024-02-22.json",
        "ch_unified_10positions_2026-10-02.json",
        "ch_hip3_nocross_isolated_short_unified_2026-09-13.json",
        "ch_flat_isolated_margin_left_2026-10-06.json",
    )
    rows: list[Any] = [row for answer in solve_files([api / name for name in names]) for row in answer.positions]
    assert len(rows) == 53
    assert {row.row_class for row in rows} == {"reproduced", "older_table", "exempt_table", "null_agrees"}
