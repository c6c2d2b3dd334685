"""The sandbox as a source: deterministic, restartable, and its events tell the whole (known) truth."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import InputError, ModelError, SettingsError
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.to_model import accounts_of, to_accounts, to_snapshot
from liqscape.ledger import Ledger
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS, Accounts
from liqscape.model.events import (
    AccountsObserved,
    BestPricesObserved,
    CashMoved,
    DepthObserved,
    Event,
    FillsObserved,
    FrameDue,
    FundingPaid,
    MarketDefined,
    MarksUpdated,
    MidsObserved,
)
from liqscape.risk.liquidation import LevelStatus, solve_liquidation
from liqscape.risk.margin import pool_margin
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.world import TraderKind, World, WorldSettings
from liqscape.service.pipeline import Pipeline
from liqscape.units import MarginSource, PoolMode

START = 1_780_012_800_000
MINUTE, HOUR = 60_000, 3_600_000


@pytest.fixture(scope="module")
def begun() -> bytes:
    """Checkpoint of a market at its start; restoring is quicker than the warm-up."""
    return SandboxMarket.new(WorldSettings(seed=3, accounts=240, coins=6, start_ms=START)).checkpoint()


@pytest.fixture
def market(begun: bytes) -> SandboxMarket:
    return SandboxMarket.restore(begun)


def digest(events: Iterable[Event]) -> str:
    """SHA-256 over every figure of the events."""
    total = hashlib.sha256()
    for event in events:
        total.update(f"{type(event).__name__} {event.time_ms} {event.received_ns}".encode())
        match event:
            case MarketDefined():
                total.update(repr((event.markets, event.tables.tables)).encode())
            case MarksUpdated():
                for column in (event.snapshot.mark, event.snapshot.oracle, event.snapshot.open_interest):
                    total.update(column.tobytes())
            case AccountsObserved():
                total.update(repr((event.accounts.addresses, event.is_complete)).encode())
                for field in fields(Accounts)[1:]:
                    total.update(getattr(event.accounts, field.name).tobytes())
            case FrameDue():
                total.update(bytes([event.is_stored]))
            case MidsObserved():
                total.update(event.mid.tobytes())
            case BestPricesObserved():
                for column in (event.bid, event.ask, event.bid_size, event.ask_size):
                    total.update(column.tobytes())
            case DepthObserved():
                total.update(event.bid_usd.tobytes() + event.ask_usd.tobytes())
    return total.hexdigest()


def steps(market: SandboxMarket, count: int) -> list[Event]:
    return [event for _ in range(count) for event in market.step()]


def everyone(market: SandboxMarket) -> Accounts:
    event = market.initial_events()[-2]
    assert isinstance(event, AccountsObserved)
    return event.accounts


def test_equal_settings_give_equal_events_to_the_bit(market: SandboxMarket, begun: bytes):
    twin = SandboxMarket.restore(begun)
    assert digest(market.initial_events()) == digest(twin.initial_events())
    assert digest(steps(market, 70)) == digest(steps(twin, 70))


def test_a_restored_market_goes_on_to_the_bit(market: SandboxMarket):
    steps(market, 25)
    market.between(market.time_ms + 6_000)
    steps(market, 2)
    saved = market.checkpoint()
    restored = SandboxMarket.restore(saved)
    assert digest(restored.initial_events()) == digest(market.initial_events())
    assert digest(steps(restored, 40)) == digest(steps(market, 40))
    assert restored.checkpoint() == market.checkpoint()
    assert restored.provenance == market.provenance


def observed(events: list[Event]) -> AccountsObserved:
    """The one observation among the events of a step."""
    (found,) = (event for event in events if isinstance(event, AccountsObserved))
    return found


def test_every_step_ends_with_books_then_marks_then_accounts_then_a_frame_of_one_time(market: SandboxMarket):
    for number in range(1, 6):
        *before, marks, accounts, frame = market.step()
        of_books = before[-3:]
        assert [type(event) for event in of_books] == [MidsObserved, BestPricesObserved, DepthObserved]
        assert {event.time_ms for event in of_books} == {market.time_ms}
        assert isinstance(marks, MarksUpdated)
        assert isinstance(accounts, AccountsObserved)
        assert isinstance(frame, FrameDue)
        assert marks.time_ms == marks.snapshot.time_ms == accounts.time_ms == frame.time_ms == market.time_ms
        assert market.time_ms == market.world.time_ms == START + number * MINUTE
        assert frame.is_stored
        assert not accounts.is_complete


def test_inside_a_step_live_blocks_run_and_frames_are_not_stored(market: SandboxMarket):
    blocks: list[BlockOutput] = []
    market.listeners.append(blocks.append)
    *moved, marks, accounts, frame = market.between(START + 3_000)
    mids = [event for event in moved if isinstance(event, MidsObserved)]
    assert [event.time_ms - START for event in mids] == [1_000, 2_000, 3_000]
    assert any(before.mid.tobytes() != after.mid.tobytes() for before, after in pairwise(mids))
    times = [event.time_ms for event in (*moved, marks)]
    assert times == sorted(times)
    assert times[0] > START
    assert marks.time_ms == accounts.time_ms == frame.time_ms == START + 3_000
    assert isinstance(frame, FrameDue)
    assert not frame.is_stored
    assert len(blocks) == 30
    assert market.between(START + 3_050) == []
    assert market.time_ms == START
    frame = market.step()[-1]
    assert (frame.time_ms, market.world.time_ms, len(blocks)) == (START + MINUTE, START + MINUTE, 600)
    market.step()
    assert len(blocks) == 601  # nobody looked inside: one coarse block


def test_times_outside_the_coming_step_are_refused(market: SandboxMarket):
    for outside in (START - 1, START, START + MINUTE):
        with pytest.raises(ModelError, match="not between"):
            market.between(outside)


def test_changed_accounts_alone_rebuild_the_full_state(market: SandboxMarket):
    """What the ledger holds after hours of partial updates is what the market says in full."""
    ledger, whole = Ledger(), Ledger()
    for event in [*market.initial_events(), *steps(market, 130), *market.between(market.time_ms + 9_000)]:
        ledger.apply(event)
    for event in market.initial_events():
        whole.apply(event)
    assert by_pool(ledger.accounts) == by_pool(whole.accounts)


def by_pool(accounts: Accounts) -> dict[tuple[str, int, int], tuple[object, ...]]:
    """Everything known of each pool, keyed by address, mode and first coin; marks are left out."""
    pools = {}
    for row in range(accounts.pool_count):
        one = slice(int(accounts.offsets[row]), int(accounts.offsets[row + 1]))
        mode, first = int(accounts.mode[row]), int(accounts.market_index[one].min())
        key = (accounts.addresses[accounts.address_row[row]], mode, first)
        values = [getattr(accounts, name)[row].item() for name in POOL_COLUMNS]
        names = [name for name in POSITION_COLUMNS if name != "observed_mark"]
        values += [repr(getattr(accounts, name)[one].tolist()) for name in names]
        assert key not in pools
        pools[key] = tuple(values)
    return pools


def test_all_accounts_observed_are_the_exchange_s_own_conversion(market: SandboxMarket):
    steps(market, 40)
    exchange = market.world.exchange
    ours = accounts_of(exchange, np.arange(len(exchange.addresses)), np.full(len(exchange.addresses), exchange.time_ms))
    theirs = to_accounts(exchange)
    for field in fields(Accounts):
        assert np.array_equal(getattr(ours, field.name), getattr(theirs, field.name), equal_nan=field.name in FLOATS)


FLOATS = ("raw_usd", "size", "entry_price", "leverage", "observed_mark", "published_price")


def test_accounts_are_valid_columns_in_every_step(market: SandboxMarket):
    coins, tables = market.world.exchange.markets, market.world.exchange.tables
    for accounts in [everyone(market)] + [observed(market.step()).accounts for _ in range(70)]:
        assert np.all(accounts.size != 0.0)
        assert np.all(np.diff(accounts.offsets) > 0)
        assert np.all(np.diff(accounts.address_row) >= 0)
        assert np.all((accounts.market_index >= 0) & (accounts.market_index < len(coins)))
        assert np.all((accounts.table_row >= 0) & (accounts.table_row < len(tables)))
        assert np.all(np.isfinite(accounts.raw_usd))
        assert np.all(accounts.margin_source == MarginSource.MODELLED)
        assert np.all(accounts.entry_price > 0.0)
        assert np.all(accounts.observed_mark > 0.0)
        assert np.all(np.diff(accounts.offsets)[accounts.mode == PoolMode.ISOLATED] == 1)
        assert len(set(accounts.addresses)) == len(accounts.addresses)


def named(event: Event) -> tuple[str, ...]:
    """Addresses an event tells."""
    match event:
        case AccountsObserved():
            return event.accounts.addresses
        case FillsObserved():
            return event.fills.addresses
        case FundingPaid():
            return event.payments.addresses
        case CashMoved():
            return event.movements.addresses
    return ()


def test_hidden_accounts_trade_but_are_never_told(market: SandboxMarket):
    population = market.world.population
    hidden = {population.addresses[row] for row in np.flatnonzero(population.is_hidden)}
    assert 0 < len(hidden) < 0.15 * len(population.addresses)
    reported = set(everyone(market).addresses)
    for _ in range(60):
        for event in market.step():
            reported |= set(named(event))
    assert not reported & hidden
    accounts = everyone(market)
    snapshot = to_snapshot(market.world.exchange)
    longs = np.bincount(accounts.market_index, np.maximum(accounts.size, 0.0), len(snapshot.mark))
    shorts = np.bincount(accounts.market_index, np.maximum(-accounts.size, 0.0), len(snapshot.mark))
    assert np.all(longs <= snapshot.open_interest * (1 + 1e-9))
    assert np.all(shorts <= snapshot.open_interest * (1 + 1e-9))
    assert (longs + shorts).sum() < 2.0 * snapshot.open_interest.sum()


def test_only_a_part_is_sent_in_an_ordinary_minute_and_all_holders_at_the_hour(market: SandboxMarket):
    known = len(everyone(market).addresses)
    sent = [len(observed(market.step()).accounts.addresses) for _ in range(60)]
    assert np.median(sent) < 0.2 * known
    assert sent[59] > 0.4 * known  # START is a full hour, so step 60 pays funding


def test_the_map_finds_levels_and_hardly_anybody_past_his(market: SandboxMarket):
    """The exchange has just checked everybody: who is still below maintenance waits for more of the book."""
    steps(market, 30)
    accounts, exchange = everyone(market), market.world.exchange
    margin = pool_margin(accounts, to_snapshot(exchange), exchange.tables)
    is_user = ~accounts.is_exempt
    assert np.mean(margin.is_liquidatable[is_user]) < 0.02
    levels = solve_liquidation(accounts, to_snapshot(exchange), exchange.tables)
    assert np.mean(levels.status == LevelStatus.OK) > 0.5


def test_liquidators_are_exempt_and_others_are_not():
    world = World.new(WorldSettings(seed=5, accounts=60, coins=3))
    reported = accounts_of(world.exchange, np.arange(60), np.zeros(60, np.int64))
    kinds = world.population.kind[reported.address_row]
    assert np.array_equal(reported.is_exempt, kinds == TraderKind.HLP_LIQUIDATOR)


def test_it_runs_through_the_one_pipeline_with_coverage_below_one(market: SandboxMarket):
    pipeline = Pipeline(market.provenance)
    moments = [pipeline.feed(event) for event in [*market.initial_events(), *steps(market, 3)]]
    cut = [moment.frame for moment in moments if moment is not None]
    assert len(cut) == 4
    coverage = cut[-1].coverage[cut[-1].snapshot.open_interest > 0.0]
    assert np.all((coverage > 0.3) & (coverage <= 1.0 + 1e-9))
    assert np.mean(coverage) < 1.0
    assert cut[-1].provenance.is_simulated


def test_provenance_says_that_nothing_is_real(market: SandboxMarket):
    provenance = market.provenance
    assert (provenance.kind, provenance.name, provenance.is_simulated) == ("sandbox", "seed 3", True)
    assert "real" in provenance.note


@pytest.mark.parametrize("step_ms", [0, -60_000, 250])
def test_a_step_must_be_whole_blocks(begun: bytes, step_ms: int):
    world = SandboxMarket.restore(begun).world
    with pytest.raises(SettingsError, match="multiple of 100 ms"):
        SandboxMarket(world, step_ms)


@given(data=st.binary(max_size=300))
def test_any_bytes_but_a_checkpoint_are_refused(data: bytes):
    with pytest.raises(InputError):
        SandboxMarket.restore(data)


def test_a_damaged_checkpoint_is_refused(begun: bytes):
    middle = len(begun) // 2
    for data in (begun[:-1], begun[:middle] + bytes([begun[middle] ^ 1]) + begun[middle + 1 :]):
        with pytest.raises(InputError, match="sandbox"):
            SandboxMarket.restore(data)
