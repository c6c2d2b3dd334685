"""Snapshots found in a node's folder, read once each, and laid onto the markets in force."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
from node_states import as_bytes, clearinghouse, document, name, position, user
from small_sandbox import SmallSandbox, eventful_sandbox

from liqscape.errors import InputError, RemoteWireError
from liqscape.exchange.to_model import to_accounts
from liqscape.feed.records import Record, RecordKind
from liqscape.ledger import Ledger
from liqscape.model.events import MarketDefined
from liqscape.sandbox.files import NodeFiles
from liqscape.sources.node.state_events import map_state
from liqscape.sources.node.states import StateWatch, find_block_time, newest_state, read_state
from liqscape.states.node.state_columns import unpack_state
from liqscape.states.node.state_snapshot import StateSnapshot, read_state_snapshot
from liqscape.units import MarginSource


def first_table(_: object) -> int:
    """Every table in the first row."""
    return 0


@pytest.fixture(scope="module")
def world() -> SmallSandbox:
    return eventful_sandbox()


@pytest.fixture
def folder(world: SmallSandbox, tmp_path: Path) -> Path:
    """Files of the last block, state included."""
    files = NodeFiles(tmp_path, state_every=1)
    files.observe(world.exchange, world.outputs[-1])
    files.close()
    return tmp_path


def test_the_sandbox_writes_a_state_where_a_node_does(folder: Path, world: SmallSandbox) -> None:
    found = newest_state(folder)
    assert found is not None
    assert found[0] == world.exchange.block
    assert found[1].relative_to(folder).as_posix() == f"periodic_abci_states/20260202/{world.exchange.block}.rmp"
    assert read_state(found[1]).time_ms == world.exchange.time_ms
    assert not list(folder.rglob("*.part"))


def test_a_state_is_written_every_so_many_blocks_only(world: SmallSandbox, tmp_path: Path) -> None:
    for every in (world.exchange.block + 1, None):
        files = NodeFiles(tmp_path, state_every=every)
        files.observe(world.exchange, world.outputs[-1])
        files.close()
    assert newest_state(tmp_path) is None


def test_a_new_state_is_handed_over_once(folder: Path, world: SmallSandbox) -> None:
    watch = StateWatch(folder)
    record = watch.read(77)
    assert record is not None
    assert (record.kind, record.received_ns) == (RecordKind.NODE_STATE, 77)
    assert record.subject == f"periodic_abci_states/20260202/{world.exchange.block}.rmp"
    state = unpack_state(record.content, record.subject)
    assert state.height == world.exchange.block == watch.height
    assert watch.read(78) is None
    assert StateWatch(folder, height=watch.height).read(79) is None


def test_a_damaged_state_is_said_once_and_read_when_it_is_whole(folder: Path) -> None:
    found = newest_state(folder)
    assert found is not None
    whole = found[1].read_bytes()
    found[1].write_bytes(whole[:-7])
    watch = StateWatch(folder)
    assert watch.read(1) is None
    assert watch.read(2) is None
    assert len(watch.remarks) == 1
    assert "is cut" in watch.remarks[0]
    found[1].write_bytes(whole)
    assert watch.read(3) is not None


@pytest.mark.parametrize("content", [b"", b"no state"])
def test_a_file_that_is_no_state_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "periodic_abci_states" / "20260202" / "10000.rmp"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    watch = StateWatch(tmp_path)
    assert watch.read(1) is None
    assert "10000.rmp" in watch.remarks[0]


def test_a_state_without_its_time_finds_it_among_the_blocks(tmp_path: Path) -> None:
    bare = document(clearinghouse([user(1, 1, [0, position(5)]), user(2, 1, [0, position(-5)])]))
    del bare["exchange"]["context"]
    path = tmp_path / "periodic_abci_states" / "20260202" / "20000.rmp"
    path.parent.mkdir(parents=True)
    path.write_bytes(as_bytes(bare).tobytes())
    watch = StateWatch(tmp_path)
    assert watch.read(1) is None
    assert "say when block 20000 was" in watch.remarks[0]
    around_ms = path.stat().st_mtime_ns // 1_000_000
    from liqscape.wire.archive.paths import hourly_path

    lines = tmp_path / hourly_path("misc_events_by_block", around_ms)
    lines.parent.mkdir(parents=True)
    blocks = [
        {"local_time": "x", "block_time": f"2026-02-02T02:00:0{row}.5", "block_number": number, "events": []}
        for row, number in enumerate((200_001, 19_999, 20_000, 20_001))
    ]
    lines.write_text("".join(json.dumps(block, separators=(",", ":")) + "\n" for block in blocks))
    assert find_block_time(tmp_path, 20_000, around_ms) == 1_769_997_602_500
    with pytest.raises(RemoteWireError):
        find_block_time(tmp_path, 2_000, around_ms)
    record = StateWatch(tmp_path).read(1)
    assert record is not None
    assert unpack_state(record.content, "x").time_ms == 1_769_997_602_500


def test_the_runner_hands_over_and_stops(folder: Path) -> None:
    async def first() -> Record:
        stop, found = asyncio.Event(), []

        def take(record: Record) -> None:
            found.append(record)
            stop.set()

        async with asyncio.timeout(60):
            await StateWatch(folder).run(stop, take, interval_seconds=0.01, wall_ns=lambda: 5)
        (record,) = found
        return record

    assert asyncio.run(first()).received_ns == 5


def state_of(world: SmallSandbox) -> StateSnapshot:
    from liqscape.sandbox.files.state_snapshot import build_state

    return read_state_snapshot(np.frombuffer(build_state(world.exchange), np.uint8), "x")


def test_a_state_is_what_the_ledger_then_holds(world: SmallSandbox) -> None:
    state, markets, tables = state_of(world), world.exchange.markets, world.exchange.tables
    by_tiers = {table.tiers: row for row, table in enumerate(tables.tables)}
    market_of = {coin: row for row, coin in enumerate(markets.coins)}
    event = map_state(state, market_of, lambda table: by_tiers[table.tiers], 9, exempt=[name(2), name(3)])
    assert (event.is_complete, event.time_ms, event.received_ns) == (True, world.exchange.time_ms, 9)
    assert event.address_ms is not None
    assert set(event.address_ms.tolist()) == {world.exchange.time_ms}
    ledger = Ledger()
    ledger.apply(MarketDefined(0, 0, markets, tables))
    ledger.apply(event)
    truth = to_accounts(world.exchange)
    assert ledger.accounts.pool_count == truth.pool_count
    longs = {
        (ledger.accounts.addresses[ledger.accounts.address_row[pool]], market): size
        for pool, market, size in zip(
            ledger.accounts.pool_of_position().tolist(),
            ledger.accounts.market_index.tolist(),
            ledger.accounts.size.tolist(),
            strict=True,
        )
    }
    for pool, market, size in zip(
        truth.pool_of_position().tolist(), truth.market_index.tolist(), truth.size.tolist(), strict=True
    ):
        assert longs[truth.addresses[truth.address_row[pool]], market] == size
    exempt = {ledger.accounts.addresses[row] for row in ledger.accounts.address_row[ledger.accounts.is_exempt].tolist()}
    assert exempt == {name(3)}


def test_markets_in_another_order_are_found_by_coin_and_a_pool_that_lacks_a_leg_is_unknown(
    world: SmallSandbox,
) -> None:
    state = state_of(world)
    market_of = {"HYPE": 0, "kPEPE": 1, "BTC": 2, "LONELY": 3}
    event = map_state(state, market_of, first_table, 0)
    accounts = event.accounts
    assert set(accounts.market_index.tolist()) <= {0, 2, 3}
    assert set(accounts.table_row.tolist()) == {0}
    by_pool = {
        (accounts.addresses[accounts.address_row[row]], int(accounts.mode[row])): int(accounts.margin_source[row])
        for row in range(accounts.pool_count)
    }
    assert by_pool[name(3), 0] == MarginSource.UNKNOWN, "it held ETH too"
    assert by_pool[name(7), 0] == MarginSource.STATE
    assert name(4) in accounts.addresses
    assert (name(4), 0) not in by_pool, "it held ETH only"


def test_a_state_of_unknown_time_is_no_event() -> None:
    bare = document(clearinghouse([user(1, 1, [0, position(5)]), user(2, 1, [0, position(-5)])]))
    del bare["exchange"]["context"]
    state = read_state_snapshot(as_bytes(bare), "x", 10_000)
    with pytest.raises(InputError, match="block 10000 does not say when"):
        map_state(state, {"BTC": 0}, first_table, 0)
