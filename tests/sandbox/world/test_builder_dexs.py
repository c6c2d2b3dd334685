"""Dexs of builders in the world: their traders, margin modes, money, prices, and a market that is delisted."""

from __future__ import annotations

import json

import numpy as np
import pytest

from liqscape.exchange.columns import AccountColumn, EventColumn, EventKind, FillColumn, MarketColumn, Role
from liqscape.exchange.to_model import to_accounts, to_snapshot
from liqscape.sandbox.answers import answer_info
from liqscape.sandbox.facts import CoinFacts
from liqscape.sandbox.facts.tokens import USDC, USDE
from liqscape.sandbox.runner import state_of
from liqscape.sandbox.world import World
from liqscape.sandbox.world.builder_coins import BUILDER_COINS, DELISTED_AT_MS, fee_permille, vault_address
from liqscape.units import HOUR_MS, MINUTE_MS, PoolMode
from liqscape.wire.info.meta import convert_metas


@pytest.fixture(scope="module")
def lived(begun_world: bytes) -> World:
    """Three hours in blocks of five minutes."""
    world = World.restore(begun_world)
    for _ in world.preroll(world.time_ms + 3 * HOUR_MS, 5 * MINUTE_MS):
        pass
    return world


def test_dexs_have_their_own_collateral_and_a_vault_with_capital(lived: World) -> None:
    exchange = lived.exchange
    assert exchange.dexs == ("", "xyz", "hyna")
    assert {row.dex: row.collateral_token for row in exchange.markets.rows} == {"": USDC, "xyz": USDC, "hyna": USDE}
    value, _ = exchange.pool_margin()
    for dex in (1, 2):
        vault = exchange.account_row(vault_address(dex))
        assert vault is not None
        assert vault_address(dex) == f"0x4{dex:039x}"
        assert exchange.state.account[vault, [AccountColumn.ROLE, AccountColumn.DEX]].tolist() == [Role.LIQUIDATOR, dex]
        assert value[exchange.cross_pool(vault, dex)] > 0


def test_standard_and_unified_accounts_hold_cross_and_isolated_positions_of_every_dex(lived: World) -> None:
    accounts, rows = to_accounts(lived.exchange), lived.exchange.markets.rows
    pool = accounts.pool_of_position()
    held = {
        (rows[market].dex, PoolMode(int(mode)))
        for market, mode in zip(accounts.market_index, accounts.mode[pool], strict=True)
    }
    assert held >= {(dex, PoolMode.ISOLATED) for dex in ("", "xyz", "hyna")}
    assert held >= {(dex, PoolMode.CROSS) for dex in ("", "xyz", "hyna")}
    shared = [
        {rows[market].dex for market in accounts.market_index[pool == at]}
        for at in np.flatnonzero(accounts.mode == PoolMode.UNIFIED)
    ]
    assert {"", "xyz"} in shared, "one pool of USDC backs both dexs"
    assert not any("hyna" in dexs and len(dexs) > 1 for dexs in shared), "another collateral is another pool"


def test_no_cross_position_stands_in_a_market_that_isolates(lived: World) -> None:
    accounts, rows = to_accounts(lived.exchange), lived.exchange.markets.rows
    mode = accounts.mode[accounts.pool_of_position()]
    isolating = [rows[market].is_isolated_only for market in accounts.market_index]
    assert any(isolating)
    assert np.all(mode[isolating] == PoolMode.ISOLATED)


def test_prices_that_follow_stay_with_the_first_dex_and_others_walk(lived: World) -> None:
    mark = dict(zip(lived.exchange.markets.coins, to_snapshot(lived.exchange).mark.tolist(), strict=True))
    assert mark["hyna:BTC"] == pytest.approx(mark["BTC"], rel=0.05)
    assert mark["xyz:GOLD"] != BUILDER_COINS[0].price
    assert mark["xyz:GOLD"] == pytest.approx(BUILDER_COINS[0].price, rel=0.2)


def test_a_market_is_delisted_while_the_world_lives_without_a_print(lived: World) -> None:
    world = World.restore(lived.checkpoint())
    market = world.exchange.markets.coins.index("xyz:CL")
    due_ms = world.settings.start_ms + DELISTED_AT_MS
    for _ in world.preroll(due_ms - 1, 5 * MINUTE_MS):
        pass
    state = world.exchange.state
    mark = int(state.market[market, MarketColumn.MARK])
    assert state.market[market, MarketColumn.OPEN_LOTS] > 0, "somebody holds it to the end"
    assert not world.exchange.markets.rows[market].is_delisted
    output = world.block(5 * MINUTE_MS)
    assert world.exchange.markets.rows[market].is_delisted
    settled = output.events[output.events[:, EventColumn.KIND] == EventKind.SETTLEMENT]
    assert len(settled)
    assert np.all(settled[:, EventColumn.B] == mark)
    assert not np.any(output.fills[:, FillColumn.MARKET] == market), "no public print tells of it"
    assert world.exchange.state.market[market, MarketColumn.OPEN_LOTS] == 0
    for after in world.preroll(world.time_ms + 10 * MINUTE_MS):
        assert not np.any(after.fills[:, FillColumn.MARKET] == market)
    assert World.restore(world.checkpoint()).digest() == world.digest()


@pytest.mark.parametrize(
    ("scale", "is_in_growth", "permille"),
    [
        (None, False, 1_000),
        (0.5, False, 1_500),
        (1.0, False, 2_000),
        (3.0, False, 6_000),
        (0.5, True, 150),
        (1.0, True, 200),
    ],
)
def test_fees_of_a_dex_follow_the_deployers_scale(scale: float | None, is_in_growth: bool, permille: int) -> None:
    assert fee_permille(CoinFacts(is_in_growth=is_in_growth, fee_scale=scale)) == permille


def test_metas_tell_every_margin_mode_and_one_reader_understands_them(lived: World) -> None:
    state = state_of(lived)
    metas = convert_metas(json.loads(json.dumps(answer_info({"type": "allPerpMetas"}, state))), "sandbox")
    reported = {asset.name: asset for meta in metas for asset in meta.universe}
    assert {reported[coin.name].marginMode for coin in BUILDER_COINS} == {None, "normal", "noCross", "strictIsolated"}
    assert (reported["xyz:H100"].marginMode, reported["xyz:H100"].onlyIsolated, reported["xyz:H100"].isDelisted) == (
        None,
        True,
        True,
    )
    isolating = {row.coin for row in lived.exchange.markets.rows if row.is_isolated_only}
    assert {name for name, asset in reported.items() if asset.is_isolated_only} == isolating
    assert [meta.collateralToken for meta in metas] == [USDC, USDC, USDE]
