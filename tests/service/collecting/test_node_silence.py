"""Files of an own node that stop: their blocks are the only clock, so silence is counted by ours."""

from __future__ import annotations

import json
from pathlib import Path

from live_records import Speaker
from small_sandbox import eventful_sandbox

from liqscape.feed.records import Record, RecordKind
from liqscape.service.collecting.clock import SteadyClock
from liqscape.service.collecting.core import LiveCore, Start
from liqscape.service.collecting.history_queue import HistoryQueue
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.collecting.node import SILENT_MS, NodeFeed
from liqscape.service.collecting.raw_queue import RawQueue
from liqscape.service.live import LiveState
from liqscape.service.metrics import LiveMetrics


class Clock:
    def __init__(self, now_ns: int) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        return self.now_ns


def test_a_node_that_writes_nothing_is_stale_however_near_its_last_block_is_to_its_own_clock(tmp_path: Path) -> None:
    speaker = Speaker(eventful_sandbox())
    clock = Clock(speaker.received_ns)
    market = LiveMarket(
        core=LiveCore(Start(kind="node", name="test", is_simulated=False, note="", dexs=None)),
        live=LiveState(),
        history=HistoryQueue(None),  # type: ignore[arg-type]
        raw=RawQueue(None),
        metrics=LiveMetrics(),
        clock=SteadyClock(clock, clock),
    )
    for record in speaker.listing():
        market.take(record)
    feed = NodeFeed(tmp_path, market, lambda *_: None)
    time = "2026-02-02T03:30:00.000000000"
    line = json.dumps({"local_time": time, "block_time": time, "block_number": 7, "events": []}).encode() + b"\n"
    subject = "node_fills_by_block/hourly/20260202/3"
    feed._take(Record(RecordKind.NODE_LINES, subject, line, market.clock.now_ns()))
    assert feed.row().state == "connected"
    clock.now_ns += int(SILENT_MS + 2_000.0) * 1_000_000
    row = feed.row()
    assert (row.state, row.trouble) == ("stale", "no line for 12 s")
