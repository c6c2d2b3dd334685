"""An own node's files as records: the newest state first, then what was written since, then both as they come."""

from __future__ import annotations

import asyncio
from pathlib import Path

from liqscape.service.answers.sources import SourceRow
from liqscape.service.collecting.market import LiveMarket
from liqscape.sources.node import NodeTail
from liqscape.sources.node.states import StateWatch
from liqscape.wire.node.state_columns import unpack_state


class NodeFeed:
    """`run` hands records to the market until asked to stop.

    No place in the files is kept from run to run: reading begins at the hour of what is known (the last stored frame,
    or a newer state), and the ledger leaves out what that holds already. A kill so repeats lines and skips none.
    """

    def __init__(self, folder: Path, market: LiveMarket) -> None:
        self._folder = folder
        self._market = market
        self._states = StateWatch(folder)
        self._tail: NodeTail | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """State, then lines, then both."""
        now_ns = self._market.clock.now_ns
        record = await asyncio.to_thread(self._states.read, now_ns())
        start_ms = self._market.core.assembler.clock.now_ms
        if record is not None:
            start_ms = unpack_state(record.content, record.subject).time_ms or start_ms
            self._market.take(record)
        tail = self._tail = NodeTail(self._folder, start_ms=start_ms)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(tail.run(stop, self._market.take, wall_ns=now_ns))
            tasks.create_task(self._states.run(stop, self._market.take, wall_ns=now_ns))

    def row(self) -> SourceRow:
        """How the files are followed."""
        assembler, tail = self._market.core.assembler, self._tail
        decoded = assembler.node.figures()
        remarks = [*self._states.remarks, *assembler.node.remarks, *([] if tail is None else tail.remarks)]
        lag = assembler.clock.stamp_ms - decoded.block_time_ms if decoded.block_time_ms else None
        is_fresh = lag is not None and lag < 10_000
        return SourceRow(
            "node_files",
            str(self._folder),
            "connected" if is_fresh else "stale",
            last_message_ms=decoded.block_time_ms or None,
            lag_ms=None if lag is None else float(lag),
            messages=decoded.lines,
            gaps=decoded.missing_blocks,
            trouble=remarks[-1] if remarks else None,
        )
