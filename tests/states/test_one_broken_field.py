"""Every field of every shape of account row broken once: skipped, its pool unknown, or refused; never a wrong level."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest
from broken_fields import Broken, break_each_field
from saved_states import Made, MadeAccount, standard_account, unified_account
from small_sandbox import eventful_sandbox

from liqscape.errors import LiqscapeError, RemoteWireError
from liqscape.exchange.to_model import to_accounts
from liqscape.sandbox.answers import answer_info
from liqscape.states.account_answer import SolveAnswer
from liqscape.states.accounts import BuiltAccounts, Holder, TableRegistry, build_accounts
from liqscape.states.solve_account import solve_account
from liqscape.units import PoolMode
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.meta import map_coin_tables, read_coin_tables
from liqscape.wire.info.read_meta import read_meta
from liqscape.wire.info.read_states import parse_states
from liqscape.wire.info.registry import request_types
from liqscape.wire.info.request import parse_info_answer
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseState, read_spot_state
from liqscape.wire.saved_state import parse_saved_state
from liqscape.wire.ws.clearinghouse_state import parse_all_dexs_states
from liqscape.wire.ws.spot_state import parse_spot_message

GIVEN = CoinTables(name="made up", date=None, tables={}, collateral={"": 0})

CROSS = ("accountValue", "totalNtlPos", "totalRawUsd")
ONLY_SHOWN = frozenset(
    {
        "type",
        "withdrawable",
        "position.entryPx",
        "position.marginUsed",
        "position.unrealizedPnl",
        "position.returnOnEquity",
        "position.cumFunding",
        "totalMarginUsed",
    }
)
"""Fields no level depends on. The used margin of a pocket checks it, so an absurd one puts it in doubt."""


class Pool(NamedTuple):
    """Positions by coin (size, tiers of the table), and what backs them; None is unknown."""

    positions: tuple[tuple[str, float, Any], ...]
    raw_usd: float | None


class Outcome(NamedTuple):
    """What became of one account: refused, its pools, sentences about it."""

    is_refused: bool
    pools: dict[str, Pool]
    sentences: tuple[str, ...]


def coins_of(documents: Iterable[Any]) -> dict[str, int]:
    coins = [row["position"]["coin"] for document in documents for row in document["assetPositions"]]
    return {coin: row for row, coin in enumerate(dict.fromkeys(coins))}


def outcomes(
    states: list[Any], market_of: dict[str, int], spots: list[SpotClearinghouseState | None] | None = None
) -> tuple[list[Outcome], BuiltAccounts]:
    """All states as one batch answer: what becomes of each account."""
    rows = parse_states(json.dumps(states).encode(), "batch")
    names = [f"0x{number:040x}" for number in range(len(rows))]
    holders = [
        Holder(address, (("", row),), spots[number] if spots else None)
        for number, (address, row) in enumerate(zip(names, rows, strict=True))
        if isinstance(row, ClearinghouseState)
    ]
    registry = TableRegistry()
    built = build_accounts(holders, market_of, registry, GIVEN, (), "batch")
    accounts, coins, tables = built.accounts, list(market_of), registry.tables()
    pools: dict[str, dict[str, Pool]] = {address: {} for address in names}
    for pool in range(accounts.pool_count):
        span = range(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))
        positions = tuple(
            (
                coins[int(accounts.market_index[row])],
                float(accounts.size[row]),
                tables.tables[int(accounts.table_row[row])].tiers,
            )
            for row in span
        )
        raw_usd = float(accounts.raw_usd[pool])
        kind = "pocket " + positions[0][0] if accounts.mode[pool] == PoolMode.ISOLATED else "cross"
        owner = accounts.addresses[accounts.address_row[pool]]
        pools[owner][kind] = Pool(positions, None if np.isnan(raw_usd) else raw_usd)
    failed, unread = dict(built.failed), built.unread
    found = []
    for address, row in zip(names, rows, strict=True):
        sentences = [sentence for name, sentence in unread if name == address]
        if isinstance(row, RemoteWireError):
            sentences.append(str(row))
        if address in failed:
            sentences.append(failed[address])
        is_refused = isinstance(row, RemoteWireError) or address in failed
        found.append(Outcome(is_refused, pools[address], tuple(sentences)))
    return found, built


def assert_known_pools_are_those_of_the_whole(broken: Outcome, whole: Outcome, near: float = 0.0) -> None:
    """Nothing is solved that the unbroken state does not say as well."""
    for kind, pool in broken.pools.items():
        if pool.raw_usd is not None:
            assert kind in whole.pools
            wanted = whole.pools[kind]
            assert pool.positions == wanted.positions
            assert pool.raw_usd == pytest.approx(wanted.raw_usd, rel=1e-12, abs=near)


def check_every_field(documents: list[Any]) -> Counter[str]:
    """Breaks each field of each account state and asserts what happened; how often each of it did."""
    market_of = coins_of(documents)
    counts: Counter[str] = Counter()
    for document in documents:
        # A null price is one of the two things the exchange prints.
        cases = [
            case
            for case in break_each_field(document)
            if not (case.path[-1] == "liquidationPx" and case.how == "null") and case.path[-1] != "maxLeverage"
        ]
        cases += [
            case
            for case in break_each_field(document)
            if case.path[-1] == "maxLeverage" and case.how not in ("null", "absent")
        ]
        found, _ = outcomes([document, *(case.document for case in cases)], market_of)
        whole = found[0]
        assert not whole.is_refused
        for case, outcome in zip(cases, found[1:], strict=True):
            counts[check_case(case, outcome, whole, document)] += 1
    return counts


def check_case(case: Broken, outcome: Outcome, whole: Outcome, document: Any) -> str:
    """Which outcome it was; fails where it is none of those the field may have."""
    assert_known_pools_are_those_of_the_whole(outcome, whole)
    where = f"{case.field} {case.how}"
    field = case.field.removeprefix("assetPositions.")
    if case.path in (("time",), ("assetPositions",)):
        assert outcome.is_refused, where
        assert outcome.sentences, where
        return "refused"
    if outcome.is_refused:
        assert not outcome.pools, where
        assert outcome.sentences, where
        return "no position readable"
    unknown = {kind for kind, pool in whole.pools.items() if pool.raw_usd is not None}
    unknown -= {kind for kind, pool in outcome.pools.items() if pool.raw_usd is not None}
    if field.removeprefix("crossMarginSummary.").removeprefix("marginSummary.") in ONLY_SHOWN or any(
        field == name or field.startswith(f"{name}.") for name in ONLY_SHOWN
    ):
        if unknown:
            # The used margin is what a pocket is checked with.
            assert field == "position.marginUsed", (where, outcome)
            assert outcome.sentences, where
            return "pool unknown"
        return "only shown"
    if field.startswith("marginSummary"):
        assert not unknown, where
        assert outcome.sentences, where
        return "told, no pool"
    if whole.pools.get("cross", Pool((), None)).raw_usd is None and not unknown:
        return "was unknown"
    assert unknown, where
    assert outcome.sentences, where
    row = next((step for step in case.path if isinstance(step, int)), None)
    held = None if row is None else document["assetPositions"][row]["position"]
    if held is None or held["leverage"]["type"] == "cross":
        assert unknown == {"cross"}, where
    elif field in ("assetPositions", "position", "position.leverage", "position.leverage.type"):
        # A pocket that does not say it is one may be a cross position.
        known = {kind for kind, pool in whole.pools.items() if pool.raw_usd is not None}
        assert unknown == {"cross", f"pocket {held['coin']}"} & known, where
    else:
        assert unknown == {f"pocket {held['coin']}"}, where
    return "pool unknown"


@pytest.mark.parametrize("field", CROSS)
def test_figures_that_can_be_read_but_do_not_add_up_back_no_position(field: str) -> None:
    document = standard_account().state()
    sound, broken = (msgspec.json.decode(msgspec.json.encode(document)) for _ in range(2))
    broken["crossMarginSummary"][field] = str(1.1 * float(broken["crossMarginSummary"][field]))
    (whole, outcome), _ = outcomes([sound, broken], coins_of([sound]))
    assert whole.pools["cross"].raw_usd is not None
    assert outcome.pools["cross"] == Pool(whole.pools["cross"].positions, None)
    assert len(outcome.pools) == len(whole.pools) > 1
    assert {kind for kind, pool in outcome.pools.items() if pool.raw_usd is None} == {"cross"}
    assert "crossMarginSummary" in outcome.sentences[0]


def several_pools() -> MadeAccount:
    """Cross positions and two pockets."""
    made = standard_account()
    made.positions.append(Made("ZRO", "500", "2", "5x", raw_usd="-400"))
    return made


def test_every_field_of_made_up_states_broken_leaves_a_known_outcome() -> None:
    counts = check_every_field([several_pools().state(), unified_account().state()])
    assert set(counts) == {"refused", "pool unknown", "only shown", "told, no pool"}
    assert min(counts.values()) >= 6


def sandbox_states() -> list[Any]:
    state = eventful_sandbox().state
    users = list(to_accounts(state.exchange).addresses)
    answers = answer_info({"type": "batchClearinghouseStates", "users": users}, state)
    return [answer for answer in msgspec.json.decode(msgspec.json.encode(answers)) if answer["assetPositions"]]


def test_every_field_of_the_sandboxs_states_broken_leaves_a_known_outcome() -> None:
    counts = check_every_field(sandbox_states()[:4])
    assert counts["pool unknown"] > 50
    assert counts["refused"] > 20


RECORDED = (
    "cross_33shorts_tiered_2026-06-22.json",
    "docs_isolated_eth_2024-02-22.json",
    "probable_unified_3positions_2026-06-22.json",
    "ch_unified_10positions_2026-10-02.json",
    "ch_hip3_nocross_isolated_short_unified_2026-09-13.json",
    "ch_flat_isolated_margin_left_2026-10-06.json",
)


@pytest.mark.recorded
@pytest.mark.parametrize("name", RECORDED)
def test_every_field_of_recorded_states_broken_leaves_a_known_outcome(recorded: Path, name: str) -> None:
    document = json.loads((recorded / "api" / name).read_bytes())
    document = document.get("clearinghouseState", document)
    check_every_field([document])


def spot_of(made: MadeAccount) -> dict[str, Any]:
    """The spot state that backs a unified account, with an outcome token beside the collateral."""
    available = float(made.free_margin())
    return {
        "balances": [
            {"coin": "USDC", "token": 0, "total": str(available + float(made.maintenance())), "hold": "0.0"},
            {"coin": "HYPE", "token": 150, "total": "2.5", "hold": "0.0", "entryNtl": "100.0"},
            {"coin": "#77", "total": "12.0", "hold": "0.0", "entryNtl": "3.0"},
        ],
        "tokenToAvailableAfterMaintenance": [[0, str(available)], [150, "0.0"]],
    }


def check_every_spot_field(state: Any, spot: Any, near: float) -> Counter[str]:
    """Breaks each field of a spot state: the pool keeps what the whole says, or is unknown."""
    cases = list(break_each_field(spot))
    spots: list[SpotClearinghouseState | None] = [read_spot_state(json.dumps(spot).encode(), "spot")]
    kept = []
    counts = Counter[str]()
    for case in cases:
        spot_or_error = attempted(read_spot_state, case.document, "spot")
        if isinstance(spot_or_error, LiqscapeError):
            assert case.path == ("balances",), case
            assert "balances" in str(spot_or_error)
            counts["refused"] += 1
        else:
            spots.append(spot_or_error)
            kept.append(case)
    found, _ = outcomes([state] * len(spots), coins_of([state]), spots)
    for case, outcome in zip(kept, found[1:], strict=True):
        assert_known_pools_are_those_of_the_whole(outcome, found[0], near)
        is_known = all(pool.raw_usd is not None for pool in outcome.pools.values())
        assert is_known or outcome.sentences, case
        counts["as the whole" if is_known else "pool unknown"] += 1
    return counts


def test_every_field_of_a_spot_state_broken_keeps_the_pool_or_leaves_it_unknown() -> None:
    # A long without a price: what the perp state shows would give it one, what the spot state backs it with none.
    made = MadeAccount("5000", [Made("BTC", "1", "64000", "40x 150M")], shown_raw_usd="-50000")
    spot = spot_of(made)
    without_available = {"balances": spot["balances"]}
    both = check_every_spot_field(made.state(), spot, 1e-6)
    assert both["refused"] == 3
    assert both["as the whole"] > 40
    alone = check_every_spot_field(made.state(), without_available, 1e-6)
    assert alone["pool unknown"] > 10
    assert alone["as the whole"] > 20


@pytest.mark.recorded
def test_every_field_of_the_recorded_spot_states_broken_keeps_the_pool_or_leaves_it_unknown(recorded: Path) -> None:
    made = unified_account()
    for name in ("spot_outcome_rows_2026-10-06.json", "spot_standard_3tokens_2026-10-06.json"):
        spot = json.loads((recorded / "api" / name).read_bytes())
        check_every_spot_field(made.state(), spot, 1e-6)
    state = json.loads((recorded / "api" / "portfolio_margin_subaccounts2_2026-07-18.json").read_bytes())["fixture"][0]
    check_every_spot_field(state["dexToClearinghouseState"][0][1], state["spotState"], 1e-6)


def attempted(read: Callable[[bytes, str], Any], document: Any, source: str) -> Any:
    """What it is read as, or the error."""
    try:
        return read(json.dumps(document).encode(), source)
    except LiqscapeError as error:
        return error


def solved(content: bytes, source: str) -> list[SolveAnswer]:
    return [solve_account(each, None, source) for each in parse_saved_state(content, source)]


def test_a_file_of_several_accounts_goes_on_with_one_field_of_one_broken() -> None:
    """Each break is refused with a sentence of the file, or leaves every known level as it was."""
    first, second = several_pools().state(), unified_account().state()
    rows = [
        {"name": "one", "subAccountUser": "0x" + "1" * 40, "clearinghouseState": first, "spotState": {"balances": []}},
        {"name": "two", "subAccountUser": "0x" + "2" * 40, "clearinghouseState": second, "spotState": {"balances": []}},
    ]
    whole = [
        {row.coin: row.liquidation_price for row in answer.positions}
        for answer in solved(json.dumps(rows).encode(), "file")
    ]
    reported = Counter[str]()
    for case in break_each_field(first):
        if case.path[-1] in ("liquidationPx", "maxLeverage"):
            continue
        rows[0]["clearinghouseState"] = case.document
        answers = attempted(solved, rows, "file")
        if isinstance(answers, LiqscapeError):
            assert str(answers).startswith("file: "), case
            reported["refused"] += 1
            continue
        broken, other = answers
        assert {row.coin: row.liquidation_price for row in other.positions} == whole[1]
        for row in broken.positions:
            assert row.liquidation_price in (None, whole[0][row.coin]), case
        reported["told" if broken.unread_rows or broken.skipped_rows else "as the whole"] += 1
    assert reported["refused"] <= 12
    assert reported["told"] > 100


def test_a_message_with_every_dex_and_one_field_broken_costs_the_dex_of_the_field_alone() -> None:
    user = "0x" + "1" * 40
    document = {
        "user": user,
        "clearinghouseStates": [["", several_pools().state()], ["xyz", unified_account().state()]],
    }
    whole = parse_all_dexs_states(json.dumps(document).encode(), "socket")
    refused = 0
    for case in break_each_field(document):
        states = attempted(parse_all_dexs_states, case.document, "socket")
        if isinstance(states, LiqscapeError):
            assert str(states).startswith("socket"), case
            assert len(case.path) <= 3, case
            refused += 1
            continue
        dex_row = case.path[1] if len(case.path) > 2 else None
        for row, (found, other) in enumerate(zip(states, whole, strict=True)):
            assert row == dex_row or found[1:] == other[1:], case
    assert refused <= 16


def test_a_message_of_balances_with_one_field_broken_is_read_or_refused() -> None:
    document = {"user": "0x" + "1" * 40, "spotState": spot_of(unified_account())}
    _, whole = parse_spot_message(json.dumps(document).encode(), "socket")
    for case in break_each_field(document):
        message = attempted(parse_spot_message, case.document, "socket")
        if isinstance(message, LiqscapeError):
            assert case.path in (("user",), ("spotState",), ("spotState", "balances")), case
        else:
            assert message[1].total() in (whole.total(), None), case


def meta_with_tables() -> dict[str, Any]:
    tiers = [{"lowerBound": "0.0", "maxLeverage": 40}, {"lowerBound": "150000000.0", "maxLeverage": 20}]
    return {
        "universe": [
            {"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56},
            {"name": "HYPE", "szDecimals": 2, "maxLeverage": 10, "marginTableId": 10, "marginMode": "normal"},
            {"name": "OLD", "szDecimals": 0, "maxLeverage": 3, "marginTableId": 3, "isDelisted": True},
        ],
        "marginTables": [[56, {"description": "tiered", "marginTiers": tiers}]],
        "collateralToken": 0,
    }


def test_every_field_of_a_meta_broken_costs_the_table_of_its_coin_or_the_meta() -> None:
    document = meta_with_tables()
    whole = map_coin_tables((read_meta(document, "meta"),), "meta")
    counts = Counter[str]()
    for case in break_each_field(document):
        meta = attempted(lambda content, source: read_meta(json.loads(content), source), case.document, "meta")
        if isinstance(meta, LiqscapeError):
            assert str(meta).startswith("meta: "), case
            assert case.path[0] in ("universe", "collateralToken", "marginTables"), case
            counts["refused"] += 1
            continue
        assert len(meta.universe) == len(case.document["universe"])
        tables = read_coin_tables((meta,), "meta")
        for coin, table in tables.tables.items():
            if coin in whole.tables:
                assert table.tiers == whole.tables[coin].tiers, case
        counts["table unknown" if tables.unread else "as the whole"] += 1
    assert counts["table unknown"] > 10
    assert counts["as the whole"] > 5


def test_a_margin_table_that_cannot_be_read_costs_the_level_of_its_holders_alone() -> None:
    document = meta_with_tables()
    document["marginTables"][0][1]["marginTiers"][1]["lowerBound"] = "much"
    given = read_coin_tables((read_meta(document, "meta"),), "meta")
    assert set(given.unread) == {"BTC"}
    holders = [
        Holder(f"0x{number:040x}", (("", state),))
        for number, made in enumerate(
            (
                MadeAccount("9000", [Made("BTC", "-0.1", "64000", "40x 150M"), Made("HYPE", "-10", "68.5", "10x")]),
                MadeAccount("9000", [Made("HYPE", "-10", "68.5", "10x")]),
            )
        )
        if isinstance(state := parse_states(json.dumps([made.state()]).encode(), "batch")[0], ClearinghouseState)
    ]
    built = build_accounts(holders, {"BTC": 0, "HYPE": 1}, TableRegistry(), given, (), "batch")
    assert np.isnan(built.accounts.raw_usd).tolist() == [True, False]
    ((address, sentence),) = built.unread
    assert address == holders[0].address
    assert "BTC has a margin table that cannot be read: meta: marginTables 56" in sentence


ANSWERS = {
    "userFills": ("fills_hip3_market_liquidation_counterparty_2026-08-13.json",),
    "userFunding": ("user_funding_hip3_2026-09-13.json",),
    "activeAssetData": ("active_asset_data_hip3_2026-09-13.json",),
    "vaultDetails": ("vault_details_testnet_liquidator_2026-09-04.json",),
    "borrowLendUserState": ("borrow_lend_user_testnet_2026-09.json",),
    "allBorrowLendReserveStates": ("borrow_lend_reserves_testnet_cut2_2026-09.json",),
    "perpDexs": ("perpdexs.json",),
    "recentTrades": ("http_recent_trades_btc.json",),
    "l2Book": ("l2book_btc_nsf5.json",),
    "metaAndAssetCtxs": ("meta_and_ctxs_hip3_para_2026-09-13.json",),
    "spotClearinghouseState": ("spot_outcome_rows_2026-10-06.json", "spot_standard_3tokens_2026-10-06.json"),
}


@pytest.mark.recorded
@pytest.mark.parametrize("request_type", sorted(ANSWERS))
def test_a_recorded_answer_with_one_field_broken_is_read_or_refused_by_its_row(
    recorded: Path, request_type: str
) -> None:
    for name in ANSWERS[request_type]:
        for case in break_each_field(json.loads((recorded / "api" / name).read_bytes())):
            answer = attempted(partial(parse_info_answer, request_types()[request_type]), case.document, "answer")
            if isinstance(answer, LiqscapeError):
                rows = [f"[{step}]" for step in case.path if isinstance(step, int)]
                assert str(answer).startswith("answer: "), case
                assert not rows or rows[0] in str(answer), (case.path, str(answer))
