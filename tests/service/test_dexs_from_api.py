"""Every dex of a server is read: pools over dexs, vaults and collateral are the engine's, gaps stay where they are."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator

import msgspec
import pytest
from dex_sandbox import (
    BTC,
    GOLD,
    HYNA_BTC,
    HYPE,
    HYPE_COINS,
    MARKETS,
    OIL,
    OVER_DEXS,
    PORTFOLIO,
    STANDARD,
    TWO_TOKENS,
    XYZ_VAULT_USD,
    dex_sandbox,
)
from info_server import InfoServer, serving
from small_sandbox import name

from liqscape.errors import NotFound, RemoteWireError, SettingsError
from liqscape.exchange.to_model import to_accounts
from liqscape.feed.limiter import WeightLimiter
from liqscape.model.accounts import Accounts
from liqscape.sandbox.answers import answer_info
from liqscape.service.cascade import CascadeQuestion, prepare_cascade
from liqscape.service.joint import NamedMoves
from liqscape.service.market_inputs import MarketInput, read_api
from liqscape.service.market_inputs.from_api import limiter_of
from liqscape.service.market_inputs.joint_of_input import answer_joint
from liqscape.units import PoolMode
from liqscape.wire.info.weights import WEIGHT_A_MINUTE

Pool = tuple[str, tuple[int, ...]]
UNREADABLE = b'{"marginSummary": {"totalNtlPos": "123.0"}}'


@pytest.fixture(scope="module")
def running() -> Iterator[InfoServer]:
    with serving(dex_sandbox()) as server:
        yield server


@pytest.fixture
def server(running: InfoServer) -> InfoServer:
    """The same for all, as it was."""
    running.replaced, running.by_dex, running.refused = {}, {}, set()
    running.asked.clear()
    return running


def read(
    server: InfoServer, coin: str = "BTC", users: list[str] | None = None, dexs: tuple[str, ...] | None = None
) -> MarketInput:
    return read_api(server.url, coin, users, dexs=dexs, first_wait_s=0.0)


def pools(accounts: Accounts) -> dict[Pool, tuple[float, int]]:
    """(raw USD, mode) of every pool with positions, by address and markets."""
    found = {}
    for pool in range(accounts.pool_count):
        markets = accounts.market_index[accounts.offsets[pool] : accounts.offsets[pool + 1]]
        if len(markets):
            key = (accounts.addresses[accounts.address_row[pool]], tuple(sorted(markets.tolist())))
            found[key] = (float(accounts.raw_usd[pool]), int(accounts.mode[pool]))
    return found


@pytest.mark.parametrize("has_batches", [True, False])
def test_pools_of_every_dex_are_the_engines_those_over_dexs_joined(server: InfoServer, has_batches: bool) -> None:
    if not has_batches:
        server.refused.add("batchClearinghouseStates")
    market = read(server)
    found, truth = pools(market.cascade.accounts), pools(to_accounts(server.world.exchange))
    assert found.keys() == truth.keys()
    for key, (raw_usd, mode) in truth.items():
        assert found[key] == (pytest.approx(raw_usd, rel=1e-6, abs=0.01), mode), key
    assert found[name(OVER_DEXS), (BTC, GOLD)][1] == PoolMode.UNIFIED
    assert found[name(PORTFOLIO), (BTC, GOLD)][1] == PoolMode.PORTFOLIO
    assert {(name(TWO_TOKENS), (BTC, GOLD)), (name(TWO_TOKENS), (HYNA_BTC,))} <= found.keys()
    assert {(name(STANDARD), (BTC,)), (name(STANDARD), (GOLD,)), (name(STANDARD), (OIL,))} <= found.keys()
    snapshot = market.cascade.snapshot
    assert snapshot.markets.coins == MARKETS.coins
    assert [row.dex for row in snapshot.markets.rows] == ["", "", "xyz", "xyz", "hyna"]
    assert snapshot.mark == pytest.approx([server.world.mark(row) for row in range(len(MARKETS))])
    assert market.provenance.note.endswith("dexs read: main, xyz, hyna")
    assert market.notes[0].endswith("richest first in main, xyz, hyna")


def test_capital_of_a_vault_is_what_its_own_account_shows_and_unknown_where_it_shows_none(server: InfoServer) -> None:
    market = read(server)
    assert market.dex_vaults == (("xyz", XYZ_VAULT_USD),)
    asked = CascadeQuestion(coin="xyz:GOLD", price=4_500.0, minutes=1.0, shock_minutes=1.0)
    assert prepare_cascade(market, asked).settings.dex_vault_equity == (("xyz", XYZ_VAULT_USD),)
    given = CascadeQuestion(coin="xyz:GOLD", price=4_500.0, minutes=1.0, shock_minutes=1.0, dex_vaults=(("xyz", 7.0),))
    assert prepare_cascade(market, given).settings.dex_vault_equity == (("xyz", 7.0),)


def test_a_state_that_cannot_be_read_leaves_its_own_pool_unknown_and_no_other(server: InfoServer) -> None:
    """Of a unified account that is the pool over dexs, of a standard one the pool of that dex, which is not seen."""
    control = pools(read(server).cascade.accounts)
    server.refused.add("batchClearinghouseStates")
    users = [name(number) for number in range(1, 8)]
    server.by_dex = {(name(OVER_DEXS), "xyz"): UNREADABLE, (name(STANDARD), "xyz"): UNREADABLE}
    market = read(server, "BTC", users)
    found = pools(market.cascade.accounts)
    assert math.isnan(found.pop((name(OVER_DEXS), (BTC,)))[0])
    lost = {(name(OVER_DEXS), (BTC, GOLD)), (name(STANDARD), (GOLD,)), (name(STANDARD), (OIL,))}
    assert found == {key: pool for key, pool in control.items() if key not in lost}
    of_main = answer_info({"type": "clearinghouseState", "user": name(OVER_DEXS)}, server.world.state)
    in_main = float(msgspec.json.decode(msgspec.json.encode(of_main))["marginSummary"]["totalNtlPos"])
    left_out = market.left_out
    assert (left_out.accounts, left_out.whole, left_out.unreported) == (2, 0, 0)
    assert left_out.notional == pytest.approx(in_main + 2 * 123.0)


def test_an_account_of_which_no_state_can_be_read_is_left_out_whole(server: InfoServer) -> None:
    server.refused.add("batchClearinghouseStates")
    server.by_dex = {(name(STANDARD), dex): UNREADABLE for dex in ("", "xyz", "hyna")}
    market = read(server, "BTC", [name(STANDARD), name(OVER_DEXS)])
    assert set(market.cascade.accounts.addresses) == {name(OVER_DEXS)}
    assert (market.left_out.accounts, market.left_out.whole) == (1, 1)
    assert market.left_out.notional == pytest.approx(3 * 123.0)
    with pytest.raises(RemoteWireError):
        read(server, "BTC", [name(STANDARD)])


def test_dexs_that_are_not_wanted_are_not_asked_for(server: InfoServer) -> None:
    market = read(server, dexs=("",))
    assert market.cascade.snapshot.markets.coins == ("BTC", "HYPE")
    assert server.asked["perpDexs"] == server.asked["clearinghouseState"] == 0
    assert server.asked["metaAndAssetCtxs"] == server.asked["batchClearinghouseStates"] == 1
    assert read(server, dexs=("", "xyz")).provenance.note.endswith("dexs read: main, xyz")
    with pytest.raises(SettingsError, match=r"--dexs: there is no dex abc at .*; it has main, xyz, hyna"):
        read(server, dexs=("", "abc"))
    with pytest.raises(NotFound, match=r"unknown coin 'xyz:GOLD' .*; dex xyz is not among those read: main"):
        read(server, "xyz:GOLD", dexs=("",))


def test_a_dex_that_cannot_be_read_is_named_and_left_out(server: InfoServer) -> None:
    content = answer_info({"type": "perpDexs"}, server.world.state)
    rows = msgspec.json.decode(msgspec.json.encode(content))
    server.replaced["perpDexs"] = msgspec.json.encode([*rows, {**rows[1], "name": "gone"}])
    market = read(server)
    assert market.provenance.note.endswith("dexs read: main, xyz, hyna")
    assert any(note.startswith("dex gone is left out, it cannot be read: ") for note in market.notes)
    with pytest.raises(RemoteWireError, match="dex gone cannot be read"):
        read(server, "gone:BTC")


def test_a_server_that_lists_no_dexs_has_the_first_one(server: InfoServer) -> None:
    server.refused.add("perpDexs")
    assert read(server).provenance.note.endswith("dexs read: main")


def test_collateral_of_portfolio_accounts_moves_with_its_mark(server: InfoServer) -> None:
    market = read(server)
    held = market.cascade.collateral
    assert held is not None
    accounts = market.cascade.accounts
    assert [accounts.addresses[row] for row in accounts.address_row[held.pool]] == [name(PORTFOLIO)]
    assert (held.market_index.tolist(), held.size.tolist()) == ([HYPE], [HYPE_COINS])
    assert held.loan_to_value == pytest.approx([0.65])
    assert "collateral of 1 portfolio-margin accounts moves with its mark" in market.notes
    answer = answer_joint(market, None, None, NamedMoves({"HYPE": -0.7}, None, "a shock"))
    assert [row.address for row in answer.accounts] == [name(PORTFOLIO)]


def test_a_server_elsewhere_is_asked_within_the_documented_weight() -> None:
    """One on this machine only once it refuses."""

    async def has_waited(limiter: WeightLimiter) -> bool:
        await limiter.take(WEIGHT_A_MINUTE)
        try:
            async with asyncio.timeout(0.0):
                await limiter.take(1)
        except TimeoutError:
            return True
        return False

    for url in ("http://127.0.0.1:3001", "http://localhost:3001", "http://[::1]:3001"):
        assert not asyncio.run(has_waited(limiter_of(url)))
    for url in ("https://api.example.org", "http://192.0.2.1:3001"):
        assert asyncio.run(has_waited(limiter_of(url)))
