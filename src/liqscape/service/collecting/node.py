"""An own node's files as records: the newest state first, then what was written since, then both as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container
from concurrent.futures import Executor
from pathlib import Path

from liqscape.feed.records import Record, RecordKind
from liqscape.service.answers.sources import SourceRow
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.executors import beside
from liqscape.sources.node import NodeTail
from liqscape.sources.node.order_users import OrderUsers
from liqscape.sources.node.states import StateWatch
from liqscape.states.node.state_columns import unpack_state

SILENT_MS = 10_000.0
"""A node writes several blocks a second; its own clock is the only one that stamps them, so silence is counted here."""


Found = Callable[[list[str]], None]
"""Takes addresses that order statuses name."""


class NodeFeed:
    """`run` hands records to the market, and users of order statuses to `found`, until asked to stop.

    No place in the files is kept from run to run: reading begins at the hour of what is known (the last stored frame,
    or a newer state), and the ledger leaves out what that holds already. A kill so repeats lines and skips none.
    """

    def __init__(self, folder: Path, market: LiveMarket, found: Found, executor: Executor | None = None) -> None:
        self._folder = folder
        self._executor = executor
        self._found = found
        self._market = market
        self._states = StateWatch(folder)
        self._tail: NodeTail | None = None
        self._orders: OrderUsers | None = None
        self._heard_ns = market.clock.now_ns()

    async def run(self, stop: asyncio.Event) -> None:
        """State, then lines, then both."""
        now_ns = self._market.clock.now_ns
        record = await beside(self._executor, self._states.read, now_ns())
        start_ms = self._market.core.assembler.clock.now_ms
        if record is not None:
            start_ms = unpack_state(record.content, record.subject).time_ms or start_ms
            self._market.take(record)
        tail = self._tail = NodeTail(self._folder, start_ms=start_ms)
        orders = self._orders = OrderUsers(self._folder, start_ms=self._market.core.assembler.clock.now_ms)

        def market_of() -> Container[str]:
            return self._market.core.assembler.markets.market_of

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(tail.run(stop, self._take, wall_ns=now_ns, executor=self._executor))
            tasks.create_task(self._states.run(stop, self._market.take, wall_ns=now_ns, executor=self._executor))
            tasks.create_task(
                orders.run(stop, market_of, self._found, triggers=self._take_triggers, executor=self._executor)
            )

    def row(self) -> SourceRow:
        """How the files are followed."""
        assembler, tail = self._market.core.assembler, self._tail
        decoded = assembler.node.figures()
        remarks = [*self._states.remarks, *assembler.node.remarks]
        remarks += [remark for each in (self._orders, tail) if each is not None for remark in each.remarks]
        lag = assembler.clock.stamp_ms - decoded.block_time_ms if decoded.block_time_ms else None
        silent_ms = (self._market.clock.now_ns() - self._heard_ns) / 1e6
        is_fresh = lag is not None and lag < SILENT_MS and silent_ms < SILENT_MS
        if silent_ms >= SILENT_MS:
            remarks.append(f"no line for {silent_ms / 1_000.0:.0f} s")
        return SourceRow(
            kind="node_files",
            address=str(self._folder),
            state="connected" if is_fresh else "stale",
            last_message_ms=decoded.block_time_ms or None,
            lag_ms=None if lag is None else float(lag),
            messages=decoded.lines,
            gaps=decoded.missing_blocks,
            trouble=remarks[-1] if remarks else None,
        )

    def _take_triggers(self, table: str, content: bytes) -> None:
        self._market.say(RecordKind.NODE_TRIGGERS, table, content)

    def _take(self, record: Record) -> None:
        self._heard_ns = record.received_ns
        self._market.take(record)
