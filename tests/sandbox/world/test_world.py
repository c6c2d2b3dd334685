"""The world is deterministic, goes on from a checkpoint, keeps its books, and lives on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import InputError, ModelError, SettingsError
from liqscape.exchange.columns import (
    ClockColumn,
    EventKind,
    FillColumn,
    FlowColumn,
    MarketColumn,
    Method,
    OrderColumn,
    PoolColumn,
    PositionColumn,
)
from liqscape.exchange.columns import EventColumn as ExchangeEvent
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.to_model import to_accounts, to_snapshot
from liqscape.sandbox.world import TraderKind, World, WorldSettings
from liqscape.sandbox.world.coins import CoinSet
from liqscape.sandbox.world.population import Population
from liqscape.units import PoolMode

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
SMALL = WorldSettings(seed=11, accounts=40, coins=3)


def reported(blocks: Iterable[BlockOutput]) -> str:
    """SHA-256 of everything blocks report."""
    total = hashlib.sha256()
    for output in blocks:
        total.update(f"{output.time_ms} {output.block} {output.is_mark_update}".encode())
        for table in (output.answers, output.fills, output.events):
            total.update(table.tobytes())
    return total.hexdigest()


def assert_books_balance(world: World) -> None:
    state, clock = world.exchange.state, world.exchange.state.clock
    pools = state.pool[: int(clock[ClockColumn.POOL_COUNT])]
    assert int(pools[:, PoolColumn.CASH].sum()) == int(
        state.flow[FlowColumn.DEPOSITED] - state.flow[FlowColumn.FEES] - state.flow[FlowColumn.FUNDING_ROUNDING]
    )
    count = pools[:, PoolColumn.COUNT]
    row = np.repeat(pools[:, PoolColumn.START] - np.cumsum(count) + count, count) + np.arange(count.sum())
    held = state.position[row]
    sums, longs = np.zeros((2, len(world.exchange.markets)), np.int64)
    np.add.at(sums, held[:, PositionColumn.MARKET], held[:, PositionColumn.LOTS])
    np.add.at(longs, held[:, PositionColumn.MARKET], np.maximum(held[:, PositionColumn.LOTS], 0))
    assert not sums.any()
    assert np.array_equal(longs, state.market[:, MarketColumn.OPEN_LOTS])
    assert np.all(held[:, PositionColumn.LOTS] != 0)


def test_equal_settings_give_equal_worlds_to_the_bit():
    first, second = World.new(SMALL), World.new(SMALL)
    assert first.digest() == second.digest()
    until_ms = SMALL.start_ms + 30 * MINUTE_MS
    assert reported(first.preroll(until_ms)) == reported(second.preroll(until_ms))
    assert reported(first.advance(until_ms + 5_000)) == reported(second.advance(until_ms + 5_000))
    assert first.digest() == second.digest()


def test_another_seed_gives_another_world(world: World):
    other = World.new(WorldSettings(seed=4, accounts=120, coins=5, start_ms=world.settings.start_ms))
    assert other.digest() != world.digest()
    assert not set(other.population.addresses) & set(world.population.addresses)


def test_a_restored_world_goes_on_to_the_bit(world: World):
    until_ms = world.time_ms + 65 * MINUTE_MS
    reported(world.preroll(world.time_ms + 40 * MINUTE_MS))
    reported(world.advance(world.time_ms + 1_700))
    saved = world.checkpoint()
    restored = World.restore(saved)
    assert restored.checkpoint() == saved
    assert reported(restored.preroll(until_ms)) == reported(world.preroll(until_ms))
    assert reported(restored.advance(until_ms)) == reported(world.advance(until_ms))
    assert restored.digest() == world.digest()


def test_books_balance_to_the_unit_after_every_block(world: World):
    for _ in world.preroll(world.time_ms + 90 * MINUTE_MS):
        assert_books_balance(world)
    for _ in world.advance(world.time_ms + 4_000):
        assert_books_balance(world)


def test_live_blocks_come_at_their_time_and_never_past_the_end(world: World):
    start_ms = world.time_ms
    times = [output.time_ms for output in world.advance(start_ms + 1_250)]
    assert times == [start_ms + 100 * block for block in range(1, 13)]
    coarse = [output.time_ms for output in world.preroll(world.time_ms + 150_000)]
    assert coarse == [times[-1] + MINUTE_MS, times[-1] + 2 * MINUTE_MS]
    with pytest.raises(ModelError, match="0 ms"):
        world.block(0)


def test_live_marks_move_every_three_seconds_and_books_stand_on_both_sides(world: World):
    outputs = list(world.advance(world.time_ms + 9_000))
    assert sum(output.is_mark_update for output in outputs) == 3
    marks = world.exchange.state.market[:, MarketColumn.MARK]
    for market in range(world.settings.coins):
        bid, ask = world.exchange.best(market)
        assert 0 < bid < ask
        assert 0.99 * marks[market] < bid < ask < 1.01 * marks[market]


def test_marks_follow_the_outside_price(lived_world: World):
    mark = to_snapshot(lived_world.exchange).mark[: lived_world.settings.coins]
    assert np.abs(np.log(mark / lived_world.outside_price)).max() < 0.01


def test_a_third_of_a_day_brings_liquidations_of_every_kind_and_the_population_lives_on(lived_world: World):
    world = World.restore(lived_world.checkpoint())
    until_ms = world.time_ms + 8 * HOUR_MS
    kinds: list[int] = []
    methods: list[int] = []
    held = []
    liquidated: set[int] = set()
    traded_after: set[int] = set()
    for output in world.preroll(until_ms):
        kinds += output.events[:, ExchangeEvent.KIND].tolist()
        methods += output.fills[:, FillColumn.METHOD].tolist()
        free = output.fills[:, FillColumn.METHOD] == Method.TRADE
        traded_after |= liquidated & set(output.fills[free][:, [FillColumn.BUYER, FillColumn.SELLER]].ravel().tolist())
        started = output.events[:, ExchangeEvent.KIND] == EventKind.LIQUIDATION_STARTED
        liquidated |= set(output.events[started, ExchangeEvent.ACCOUNT].tolist())
        state = world.exchange.state
        held.append(int(state.pool[: state.clock[ClockColumn.POOL_COUNT], PoolColumn.COUNT].sum()))
    assert kinds.count(EventKind.LIQUIDATION_STARTED) > 100
    assert kinds.count(EventKind.TAKEOVER) >= 1
    assert kinds.count(EventKind.FUNDING) > 1_000
    assert methods.count(Method.TRADE) > 2_000
    assert len(traded_after) > 0.25 * len(liquidated)  # they came back with new money
    assert min(held) > 0.6 * held[0]
    assert np.isfinite(world.outside_price).all()
    assert np.abs(np.log(world.outside_price / world.coins.column("price"))).max() < 1.5
    assert_books_balance(world)


def test_a_stale_resting_order_is_taken_by_the_makers(world: World):
    """Quotes may take, so no trader's order stands far on the wrong side of the outside price."""
    reported(world.preroll(world.time_ms + 30 * MINUTE_MS))
    state = world.exchange.state
    orders = state.order[: state.clock[ClockColumn.ORDER_END]]
    orders = orders[orders[:, OrderColumn.ID] != 0]
    price = orders[:, OrderColumn.PRICE] / state.market[orders[:, OrderColumn.MARKET], MarketColumn.MARK]
    assert np.all(price * orders[:, OrderColumn.SIDE] < orders[:, OrderColumn.SIDE] + 0.01)


def test_there_are_all_kinds_modes_and_vaults(lived_world: World):
    kinds = {lived_world.kind_of(row) for row in range(len(lived_world.exchange.addresses))}
    assert kinds == set(TraderKind)
    accounts = to_accounts(lived_world.exchange)
    assert {PoolMode.CROSS, PoolMode.ISOLATED, PoolMode.UNIFIED} <= set(accounts.mode.tolist())
    parent, *rest = lived_world.vaults
    assert len(parent.children) == 5
    assert set(parent.children) <= {vault.address for vault in rest}
    assert sum(parent.followers.values()) > 1e12
    known = set(lived_world.population.addresses)
    assert all({vault.address, vault.leader, *vault.followers} <= known for vault in lived_world.vaults)
    shown = [lived_world.display_name(row) for row in range(lived_world.settings.accounts)]
    assert "Hyperliquidity Provider (HLP)" in shown
    assert shown.count(None) > 0.9 * len(shown)


def test_hedgers_hold_both_sides(lived_world: World):
    accounts = to_accounts(lived_world.exchange)
    owner = accounts.address_row[accounts.pool_of_position()]
    is_hedger = lived_world.population.kind[owner] == TraderKind.HEDGER
    longs = np.unique(owner[is_hedger & (accounts.size > 0)])
    shorts = np.unique(owner[is_hedger & (accounts.size < 0)])
    assert len(np.intersect1d(longs, shorts)) > 10


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"seed": -1}, "seed is -1"),
        ({"accounts": 9}, "accounts is 9"),
        ({"coins": 0}, "coins is 0"),
        ({"coins": 45}, "coins is 45"),
        ({"block_ms": 0}, "block_ms is 0"),
        ({"start_ms": 0}, "start_ms is 0"),
        ({"unified_percent": 101}, "unified_percent is 101"),
    ],
)
def test_bad_settings_are_named(arguments: dict[str, int], named: str):
    with pytest.raises(SettingsError, match=named):
        WorldSettings(**arguments)


@pytest.mark.parametrize("percent", [0, 30, 95, 100])
def test_the_share_of_unified_accounts_is_a_setting(percent: int):
    population = Population.build(WorldSettings(seed=2, accounts=3_000, unified_percent=percent), CoinSet(44))
    is_trader = (population.kind >= TraderKind.TREND_FOLLOWER) & (population.kind <= TraderKind.VAULT)
    share = np.mean(population.mode[is_trader] == PoolMode.UNIFIED)
    assert share == pytest.approx(percent / 100.0, abs=0.03)
    assert not np.any(population.mode[~is_trader] == PoolMode.UNIFIED)


def test_money_has_a_heavy_tail_and_baskets_take_one_side_in_equal_parts():
    population = Population.build(WorldSettings(seed=2, accounts=20_000), CoinSet(44))
    gamblers = population.of_kind(TraderKind.GAMBLER)
    money = np.sort(population.capital[gamblers])
    assert money[-len(money) // 100 :].sum() > 0.5 * money.sum()
    assert 10.0 < np.median(money) < 40.0
    cross_counts = np.bincount(population.slot_account[~population.slot_isolated], minlength=20_000)
    baskets = gamblers[cross_counts[gamblers] > 10].tolist()
    assert len(baskets) > 10
    for row in baskets:
        slots = slice(*population.first_slot[row : row + 2].tolist())
        cross = ~population.slot_isolated[slots]
        assert len(set(population.slot_side[slots][cross].tolist())) == 1
        assert np.allclose(population.slot_weight[slots][cross], 1.0 / cross.sum())


def test_the_smallest_world_runs():
    world = World.new(WorldSettings(seed=1, accounts=10, coins=1))
    reported(world.preroll(world.time_ms + 10 * MINUTE_MS))
    assert_books_balance(world)


def test_a_damaged_checkpoint_is_refused(begun_world: bytes):
    middle = len(begun_world) // 2
    bent = begun_world[:middle] + bytes([begun_world[middle] ^ 1]) + begun_world[middle + 1 :]
    for data in (b"", b"LQW1", begun_world[:-1], begun_world + b"x", bent, begun_world[4:]):
        with pytest.raises(InputError, match="checkpoint"):
            World.restore(data)


@given(body=st.binary(max_size=300))
def test_a_right_digest_over_wrong_content_is_refused(body: bytes):
    with pytest.raises(InputError, match="checkpoint"):
        World.restore(b"LQW1" + hashlib.sha256(body).digest() + body)
