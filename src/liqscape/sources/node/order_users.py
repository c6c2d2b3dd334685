"""Addresses out of a node's order statuses: a discovery, and nothing else.

Statuses move no position, so they decide no frame: they are no records, and the raw log does not keep them. Reading
begins at the present hour; who ordered before and holds something is found by fills and states.
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
from liqscape.wire.node.order_statuses import parse_order_statuses, users_of
from liqscape.wire.node.tables import ORDER_STATUS_TABLES, split_table

INTERVAL_SECONDS = 1.0
LARGEST_SHARE = 0.2
"""Of a core. A node writes some 7 MB of statuses a second, a tenth of this; a backlog waits for the map."""

Sink = Callable[[list[str]], None]
"""Takes addresses, sorted."""


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

    @property
    def remarks(self) -> list[str]:
        """What went wrong with the files, newest last."""
        return self._tail.remarks

    def figures(self) -> OrderUserFigures:
        """Counts since the start."""
        return OrderUserFigures(self._statuses, self._malformed)

    def read(self, coins: Container[str]) -> set[str] | None:
        """Users of the lines that came since the last call, a bounded piece of them; None where none came."""
        records = [record for record in self._tail.read(0) if record.kind is RecordKind.NODE_LINES]
        found: set[str] = set()
        for record in records:
            _, batching = split_table(record.subject.partition("/")[0])
            for line in record.content.splitlines():
                try:
                    statuses = parse_order_statuses(line, batching, record.subject)
                except WireError:
                    self._malformed += 1
                    continue
                self._statuses += len(statuses)
                found |= users_of(statuses, coins)
        return found if records else None

    async def run(
        self,
        stop: asyncio.Event,
        coins: Callable[[], Container[str]],
        sink: Sink,
        *,
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
            taken = time.perf_counter() - began
            rest = interval_seconds if found is None else taken * (1.0 / LARGEST_SHARE - 1.0)
            try:
                async with asyncio.timeout(rest):
                    await stop.wait()
            except TimeoutError:
                continue
