"""Snapshots read back: every pool as by the book, the sandbox's own to the bit; other layouts refused by name."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from node_states import (
    TIERED,
    as_bytes,
    clearinghouse,
    document,
    name,
    pools_by_the_book,
    pools_of,
    position,
    user,
)
from small_sandbox import SmallSandbox, crash, eventful_sandbox

from liqscape.errors import RemoteWireError
from liqscape.exchange.to_model import to_accounts
from liqscape.model.accounts import Accounts
from liqscape.sandbox.files.state_snapshot import build_state
from liqscape.states.node.state_snapshot import StateSnapshot, read_state_snapshot
from liqscape.units import MarginSource, PoolMode

CROSS_20 = {"C": 20}


def read(state: dict[str, Any]) -> StateSnapshot:
    return read_state_snapshot(as_bytes(state), "state.rmp")


def two_users() -> dict[str, Any]:
    """A long of 1 BTC against a short: 1 has 100 USD, 2 has 50."""
    return document(
        clearinghouse(
            [
                user(1, 100_000_000, [0, position(100_000, margin=CROSS_20)]),
                user(2, 50_000_000, [0, position(-100_000, margin={"I": {"l": 5, "u": 77_000_000}})]),
                user(3, 5_000_000),
            ]
        )
    )


def test_cash_sizes_tables_and_time_are_read() -> None:
    state = read(two_users())
    assert (state.height, state.time_ms) == (20_000, 1_769_997_600_123)
    assert state.markets.coins == ("BTC", "ETH")
    assert [table.table_id for table in state.tables.tables] == [56, 10]
    accounts = state.accounts
    assert accounts.addresses == (name(1), name(2))
    assert accounts.raw_usd.tolist() == [100.0, 77.0]
    assert accounts.size.tolist() == [1.0, -1.0]
    assert accounts.mode.tolist() == [PoolMode.CROSS, PoolMode.ISOLATED]
    assert accounts.leverage.tolist() == [20.0, 5.0]
    assert accounts.entry_price.tolist() == [1.0, 1.0]
    assert state.oracle.tolist() == [70_000.0, 7_000.01]
    assert state.user_count == 3


def test_a_position_without_leverage_has_the_default_of_its_market() -> None:
    given_state = document(clearinghouse([user(1, 1, [0, position(5)]), user(2, 1, [0, position(-5)])]))
    given_state["exchange"]["locus"]["cls"][0]["meta"]["universe"][0]["marginMode"] = "strictIsolated"
    accounts = read(given_state).accounts
    assert accounts.mode.tolist() == [PoolMode.ISOLATED] * 2
    assert accounts.margin_source.tolist() == [MarginSource.UNKNOWN] * 2, "its pocket is not given"
    assert accounts.leverage.tolist() == [20.0, 20.0]


def test_a_position_without_a_table_takes_its_markets_and_that_is_said() -> None:
    state = read(document(clearinghouse([user(1, 1, [0, position(5, table=None)]), user(2, 1, [0, position(-5)])])))
    assert state.accounts.table_row.tolist() == [0, 0]
    assert any("1 positions name no margin table" in remark for remark in state.remarks)


def test_cash_that_is_not_given_is_unknown_not_zero() -> None:
    accounts = read(document(clearinghouse([user(1, None, [0, position(5)]), user(2, 0, [0, position(-5)])]))).accounts
    assert np.isnan(accounts.raw_usd[0])
    assert accounts.raw_usd[1] == 0.0
    assert accounts.margin_source.tolist() == [MarginSource.UNKNOWN, MarginSource.STATE]


def test_a_unified_account_is_one_pool_over_all_dexs_of_its_collateral() -> None:
    first = clearinghouse([user(1, 3_000_000, [0, position(5)]), user(2, 1, [0, position(-5)])])
    other = clearinghouse([user(1, 4_000_000, [10_000, position(7)]), user(2, 2, [10_000, position(-7)])], ("xyz:A",))
    foreign = clearinghouse(
        [user(1, 9_000_000, [20_000, position(2)]), user(2, 3, [20_000, position(-2)])], ("km:B",), collateral=360
    )
    state = read(document(first, other, foreign, modes={1: "u"}, spot={1: [[0, 500_000_001], [360, 7]]}))
    pools = pools_of(state.accounts, state.markets, state.collateral)
    cash, sizes = pools[name(1), int(PoolMode.UNIFIED), "0"]
    assert float(cash or 0) == 5.00000001 + 3.0 + 4.0
    assert set(sizes) == {"BTC", "xyz:A"}
    assert pools[name(1), int(PoolMode.UNIFIED), "360"][0] is None, "only USDC balances have a known scale"
    assert pools[name(2), int(PoolMode.CROSS), "km"][0] is not None


def test_a_dex_without_markets_is_none_of_our_business() -> None:
    first = clearinghouse([user(1, 1, [0, position(5)]), user(2, 1, [0, position(-5)])])
    later = clearinghouse([user(1, 1, [20_000, position(7)]), user(2, 1, [20_000, position(-7)])], ("xyz:A",))
    state = read(document(first, clearinghouse([user(3, 5)], ()), later))
    assert state.markets.coins == ("BTC", "ETH", "xyz:A")
    assert len(state.collateral) == 3
    pools = pools_of(state.accounts, state.markets, state.collateral)
    assert pools[name(1), int(PoolMode.CROSS), "xyz"][1] == {"xyz:A": 7e-5}


def test_margin_tables_of_two_dexs_with_one_id_stay_apart() -> None:
    flat = [[56, {"margin_tiers": [{"lower_bound": 0, "max_leverage": 3}]}]]
    first = clearinghouse([user(1, 1, [0, position(5)]), user(2, 1, [0, position(-5)])])
    other = clearinghouse(
        [user(1, 1, [10_000, position(7)]), user(2, 1, [10_000, position(-7)])], ("xyz:A",), tables=flat
    )
    state = read(document(first, other))
    leverage = {
        state.markets.coins[m]: state.tables.tables[t].max_leverage
        for m, t in zip(state.accounts.market_index.tolist(), state.accounts.table_row.tolist(), strict=True)
    }
    assert leverage == {"BTC": 40, "xyz:A": 3}


def test_maps_in_place_of_pairs_are_read_the_same() -> None:
    pairs, maps = two_users(), two_users()
    locus = maps["exchange"]["locus"]
    dex = locus["cls"][0]
    locus["ust"] = dict(locus["ust"])
    locus["scl"]["user_states"] = dict(locus["scl"]["user_states"])
    dex["meta"]["marginTableIdToMarginTable"] = {56: TIERED}
    dex["asset_to_oi_szi"] = dict(dex["asset_to_oi_szi"])
    dex["user_states"]["user_to_state"] = {
        address: {**state, "p": {"p": dict(state["p"]["p"])}} for address, state in dex["user_states"]["user_to_state"]
    }
    assert_same(read(maps).accounts, read(pairs).accounts)


def test_what_the_name_of_the_file_says_has_to_agree() -> None:
    with pytest.raises(RemoteWireError, match=r"exchange\.context\.height: 20000 is not the file's height 30000"):
        read_state_snapshot(as_bytes(two_users()), "state.rmp", 30_000)
    bare = two_users()
    del bare["exchange"]["context"]
    assert (state := read_state_snapshot(as_bytes(bare), "x", 30_000, 5)).height == 30_000
    assert state.time_ms == 5


PATHS = (
    ("exchange",),
    ("exchange", "locus"),
    ("exchange", "locus", "cls"),
    ("exchange", "locus", "ust"),
    ("exchange", "locus", "scl"),
    ("exchange", "locus", "scl", "user_states"),
    ("exchange", "locus", "cls", 0, "meta"),
    ("exchange", "locus", "cls", 0, "meta", "universe"),
    ("exchange", "locus", "cls", 0, "meta", "marginTableIdToMarginTable"),
    ("exchange", "locus", "cls", 0, "oracle"),
    ("exchange", "locus", "cls", 0, "oracle", "pxs"),
    ("exchange", "locus", "cls", 0, "user_states"),
    ("exchange", "locus", "cls", 0, "user_states", "user_to_state"),
)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_a_missing_key_is_refused_by_its_path(path: tuple[str | int, ...]) -> None:
    state = two_users()
    held: Any = state
    for step in path[:-1]:
        held = held[step]
    del held[path[-1]]
    with pytest.raises(RemoteWireError, match=str(path[-1])) as error:
        read(state)
    assert "state.rmp" in str(error.value)


def broken(change: str) -> dict[str, Any]:
    state = two_users()
    dex = state["exchange"]["locus"]["cls"][0]
    users = dex["user_states"]["user_to_state"]
    exec(change, {"state": state, "dex": dex, "users": users, "locus": state["exchange"]["locus"]})
    return state


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("users[1][0] = '0x12'", r"user_to_state\[1\] is no address"),
        ("users[1][0] = '0x' + 'g' * 40", r"user_to_state\[1\] is no address"),
        ("users[1].append(3)", r"user_to_state\[1\] is no pair"),
        ("users[1][1] = 5", r"user_to_state\[1\] is no map"),
        ("users[1][1]['u'] = '50'", r"user_to_state\[1\]\.u is no whole number"),
        ("users[1][1]['u'] = 1.5", r"user_to_state\[1\]\.u is no whole number"),
        ("users[1][1]['u'] = 1 << 63", r"user_to_state\[1\]\.u is no whole number"),
        ("users[1][1]['p']['p'][0][1]['s'] = '1'", r"user_to_state\[1\]\.p\.p: a position's s"),
        ("del users[1][1]['p']['p'][0][1]['s']", r"user_to_state\[1\]\.p\.p: a position's s"),
        ("users[1][1]['p']['p'][0][1]['l'] = {'X': 1}", r"user_to_state\[1\]\.p\.p: l is neither"),
        ("users[1][1]['p']['p'][0][0] = 9", "is a position's asset, the dex lists 2"),
        ("users[1][1]['p']['p'][0][1]['M'] = 77", "names a margin table that is not listed"),
        ("users[1][1]['p'] = []", r"user_to_state\[1\]\.p\.p is no list"),
        ("users.append(users[0])", "users stand there twice"),
        ("users[1][1]['p']['p'] *= 2", "stand a second time in the same market"),
        ("dex['meta']['universe'][0]['szDecimals'] = 9", r"szDecimals: 9 is not 0 to 6"),
        ("dex['meta']['universe'][1]['name'] = 'BTC'", "listed twice"),
        ("dex['meta']['universe'][1]['name'] = 'xyz:A'", "are not the markets of one dex"),
        ("del dex['meta']['universe'][0]['name']", "name"),
        ("dex['meta']['marginTableIdToMarginTable'][0][1]['margin_tiers'][1]['max_leverage'] = 80", "no usable margin"),
        ("dex['meta']['marginTableIdToMarginTable'][0][1]['margin_tiers'][1]['maintenance_deduction'] = 1875000",
         "should be 1875000000000"),
        ("dex['oracle']['pxs'] = 5", "pxs"),
        ("locus['ust'] = [[users[0][0], {'a': 5}]]", r"ust\[0\]\.a is no letter"),
        ("locus['cls'] = {}", "cls at byte .* is no list"),
        ("locus['cls'] = []", "without markets"),
        ("state['exchange'] = [1]", "exchange at byte .* is no map"),
    ],
)  # fmt: skip
def test_another_shape_is_refused_by_path_and_rule(change: str, said: str) -> None:
    with pytest.raises(RemoteWireError, match=said):
        read(broken(change))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("users[1][1]['p']['p'][0][1]['s'] = -90_000", "lots of longs and shorts disagree in 1 of 2"),
        ("dex['users_with_positions'].pop()", "users_with_positions disagree"),
        ("dex['users_with_positions'].append(users[2][0])", "users_with_positions disagree"),
        ("dex['asset_to_oi_szi'][0][1] = 7", "asset_to_oi_szi disagree"),
    ],
)
def test_sums_that_do_not_agree_are_refused(change: str, said: str) -> None:
    with pytest.raises(RemoteWireError, match=said):
        read(broken(change))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("users[1][1]['p']['p'][0][1]['s'] = -99_990", "lots of longs and shorts disagree in 1 of 2"),
        ("dex['asset_to_oi_szi'][0][1] = 100_010", "asset_to_oi_szi disagree"),
        ("del dex['users_with_positions']", "users_with_positions is missing"),
        ("del dex['asset_to_oi_szi']", "asset_to_oi_szi is missing"),
    ],
)
def test_sums_that_are_off_by_a_trifle_or_absent_are_said(change: str, said: str) -> None:
    assert any(said in remark for remark in read(broken(change)).remarks)


def test_a_cut_file_is_refused_wherever_it_is_cut() -> None:
    whole = as_bytes(two_users())
    for cut in range(len(whole)):
        with pytest.raises(RemoteWireError):
            read_state_snapshot(whole[:cut], "state.rmp")


@given(st.integers(0, 10_000), st.integers(1, 255))
@settings(max_examples=examples(200))
def test_a_damaged_byte_is_refused_or_changes_a_value_but_never_crashes(at: int, change: int) -> None:
    damaged = as_bytes(two_users()).copy()
    damaged[at % len(damaged)] ^= change
    try:
        read_state_snapshot(damaged, "state.rmp")
    except RemoteWireError:
        return


def random_document(seed: int) -> dict[str, Any]:
    """Two or three dexs, users in every mode, isolated pockets, cash that is missing, sums that agree."""
    chance = random.Random(seed)
    numbers = range(1, chance.randrange(3, 12))
    dexs = []
    for place, (coins, token) in enumerate(
        ((("BTC", "ETH", "SOL"), 0), (("xyz:A", "xyz:B"), 0), (("km:A",), chance.choice((0, 360))))
    ):
        sums = [0] * len(coins)
        users = []
        for number in numbers:
            held = []
            for asset in range(len(coins)):
                if chance.random() < 0.5:
                    lots = chance.randrange(-10_000, 10_000)
                    margin = chance.choice((None, {"C": 3}, {"I": {"l": 5, "u": chance.randrange(-(10**12), 10**12)}}))
                    held.append(
                        [10_000 * place + asset, position(lots, margin=margin, table=chance.choice((None, 56, 10)))]
                    )
                    sums[asset] += lots
            cash = None if chance.random() < 0.1 else chance.randrange(-(10**13), 10**13)
            users.append(user(number, cash, *(row for row in held if row[1]["s"])))
        closing = [[10_000 * place + asset, position(-lots)] for asset, lots in enumerate(sums) if lots]
        users.append(user(1_000, 10**12, *closing))
        dexs.append(clearinghouse(users, coins, collateral=token))
    modes = {number: chance.choice("updx") for number in numbers if chance.random() < 0.7}
    spot = {number: [[0, chance.randrange(10**15)], [150, 5]] for number in numbers if chance.random() < 0.7}
    return document(*dexs, modes=modes, spot=spot)


@given(st.integers(0, 10**9))
@settings(max_examples=examples(60))
def test_every_pool_is_the_one_by_the_book(seed: int) -> None:
    state = random_document(seed)
    found = read(state)
    ours, book = pools_of(found.accounts, found.markets, found.collateral), pools_by_the_book(state)
    assert ours.keys() == book.keys()
    for key, (cash, sizes) in book.items():
        assert (ours[key][0] is None) == (cash is None), key
        if cash is not None:
            assert float(ours[key][0] or 0) == pytest.approx(float(cash), rel=1e-15, abs=1e-9)
        assert {coin: float(size) for coin, size in ours[key][1].items()} == {
            coin: float(size) for coin, size in sizes.items()
        }


@pytest.fixture(scope="module")
def world() -> SmallSandbox:
    world = eventful_sandbox()
    crash(world, 0.05, 3)
    return world


def test_the_sandbox_reads_back_as_the_exchange_holds_it(world: SmallSandbox) -> None:
    state = read_state_snapshot(np.frombuffer(build_state(world.exchange), np.uint8), "sandbox")
    truth = to_accounts(world.exchange)
    ours = pools_of(state.accounts, state.markets, state.collateral)
    theirs = pools_of(truth, world.exchange.markets, (0,))
    assert ours.keys() == theirs.keys()
    for key, held in theirs.items():
        if key[1] == PoolMode.PORTFOLIO:
            assert ours[key] == (None, held[1])
        else:
            assert ours[key] == held, "sizes and cash to the bit"
    assert (state.height, state.time_ms) == (world.exchange.block, world.exchange.time_ms)
    assert state.remarks == ("raw USD of 1 pools is not in the state (1 portfolio accounts)",)
    rows = {table.tiers for table in state.tables.tables}
    assert rows <= {table.tiers for table in world.exchange.tables.tables}


def test_small_kernel_tables_read_the_same(world: SmallSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    content = np.frombuffer(build_state(world.exchange), np.uint8)
    whole = read_state_snapshot(content, "x").accounts
    monkeypatch.setattr("liqscape.wire.node.state_lists.ROWS_A_CALL", 4)
    assert_same(read_state_snapshot(content, "x").accounts, whole)


def assert_same(ours: Accounts, theirs: Accounts) -> None:
    assert ours.addresses == theirs.addresses
    for column in ("address_row", "raw_usd", "margin_source", "mode", "offsets", "market_index", "size", "table_row"):
        np.testing.assert_array_equal(getattr(ours, column), getattr(theirs, column))


def test_keys_of_unknown_names_change_nothing() -> None:
    state = two_users()
    state["exchange"]["locus"]["cls"][0]["user_states"]["user_to_state"][0][1]["new_key"] = {"x": [1, {}]}
    state["exchange"]["locus"]["new"] = [msgspec.msgpack.Ext(1, b"123")]
    assert_same(read(state).accounts, read(two_users()).accounts)
