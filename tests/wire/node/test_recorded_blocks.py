"""A thousand blocks as a node wrote them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from same_json import differences, left_out

from liqscape.wire.encode import encode_record
from liqscape.wire.node.block_time import parse_block_time
from liqscape.wire.node.fills import FillBlock, parse_fill_block, parse_fill_line

pytestmark = pytest.mark.recorded


@pytest.fixture(scope="module")
def lines(recorded: Path) -> list[bytes]:
    return (recorded / "stream" / "node_fills_by_block_1000.jsonl").read_bytes().splitlines()


@pytest.fixture(scope="module")
def blocks(lines: list[bytes]) -> list[FillBlock]:
    return [parse_fill_block(line, "recorded") for line in lines]


def test_every_block_is_written_the_same(lines: list[bytes], blocks: list[FillBlock]) -> None:
    for line, block in zip(lines, blocks, strict=True):
        recorded, ours = json.loads(line), json.loads(encode_record(block))
        assert differences(ours, recorded) == []
        assert left_out(ours, recorded) == set()
    assert sum(len(block.events) for block in blocks) == 7_282


def test_a_fill_of_a_block_is_a_line_of_the_plain_table(blocks: list[FillBlock]) -> None:
    event = next(block.events[0] for block in blocks if block.events)
    assert parse_fill_line(encode_record(event), "plain") == event


def test_the_buyer_always_stands_before_the_seller_and_blocks_may_be_empty(blocks: list[FillBlock]) -> None:
    sides: Counter[str] = Counter()
    for block in blocks:
        for (_, first), (_, second) in zip(block.events[::2], block.events[1::2], strict=True):
            assert first.tid == second.tid
            sides[first.side + second.side] += 1
    assert sides == {"BA": 3_641}
    assert sum(not block.events for block in blocks) == 295


def test_fills_carry_the_time_of_their_block_cut_to_milliseconds(blocks: list[FillBlock]) -> None:
    for block in blocks:
        times = {fill.time for _, fill in block.events}
        assert times <= {parse_block_time(block.block_time, "recorded")}


def test_the_liquidation_stands_on_both_sides_once_each(blocks: list[FillBlock]) -> None:
    rows = [(user, fill) for block in blocks for user, fill in block.events if fill.is_liquidation]
    (victim, own), (other, theirs) = rows
    assert own.liquidation is not None
    assert own.liquidation == theirs.liquidation
    assert own.liquidation.liquidatedUser == victim != other
    assert (own.crossed, own.dir, own.liquidation.method) == (True, "Close Short", "market")
    assert own.fee > 0
