"""Node files written by the sandbox, read back by the same records as a real node's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_sandbox import SmallSandbox, crash, eventful_sandbox, name

from liqscape.exchange.columns import EventColumn, EventKind, FillColumn
from liqscape.sandbox.answers import answer_info
from liqscape.sandbox.files import NodeFiles
from liqscape.wire.node.block_time import parse_block_time
from liqscape.wire.node.fills import FillBlock, parse_fill_block, parse_fill_line
from liqscape.wire.node.misc_events import MiscEventBlock, parse_misc_event_block, parse_misc_event_line


@pytest.fixture(scope="module")
def world() -> SmallSandbox:
    world = eventful_sandbox()
    crash(world, 0.15)
    return world


@pytest.fixture(scope="module")
def folder(world: SmallSandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("node")
    by_block, plain = NodeFiles(folder), NodeFiles(folder, is_by_block=False)
    for output in world.outputs:
        by_block.observe(world.exchange, output)
        plain.observe(world.exchange, output)
    by_block.close()
    plain.close()
    return folder


def lines(folder: Path, table: str) -> list[bytes]:
    files = sorted((folder / table / "hourly").glob("*/*"), key=lambda path: (path.parent.name, int(path.name)))
    return [line for path in files for line in path.read_bytes().splitlines()]


@pytest.fixture(scope="module")
def fills(folder: Path) -> list[FillBlock]:
    return [parse_fill_block(line, "node") for line in lines(folder, "node_fills_by_block")]


@pytest.fixture(scope="module")
def misc(folder: Path) -> list[MiscEventBlock]:
    return [parse_misc_event_block(line, "node") for line in lines(folder, "misc_events_by_block")]


def test_files_change_with_the_hour_and_stand_under_their_day(folder: Path) -> None:
    for table in ("node_fills_by_block", "misc_events_by_block"):
        paths = sorted(str(path.relative_to(folder / table)) for path in (folder / table).rglob("*") if path.is_file())
        assert paths == ["hourly/20260202/2", "hourly/20260202/3"]


def test_every_block_is_a_line_in_the_file_of_its_hour(
    folder: Path, world: SmallSandbox, fills: list[FillBlock]
) -> None:
    assert [block.block_number for block in fills] == [output.block for output in world.outputs]
    assert [parse_block_time(block.block_time, "x") for block in fills] == [output.time_ms for output in world.outputs]
    for path in (folder / "node_fills_by_block" / "hourly" / "20260202").iterdir():
        for line in path.read_bytes().splitlines():
            block = parse_fill_block(line, "node")
            assert int(block.block_time[11:13]) == int(path.name)
            assert block.local_time > block.block_time


def test_both_sides_of_every_fill_are_there_buyer_first(world: SmallSandbox, fills: list[FillBlock]) -> None:
    for output, block in zip(world.outputs, fills, strict=True):
        assert len(block.events) == 2 * len(output.fills)
        for row, (_, first), (_, second) in zip(output.fills, block.events[::2], block.events[1::2], strict=True):
            assert (first.tid, second.tid) == (int(row[FillColumn.TRADE_ID]),) * 2
            assert (first.side, second.side) == ("B", "A")


def test_the_fills_of_an_account_are_those_the_api_tells(world: SmallSandbox, fills: list[FillBlock]) -> None:
    for number in range(1, 9):
        own = [fill.tid for block in fills for user, fill in block.events if user == name(number)]
        answer = answer_info({"type": "userFillsByTime", "user": name(number), "startTime": 0}, world.state)
        assert own == [row["tid"] for row in answer]  # type: ignore[attr-defined]


def test_the_plain_tables_hold_the_same_without_blocks(
    folder: Path, fills: list[FillBlock], misc: list[MiscEventBlock]
) -> None:
    plain = [parse_fill_line(line, "node") for line in lines(folder, "node_fills")]
    assert plain == [event for block in fills for event in block.events]
    events = [parse_misc_event_line(line, "node") for line in lines(folder, "misc_events")]
    assert events == [event for block in misc for event in block.events]
    assert events


def test_funding_names_every_position_once_an_hour(world: SmallSandbox, misc: list[MiscEventBlock]) -> None:
    (funding,) = [event.inner.Funding for block in misc for event in block.events if event.inner.Funding]
    paid = [row for output in world.outputs for row in output.events if row[EventColumn.KIND] == EventKind.FUNDING]
    assert len(funding.deltas) == len(paid)
    net = sum(delta.szi for delta in funding.deltas if delta.coin == "BTC")
    assert net == pytest.approx(0.0, abs=1e-9)
    for delta in funding.deltas:
        assert (delta.funding_amount < 0) == ((delta.szi > 0) == (delta.funding_rate > 0))


def test_liquidations_of_everybody_are_ledger_updates(world: SmallSandbox, misc: list[MiscEventBlock]) -> None:
    updates = [event for block in misc for event in block.events if event.inner.LedgerUpdate]
    found = {
        (event.hash, event.inner.LedgerUpdate.users[0])
        for event in updates
        if event.inner.LedgerUpdate is not None and event.inner.LedgerUpdate.delta.is_liquidation
    }
    reported = set()
    for user in world.exchange.addresses:
        answer = answer_info({"type": "userNonFundingLedgerUpdates", "user": user, "startTime": 0}, world.state)
        reported |= {(row["hash"], user) for row in answer if row["delta"]["type"] == "liquidation"}  # type: ignore[attr-defined]
    assert found == reported
    assert len(found) >= 2


def test_a_later_run_goes_on_with_the_file_of_the_hour(tmp_path: Path, world: SmallSandbox) -> None:
    first, later = NodeFiles(tmp_path), NodeFiles(tmp_path)
    same_hour = [output for output in world.outputs if output.time_ms < world.outputs[0].time_ms + 60_000][:4]
    for output in same_hour[:2]:
        first.observe(world.exchange, output)
    written = lines(tmp_path, "node_fills_by_block")
    assert len(written) == 2
    first.close()
    for output in same_hour[2:]:
        later.observe(world.exchange, output)
    later.close()
    assert [json.loads(line)["block_number"] for line in lines(tmp_path, "node_fills_by_block")] == [
        output.block for output in same_hour
    ]
