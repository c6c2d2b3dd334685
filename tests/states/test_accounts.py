"""States in batches give what each gives alone by the long road, and one that cannot be used spoils nothing."""

from __future__ import annotations

import json
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from saved_states import TIERS, Made, MadeAccount, standard_account, unified_account
from small_sandbox import eventful_sandbox, name

from liqscape.errors import RemoteWireError
from liqscape.exchange.scale import multiplier_of
from liqscape.exchange.to_model import to_accounts
from liqscape.model.accounts import Accounts, PublishedState
from liqscape.model.margin_tables import MarginTable, MarginTier
from liqscape.sandbox.answers import answer_info
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.state import SandboxState
from liqscape.sandbox.world import WorldSettings
from liqscape.states.accounts import (
    BuiltAccounts,
    Holder,
    TableRegistry,
    build_accounts,
    needs_spot,
)
from liqscape.states.table_registry import FLAT_LEVERAGES
from liqscape.units import MarginSource, PoolMode
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.meta import map_coin_tables, parse_meta
from liqscape.wire.info.read_states import parse_states
from liqscape.wire.info.spot_clearinghouse_state import Balance, SpotClearinghouseState
from liqscape.wire.saved_state import parse_saved_state

NO_SPOT = SpotClearinghouseState(balances=())
"""A spot state that says nothing: the holder takes the long road and nothing else changes."""
COIN_OF = {
    "10x 3M": "DOT",
    "10x 20M": "AAVE",
    "40x 150M": "BTC",
    "3x": "MADE3",
    "5x": "MADE5",
    "10x": "OP",
    "50x": "OLD",
}
GIVEN = CoinTables(
    name="made up",
    date=None,
    tables={
        coin: MarginTable(row + 1, tuple(MarginTier(float(bound), leverage) for bound, leverage in TIERS[table]))
        for row, (table, coin) in enumerate(COIN_OF.items())
        if table != "50x"
    },
    collateral={"": 0},
)
MARKETS = {coin: row for row, coin in enumerate(("ATOM", "SUI", "DOGE", "ETH", "SOL", *COIN_OF.values()))}


def decoded(state: dict[str, Any]) -> ClearinghouseState:
    found = parse_states(json.dumps([state]).encode(), "made up")[0]
    assert isinstance(found, ClearinghouseState)
    return found


def described(accounts: Accounts, registry: TableRegistry) -> dict[str, list[tuple[Any, ...]]]:
    """Everything of every address, tables by their tiers."""
    found: dict[str, list[tuple[Any, ...]]] = {address: [] for address in accounts.addresses}
    for pool in range(accounts.pool_count):
        rows = slice(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))
        columns = [
            repr(getattr(accounts, field.name)[rows].tolist())
            for field in fields(Accounts)
            if field.name in ("market_index", "size", "entry_price", "leverage", "observed_mark", "published")
            or field.name == "published_price"
        ]
        tables = [registry.tables().tables[row].tiers for row in accounts.table_row[rows].tolist()]
        figures = (
            repr(float(accounts.raw_usd[pool])),
            MarginSource(accounts.margin_source[pool]),
            PoolMode(accounts.mode[pool]),
            bool(accounts.is_exempt[pool]),
            int(accounts.observed_ms[pool]),
        )
        found[accounts.addresses[accounts.address_row[pool]]].append((figures, columns, tables))
    return found


def assert_same_by_the_long_road(
    holders: list[Holder], markets: dict[str, int], tables: CoinTables, exempt: tuple[str, ...] = ()
) -> None:
    short, long = TableRegistry(), TableRegistry()
    batch = build_accounts(holders, markets, short, tables, exempt, "batch")
    slow = [msgspec.structs.replace(holder, spot=holder.spot or NO_SPOT) for holder in holders]
    alone = [build_accounts([holder], markets, long, tables, exempt, "batch") for holder in slow]
    wanted: dict[str, list[tuple[Any, ...]]] = {}
    for each in alone:
        wanted |= described(each.accounts, long)
    assert described(batch.accounts, short) == wanted
    assert dict(batch.failed) == {address: reason for each in alone for address, reason in each.failed}
    times = dict(zip(batch.accounts.addresses, batch.address_ms.tolist(), strict=True))
    assert times == {each.accounts.addresses[0]: int(each.address_ms[0]) for each in alone if each.accounts.addresses}


@cache
def world() -> SandboxState:
    settings = WorldSettings(seed=5, accounts=240, coins=8, start_ms=1_780_012_800_000)
    return SandboxMarket.new(settings).state


def reported(state: SandboxState, **question: Any) -> bytes:
    return msgspec.json.encode(answer_info(question, state))


@pytest.mark.parametrize("state", [eventful_sandbox().state, world()], ids=["eventful", "world"])
def test_a_batch_is_settled_as_its_accounts_are_one_by_one(state: SandboxState) -> None:
    metas = parse_meta(reported(state, type="meta"), "meta")
    markets = {asset.name: row for row, asset in enumerate(metas[0].universe)}
    addresses = list(to_accounts(state.exchange).addresses)
    states = parse_states(reported(state, type="batchClearinghouseStates", users=addresses), "batch")
    holders = [
        Holder(address, (("", found),))
        for address, found in zip(addresses, states, strict=True)
        if isinstance(found, ClearinghouseState)
    ]
    assert_same_by_the_long_road(holders, markets, map_coin_tables(metas, "meta"), (addresses[0], addresses[2]))


def test_positions_and_cash_are_those_of_the_exchange() -> None:
    state = world()
    metas = parse_meta(reported(state, type="meta"), "meta")
    markets = {asset.name: row for row, asset in enumerate(metas[0].universe)}
    truth = to_accounts(state.exchange)
    states = parse_states(reported(state, type="batchClearinghouseStates", users=list(truth.addresses)), "batch")
    holders = [
        Holder(address, (("", found),))
        for address, found in zip(truth.addresses, states, strict=True)
        if isinstance(found, ClearinghouseState)
    ]
    built = build_accounts(holders, markets, TableRegistry(), map_coin_tables(metas, "meta"), (), "batch").accounts
    wanted = {
        (truth.addresses[truth.address_row[pool]], int(truth.market_index[row]), float(truth.size[row])): float(
            truth.raw_usd[pool]
        )
        for row, pool in enumerate(truth.pool_of_position().tolist())
        if truth.mode[pool] in (PoolMode.CROSS, PoolMode.ISOLATED) and truth.market_index[row] < len(markets)
    }
    found = {
        (built.addresses[built.address_row[pool]], int(built.market_index[row]), float(built.size[row])): float(
            built.raw_usd[pool]
        )
        for row, pool in enumerate(built.pool_of_position().tolist())
    }
    assert len(wanted) > 100
    assert all(found[key] == pytest.approx(raw_usd, rel=1e-9, abs=0.01) for key, raw_usd in wanted.items())


decimals = st.tuples(st.integers(1, 10**6), st.integers(0, 4)).map(
    lambda pair: f"{pair[0] / 10 ** pair[1]:.{pair[1]}f}"
)


@st.composite
def made_positions(draw: st.DrawFn) -> list[Made]:
    tables = draw(st.lists(st.sampled_from(sorted(TIERS)), unique=True, max_size=4))
    return [
        Made(
            COIN_OF[table],
            draw(st.sampled_from(["", "-"])) + draw(decimals),
            draw(decimals),
            table,
            raw_usd=draw(st.one_of(st.none(), decimals, decimals.map(lambda text: f"-{text}"))),
        )
        for table in tables
    ]


BROKEN: dict[str, Any] = {
    "liquidationPx": ["nan", "-5", "1e400", "1_0", "12.", "5e1", 17.25, "100", None, "٣"],
    "szi": ["0", "nan", "1e19", "12.5"],
    "positionValue": ["0", "-1", "inf", "1e18", "17"],
    "maxLeverage": [None, 0, 7, 10_000],
    "entryPx": [None, "-1", "nan", "0"],
    "marginUsed": [None, "nan", "5"],
    "coin": ["", "BTC", "NOWHERE", "X" * 50],
}


@settings(max_examples=examples(80))
@given(
    st.lists(st.tuples(decimals, made_positions()), max_size=5),
    st.booleans(),
    st.one_of(
        st.none(), st.sampled_from(sorted(BROKEN)).flatmap(lambda f: st.sampled_from([(f, v) for v in BROKEN[f]]))
    ),
    st.sampled_from([0, -1, 10**15, 1_782_000_000_000, 1_768_000_000_000]),
)
def test_whatever_a_state_says_the_batch_says_what_the_long_road_says(
    accounts: list[tuple[str, list[Made]]], is_debt: bool, broken: tuple[str, Any] | None, time_ms: int
) -> None:
    holders = []
    for number, (cash, positions) in enumerate(accounts):
        state = MadeAccount(f"-{cash}" if is_debt and number % 2 else cash, positions, time_ms=time_ms).state()
        if broken is not None and number == 0 and positions:
            state["assetPositions"][0]["position"][broken[0]] = broken[1]
        holders.append(Holder(name(number), (("", decoded(state)),)))
    assert_same_by_the_long_road(holders, MARKETS, GIVEN, (name(1),))


def test_saved_accounts_of_every_mode_are_settled_the_same() -> None:
    holders = [
        Holder(name(number), (("", decoded(made.state())),))
        for number, made in enumerate((standard_account(), unified_account()))
    ]
    coins = {row.position.coin for holder in holders for row in holder.states[0][1].assetPositions}
    markets = {coin: row for row, coin in enumerate(sorted(coins))}
    assert_same_by_the_long_road(holders, markets, CoinTables(name="none", date=None, tables={}))


@pytest.mark.recorded
@pytest.mark.parametrize(
    "file",
    [
        "cross_33shorts_tiered_2026-06-22.json",
        "docs_isolated_eth_2024-02-22.json",
        "hlp_strategy_a_2026-07-19.json",
        "probable_unified_3positions_2026-06-22.json",
        "portfolio_margin_subaccounts2_2026-07-18.json",
    ],
)
def test_recorded_accounts_are_settled_the_same(recorded: Path, file: str) -> None:
    saved = parse_saved_state((recorded / "api" / file).read_bytes(), file)
    holders = [Holder(name(row), account.states) for row, account in enumerate(saved)]
    coins = {row.position.coin for account in saved for _, state in account.states for row in state.assetPositions}
    tables = next(
        (account.excerpt for account in saved if account.excerpt is not None),
        CoinTables(name="none", date=None, tables={}),
    )
    assert_same_by_the_long_road(holders, {coin: row for row, coin in enumerate(sorted(coins))}, tables)


LONG_OP = MadeAccount("1000", [Made("OP", "50", "2", "10x")])
POCKET = MadeAccount("1000", [Made("OP", "-50", "2", "10x"), Made("DOT", "-5", "4", "10x 3M", raw_usd="30")])


def built_of(*states: dict[str, Any]) -> BuiltAccounts:
    rows = parse_states(json.dumps(states).encode(), "batch")
    holders = [
        Holder(name(number + 1), (("", row),)) for number, row in enumerate(rows) if isinstance(row, ClearinghouseState)
    ]
    return build_accounts(holders, MARKETS, TableRegistry(), GIVEN, (), "batch")


def levels_known(built: BuiltAccounts, number: int) -> dict[str, bool]:
    """By coin of one account: whether its pool's cash is known, and so its level."""
    accounts, coins = built.accounts, {row: coin for coin, row in MARKETS.items()}
    pool = accounts.pool_of_position()
    return {
        coins[int(accounts.market_index[row])]: not np.isnan(accounts.raw_usd[pool[row]])
        for row in range(accounts.position_count)
        if accounts.addresses[accounts.address_row[pool[row]]] == name(number)
    }


def test_sums_that_do_not_agree_leave_the_cross_pool_listed_without_level() -> None:
    broken = POCKET.state()
    broken["crossMarginSummary"]["accountValue"] = "7"
    built = built_of(broken, POCKET.state())
    assert levels_known(built, 1) == {"OP": False, "DOT": True}
    assert levels_known(built, 2) == {"OP": True, "DOT": True}
    assert built.failed == ()
    ((address, sentence),) = built.unread
    assert address == name(1)
    assert "crossMarginSummary.accountValue: 7.0 differs from totalRawUsd" in sentence


def test_a_state_without_its_frame_is_its_error_and_the_others_stand() -> None:
    good = LONG_OP.state()
    bad = {field: value for field, value in good.items() if field != "time"}
    first, second, third = parse_states(json.dumps([good, bad, None]).encode(), "batch")
    assert first == decoded(good)
    assert isinstance(second, RemoteWireError)
    assert str(second) == "batch [1]: document: Object missing required field `time`"
    assert third is None


def test_a_row_that_cannot_be_read_leaves_its_own_pool_alone_unknown() -> None:
    cross, isolated = POCKET.state(), POCKET.state()
    cross["assetPositions"][0]["position"]["szi"] = "12.x"
    isolated["assetPositions"][1]["position"]["leverage"]["rawUsd"] = "much"
    built = built_of(cross, isolated, POCKET.state())
    assert levels_known(built, 1) == {"DOT": True}
    assert levels_known(built, 2) == {"OP": True, "DOT": False}
    assert levels_known(built, 3) == {"OP": True, "DOT": True}
    assert [sentence.partition(": ")[2] for _, sentence in built.unread] == [
        "assetPositions[0].position.szi: Expected `float`, got `str` ('12.x')",
        "assetPositions[1].position.leverage.rawUsd: Expected `float | null`, got `str` ('much')",
    ]


def test_an_account_of_which_no_position_can_be_read_is_never_a_flat_one() -> None:
    broken = LONG_OP.state()
    broken["assetPositions"][0]["position"]["szi"] = "12.x"
    built = built_of(broken, LONG_OP.state())
    assert built.accounts.addresses == (name(2),)
    assert [address for address, _ in built.failed] == [name(1)]


def closed_leg(coin: str) -> dict[str, Any]:
    leverage = {"type": "cross", "value": 20}
    figures = dict.fromkeys(("szi", "positionValue", "unrealizedPnl", "returnOnEquity", "marginUsed"), "0.0")
    position = {"coin": coin, "leverage": leverage, "entryPx": None, "liquidationPx": None, "maxLeverage": 25}
    return {"type": "oneWay", "position": {**position, **figures}}


def test_closed_legs_are_skipped_counted_and_change_no_level() -> None:
    """Whatever coin they are of, listed or not, first or last."""
    closed = LONG_OP.state()
    closed["assetPositions"] = [closed_leg("ETH"), *closed["assetPositions"], closed_leg("GONE")]
    built, control = built_of(closed, LONG_OP.state()), built_of(LONG_OP.state(), LONG_OP.state())
    assert built.skipped_count == 2
    assert built.unread == ()
    assert described(built.accounts, TableRegistry()) == described(control.accounts, TableRegistry())


def test_closed_legs_of_every_dex_are_counted_once() -> None:
    closed = LONG_OP.state()
    closed["assetPositions"].append(closed_leg("ETH"))
    states = parse_states(json.dumps([closed, {**closed, "assetPositions": [closed_leg("xyz:A")] * 2}]).encode(), "b")
    dexs = tuple(
        (dex, row) for dex, row in zip(("", "xyz"), states, strict=True) if isinstance(row, ClearinghouseState)
    )
    assert len(dexs) == 2
    built = build_accounts([Holder(name(1), dexs)], MARKETS, TableRegistry(), GIVEN, (), "batch")
    assert built.skipped_count == 3


def test_a_closed_leg_costs_nothing_even_where_its_other_fields_cannot_be_read() -> None:
    closed = LONG_OP.state()
    closed["assetPositions"].append({"position": {"coin": "ETH", "szi": "0.0", "leverage": 7}})
    built = built_of(closed)
    assert (built.skipped_count, built.unread, levels_known(built, 1)) == (1, (), {"OP": True})


def test_a_margin_table_that_is_not_known_leaves_the_pool_of_its_position_without_level() -> None:
    made = POCKET.state()
    made["assetPositions"][0]["position"]["coin"] = "ATOM"
    del made["assetPositions"][0]["position"]["maxLeverage"]
    built = built_of(made)
    assert levels_known(built, 1) == {"ATOM": False, "DOT": True}
    assert "ATOM states no maxLeverage and no margin table of it is known" in built.unread[0][1]


def test_a_position_in_a_market_nobody_listed_leaves_its_pool_without_level() -> None:
    made = MadeAccount("1000", [Made("OP", "50", "2", "10x"), Made("NEWCOIN", "50", "2", "10x")])
    built = built_of(made.state())
    assert levels_known(built, 1) == {"OP": False}
    assert "'NEWCOIN' is none of the 12 markets" in built.unread[0][1]


def test_pools_with_a_row_that_cannot_be_read_wait_for_no_spot_state() -> None:
    broken = POCKET.state()
    broken["crossMaintenanceMarginUsed"] = None
    (state,) = parse_states(json.dumps([broken]).encode(), "batch")
    assert isinstance(state, ClearinghouseState)
    assert needs_spot([Holder(name(1), (("", state),))], GIVEN, MARKETS) == ()


@pytest.mark.parametrize("content", [b"{}", b"null", b"", b"[{]", b'{"error": "slow down"}'])
def test_a_batch_that_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(RemoteWireError, match=r"^batch: "):
        parse_states(content, "batch")


def test_the_second_state_of_an_address_and_a_dex_named_twice_fail() -> None:
    state = decoded(MadeAccount("1000", [Made("OP", "50", "2", "10x")]).state())
    holders = [Holder(name(1), (("", state),)), Holder(name(1), (("", state),)), Holder(name(2), (("", state),) * 2)]
    built = build_accounts(holders, MARKETS, TableRegistry(), GIVEN, (), "batch")
    assert built.accounts.pool_count == 1
    assert [reason.partition(": ")[2] for _, reason in built.failed] == [
        f"{name(1)} is given twice",
        "a dex is named twice among ['', '']",
    ]


def test_a_coin_that_is_not_listed_fails_its_account_alone() -> None:
    made = MadeAccount("1000", [Made("NEWCOIN", "50", "2", "10x")])
    built = build_accounts([Holder(name(1), (("", decoded(made.state())),))], MARKETS, TableRegistry(), GIVEN, (), "s")
    assert built.accounts.addresses == ()
    assert "NEWCOIN" in built.failed[0][1]


def test_an_account_without_a_position_is_named_without_a_pool() -> None:
    holders = [Holder(name(1), (("", decoded(MadeAccount("5", []).state())),))]
    built = build_accounts(holders, MARKETS, TableRegistry(), GIVEN, (), "s")
    assert (built.accounts.addresses, built.accounts.pool_count) == ((name(1),), 0)
    assert built.address_ms.tolist() == [holders[0].states[0][1].time]


def test_nobody_is_an_empty_table() -> None:
    built = build_accounts([], MARKETS, TableRegistry(), GIVEN, (), "s")
    assert (built.accounts.addresses, built.accounts.pool_count, built.failed, len(built.address_ms)) == ((), 0, (), 0)


def test_states_of_several_dexs_are_pools_of_one_address_and_its_time_is_the_oldest() -> None:
    first = MadeAccount("1000", [Made("OP", "50", "2", "10x")], time_ms=1_782_000_000_500)
    second = MadeAccount("700", [Made("xyz:GOLD", "-1", "300", "10x")], time_ms=1_782_000_000_400)
    holder = Holder(name(1), (("", decoded(first.state())), ("xyz", decoded(second.state()))))
    markets = {"OP": 0, "xyz:GOLD": 1}
    built = build_accounts([holder], markets, TableRegistry(), GIVEN, (), "s")
    assert built.accounts.raw_usd.tolist() == [1000.0, 700.0]
    assert built.accounts.observed_ms.tolist() == [1_782_000_000_500, 1_782_000_000_400]
    assert built.address_ms.tolist() == [1_782_000_000_400]
    assert_same_by_the_long_road([holder], markets, GIVEN)


def test_a_state_that_explains_its_prices_needs_no_spot_state_and_one_that_does_not_does() -> None:
    plain = MadeAccount("100", [Made("OP", "50", "2", "10x"), Made("BTC", "-0.001", "70000", "40x 150M")])
    lost = unified_account().state()
    for number, row in enumerate(lost["assetPositions"]):
        if row["position"]["liquidationPx"] is not None:
            row["position"]["liquidationPx"] = str(1.5 + number)
    holders = [Holder(name(1), (("", decoded(plain.state())),)), Holder(name(2), (("", decoded(lost)),))]
    coins = {row.position.coin for holder in holders for row in holder.states[0][1].assetPositions}
    markets = {coin: row for row, coin in enumerate(sorted(coins))}
    assert needs_spot(holders, GIVEN, markets) == (name(2),)
    built = build_accounts(holders, markets, TableRegistry(), GIVEN, (), "s").accounts
    assert np.isnan(built.raw_usd[built.address_row == 1]).any()


def test_a_portfolio_account_is_known_by_its_spot_state() -> None:
    made = unified_account()
    available = ((0, float(made.free_margin())),)
    spot = SpotClearinghouseState(
        balances=(Balance(coin="USDC", total=1.0, token=0),),
        portfolioMarginEnabled=True,
        tokenToAvailableAfterMaintenance=available,
    )
    holder = Holder(name(1), (("", decoded(made.state())),), spot)
    coins = {row.position.coin for row in holder.states[0][1].assetPositions}
    built = build_accounts(
        [holder], {coin: row for row, coin in enumerate(sorted(coins))}, TableRegistry(), GIVEN, (), "s"
    )
    assert PoolMode.PORTFOLIO in built.accounts.mode
    assert not np.isnan(built.accounts.raw_usd).any()


def test_a_price_is_published_or_null_and_never_not_given() -> None:
    rich = MadeAccount("5000", [Made("OP", "50", "2", "10x")])
    short = MadeAccount("5000", [Made("OP", "-50", "2", "10x")])
    holders = [Holder(name(row), (("", decoded(made.state())),)) for row, made in enumerate((rich, short))]
    built = build_accounts(holders, MARKETS, TableRegistry(), GIVEN, (), "s")
    assert built.accounts.published.tolist() == [PublishedState.NONE, PublishedState.PRICE]


def test_the_exchange_engine_can_hold_every_table_the_registry_begins_with() -> None:
    assert multiplier_of(TableRegistry().tables()) == 1_200


def test_rows_of_the_registry_never_change_and_its_tables_are_one_object_until_it_grows() -> None:
    first = MarginTable(7, (MarginTier(0.0, 40), MarginTier(5e5, 20)))
    registry = TableRegistry([first])
    before = registry.tables()
    assert before.tables[0].tiers == first.tiers
    assert (registry.row(first), len(before)) == (0, 1 + len(FLAT_LEVERAGES))
    assert registry.tables() is before
    new = MarginTable(8, (MarginTier(0.0, 40), MarginTier(6e5, 20)))
    assert registry.row(new) == len(before)
    assert registry.tables() is not before
    assert registry.tables().tables[:-1] == before.tables
    assert TableRegistry(registry.tables().tables).tables().tables == registry.tables().tables


def test_tables_given_twice_keep_their_rows() -> None:
    table = MarginTable(7, (MarginTier(0.0, 40), MarginTier(5e5, 20)))
    other = MarginTable(9, (MarginTier(0.0, 30),))
    registry = TableRegistry([table, table, other])
    assert [each.tiers for each in registry.tables().tables[:3]] == [table.tiers, table.tiers, other.tiers]
    assert (registry.row(table), registry.row(other)) == (0, 2)


def test_child_of_hlp_is_exempt_by_its_margin_table_alone() -> None:
    child = MadeAccount(
        "9500000",
        [Made("AAVE", "-40.5", "250", "50x"), Made("DOT", "900", "5", "50x"), Made("BTC", "-1.25", "64000", "50x")],
    )
    holders = [
        Holder(name(1), (("", decoded(child.state())),)),
        Holder(name(2), (("", decoded(standard_account().state())),)),
    ]
    markets = {coin: row for row, coin in enumerate(dict.fromkeys((*MARKETS, "BNB")))}
    built = build_accounts(holders, markets, TableRegistry(), GIVEN, (), "made up")
    assert built.children == (name(1),)
    assert built.accounts.is_exempt.tolist() == [row == 0 for row in built.accounts.address_row.tolist()]
