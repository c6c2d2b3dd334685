"""Addresses and trigger orders out of a node's order statuses.

Statuses move no position, so the lines are no records, and the raw log does not keep them: there are too many. What
they say of trigger orders is taken out, and that is a record. Reading begins at the present hour; who ordered before
and holds something is found by fills and states, and which trigger orders stood then by a snapshot of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Container
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from liqscape.errors import WireError
from liqscape.feed.records import RecordKind
from liqscape.sources.node.tail import NodeTail
from liqscape.wire.node.block_time import read_block_time
from liqscape.wire.node.order_statuses import StatusLine, parse_order_statuses, users_of
from liqscape.wire.node.tables import ORDER_STATUS_TABLES, ORDER_STATUSES, Batching, split_table
from liqscape.wire.node.trigger_statuses import Status, TriggerStatuses, encode_statuses

INTERVAL_SECONDS = 1.0
LARGEST_SHARE = 0.2
"""Of a core. A node writes some 7 MB of statuses a second, a tenth of this; a backlog waits for the map."""

Sink = Callable[[list[str]], None]
"""Takes addresses, sorted."""
TriggerSink = Callable[[str, bytes], None]
"""Takes statuses of trigger orders: name of their table, and what a record of them holds."""


@dataclass(frozen=True)
class OrderUserFigures:
    """Since the start: statuses read, lines that are none."""

    statuses: int
    malformed: int


class OrderUsers:
    """Follows the tables of order statuses of a data folder, where a node writes them."""

    def __init__(self, folder: Path, *, start_ms: int) -> None:
        self._tail = NodeTail(folder, ORDER_STATUS_TABLES, start_ms=start_ms)
        self._statuses = self._malformed = 0
        self._found: list[Status] = []
        self._through_ms = self._said_ms = 0
        self._block: int | None = None
        self._is_whole = True

    @property
    def remarks(self) -> list[str]:
        """What went wrong with the files, newest last."""
        return self._tail.remarks

    def figures(self) -> OrderUserFigures:
        """Counts since the start."""
        return OrderUserFigures(self._statuses, self._malformed)

    def read(self, coins: Container[str]) -> set[str] | None:
        """Users of the lines that came since the last call, a bounded piece of them; None where none came."""
        read = self._tail.read(0)
        records = [record for record in read if record.kind is RecordKind.NODE_LINES]
        self._is_whole &= len(records) == len(read)
        found: set[str] = set()
        for record in records:
            _, batching = split_table(record.subject.partition("/")[0])
            for line in record.content.splitlines():
                try:
                    parsed = parse_order_statuses(line, batching, record.subject)
                except WireError:
                    self._malformed += 1
                    self._is_whole = False
                    continue
                self._statuses += len(parsed.statuses)
                found |= users_of(parsed.statuses, coins)
                self._note_triggers(parsed, batching, coins)
        return found if records else None

    def take_triggers(self) -> bytes | None:
        """What a record holds of the trigger orders read since the last call; None where no time has passed."""
        if self._through_ms <= self._said_ms and not self._found:
            return None
        made = TriggerStatuses(through_ms=self._through_ms, is_whole=self._is_whole, statuses=tuple(self._found))
        self._found, self._said_ms, self._is_whole = [], self._through_ms, True
        return encode_statuses(made)

    def _note_triggers(self, line: StatusLine, batching: Batching, coins: Container[str]) -> None:
        """A line that does not say when it was, or lacks the block before it, leaves in doubt what was in it."""
        is_next = batching is not Batching.BLOCK or self._block is None or line.block in (self._block, self._block + 1)
        self._block = line.block
        self._is_whole &= line.is_whole and is_next
        self._through_ms = max(self._through_ms, line.time_ms or 0)
        for each in line.statuses:
            if each.order.isTrigger and each.order.coin in coins:
                at_ms = read_block_time(each.time) or line.time_ms
                if at_ms is None:
                    self._is_whole = False
                else:
                    self._found.append((at_ms, each.user, each.status, each.order))

    async def run(
        self,
        stop: asyncio.Event,
        coins: Callable[[], Container[str]],
        sink: Sink,
        *,
        triggers: TriggerSink | None = None,
        interval_seconds: float = INTERVAL_SECONDS,
        executor: Executor | None = None,
    ) -> None:
        """Hand over users as they come, until `stop`. Reading and decoding are done beside the loop.

        A backlog, such as the present hour at the start, is worked off with LARGEST_SHARE of a core at most.
        """
        while not stop.is_set():
            began = time.perf_counter()
            found = await asyncio.get_running_loop().run_in_executor(executor, self.read, coins())
            if found:
                sink(sorted(found))
            content = self.take_triggers()
            if triggers is not None and content is not None:
                triggers(ORDER_STATUSES, content)
            taken = time.perf_counter() - began
            rest = interval_seconds if found is None else taken * (1.0 / LARGEST_SHARE - 1.0)
            try:
                async with asyncio.timeout(rest):
                    await stop.wait()
            except TimeoutError:
                continue
