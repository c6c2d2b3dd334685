"""Pools of threads: each kind of work in its own, ended with what it writes to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Any

from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.moment import Moment
from liqscape.service.collecting.history_queue import HistoryQueue
from liqscape.service.collecting.raw_queue import RawQueue
from liqscape.service.executors import Executors, beside, open_executors

DEADLINE_S = 30.0


class Disk:
    """Notes which thread writes; stands for a writer of history and of the raw log."""

    def __init__(self) -> None:
        self.threads: list[str] = []

    def append(self, *_: object) -> None:
        self.threads.append(threading.current_thread().name)

    def flush(self) -> None: ...


class Columns:
    byte_count = 1


def test_work_of_one_purpose_does_not_wait_for_another() -> None:
    """Every pool but one is filled; that one still works."""
    with open_executors() as executors:
        names = [each.name for each in fields(executors)]
        for free in names:
            gate = threading.Event()
            pools = [getattr(executors, name) for name in names if name != free]
            blocked = [pool.submit(gate.wait, DEADLINE_S) for pool in pools for _ in range(8)]
            assert getattr(executors, free).submit(lambda: 7).result(DEADLINE_S) == 7
            assert not all(each.done() for each in blocked)
            gate.set()


def test_pools_end_with_the_block_after_the_work_in_hand() -> None:
    done: list[str] = []
    begun, gate = threading.Event(), threading.Event()

    def write() -> None:
        begun.set()
        assert gate.wait(DEADLINE_S)
        done.append("written")

    def open_gate() -> None:
        assert begun.wait(DEADLINE_S)
        gate.set()

    with open_executors() as executors:
        executors.storage.submit(write)
        opening = threading.Thread(target=open_gate)
        opening.start()
        assert begun.wait(DEADLINE_S)
    assert done == ["written"]
    opening.join()


def test_threads_are_named_for_their_purpose() -> None:
    async def name_of(executors: Executors) -> str:
        return await beside(executors.heavy, lambda: threading.current_thread().name)

    with open_executors() as executors:
        assert asyncio.run(name_of(executors)).startswith("liqscape-heavy")


def test_what_is_written_is_written_in_the_pool_that_was_handed_down() -> None:
    disk: Any = Disk()

    def raw(pool: ThreadPoolExecutor) -> RawQueue:
        queue = RawQueue(disk, pool)
        queue.offer(Record(RecordKind.TICK, "", b"x", 1), 0)
        return queue

    def history(pool: ThreadPoolExecutor) -> HistoryQueue:
        queue = HistoryQueue(disk, pool)
        queue.offer(Moment(frame=Columns(), accounts=Columns(), tables=None, is_stored=True))  # type: ignore[arg-type]
        return queue

    makers: tuple[Callable[[ThreadPoolExecutor], Any], ...] = (raw, history)

    async def write(pool: ThreadPoolExecutor) -> None:
        for make in makers:
            await make(pool).write()

    with ThreadPoolExecutor(1, "handed-down") as pool:
        asyncio.run(write(pool))
    assert [name.partition("_")[0] for name in disk.threads] == ["handed-down"] * 2
