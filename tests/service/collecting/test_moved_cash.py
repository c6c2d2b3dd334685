"""A deposit told by a node's files moves the account on the live map, and a replay of the records moves it alike."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from live_records import Speaker
from small_sandbox import BTC, FIRST_PRICES, USD, SmallSandbox, eventful_sandbox, name, quotes

from liqscape.exchange.to_model import to_accounts
from liqscape.feed.records import Record, RecordKind
from liqscape.sandbox.files.lines import fill_block, misc_block
from liqscape.service.collecting.core import LiveCore, Start, core_of, start_record
from liqscape.service.live import LiveState
from liqscape.service.view import MapView
from liqscape.sources.live.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from liqscape.wire.encode import encode_record

START = Start(kind="sandbox", name="test", is_simulated=True, note="", dexs=None)
USERS = [name(number) for number in range(1, 12)]
HOUR_FILE = "hourly/20260202/2"


def node_lines(speaker: Speaker, world: SmallSandbox, first: int) -> list[Record]:
    """What a node wrote of the blocks since `first`: fills and misc events."""
    found = []
    for output in world.outputs[first:]:
        for table, block in (("node_fills", fill_block), ("misc_events", misc_block)):
            line = encode_record(block(world.exchange, output)) + b"\n"
            found.append(speaker.record(RecordKind.NODE_LINES, f"{table}_by_block/{HOUR_FILE}", line))
    return found


def cash_of(core: LiveCore, address: str) -> float:
    """Of the first pool."""
    accounts = core.pipeline.ledger.accounts
    return float(accounts.raw_usd[accounts.address_row.tolist().index(accounts.addresses.index(address))])


@pytest.fixture(scope="module")
def records() -> tuple[list[Record], SmallSandbox]:
    """A start, states of everybody, then money in and out and a trade, as a node writes it."""
    world = eventful_sandbox()
    speaker = Speaker(world)
    said = [
        start_record(START, speaker.received_ns),
        *speaker.listing(),
        speaker.answer(type="batchClearinghouseStates", users=USERS),
        speaker.tick(),
        speaker.contexts(),
    ]
    begun = len(world.outputs)
    world.exchange.deposit(2, round(1_234.567_891 * USD))
    world.exchange.deposit(6, -3_000 * USD)
    world.step(100, world.order(2, BTC, 0.1), *quotes(world, 0, FIRST_PRICES))
    return [*said, *node_lines(speaker, world, begun), speaker.contexts(), speaker.tick()], world


def test_a_frame_says_the_newest_block_of_the_node_that_is_in_it(records: tuple[list[Record], SmallSandbox]) -> None:
    """None before the node told any; then the height written in its last line, in the status and the frame's answer."""
    said, _ = records
    core, moments, newest, heights = core_of(said[0]), [], None, []
    for record in said[1:]:
        if record.kind is RecordKind.NODE_LINES:
            newest = msgspec.json.decode(record.content)["block_number"]
        for moment in core.feed(record).moments:
            moments.append(moment)
            heights.append(newest)
    assert heights[0] is None
    assert heights[-1] is not None
    assert [moment.frame.block for moment in moments] == heights
    view = MapView(None, LiveState.of_moment(moments[-1]))
    assert view.status().block == view.frame("BTC").block == view.frame("BTC", mode="joint").block == heights[-1]
    assert MapView(None, LiveState.of_moment(moments[0])).status().block is None


def test_a_deposit_is_on_the_map_without_a_reading(records: tuple[list[Record], SmallSandbox]) -> None:
    said, world = records
    core = core_of(said[0])
    for record in said[1:]:
        assert core.feed(record).fault is None
    truth = to_accounts(world.exchange)
    for number in (3, 7):
        pool = truth.address_row.tolist().index(truth.addresses.index(name(number)))
        assert cash_of(core, name(number)) == pytest.approx(float(truth.raw_usd[pool]), abs=1e-6)
    assert core.pipeline.ledger.tracking_figures().cash_moved == 2


def test_the_same_records_give_the_same_bits_and_a_checkpoint_holds_what_was_moved(
    records: tuple[list[Record], SmallSandbox],
) -> None:
    said, _ = records
    cores = [core_of(said[0]) for _ in range(2)]
    for record in said[1:]:
        ours, theirs = (core.feed(record).moments for core in cores)
        assert [moment.frame.time_ms for moment in ours] == [moment.frame.time_ms for moment in theirs]
        for one, other in zip(ours, theirs, strict=True):
            assert one.frame.bands.size.tobytes() == other.frame.bands.size.tobytes()
    first, second = (core.pipeline.ledger for core in cores)
    assert first.accounts.raw_usd.tobytes() == second.accounts.raw_usd.tobytes()
    kept = read_checkpoint(write_checkpoint(Checkpoint(first.snapshot, first.tables, first.accounts)))
    assert np.array_equal(kept.accounts.raw_usd, first.accounts.raw_usd, equal_nan=True)
