"""Threads for the work that is done beside the event loop: a pool a purpose, so that no kind waits behind another.

asyncio's own pool is left to what uses it unasked, such as the look-up of a name. See docs/architecture.md, "Threads".
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from typing import ParamSpec, TypeVar

from liqscape.risk.threads import KernelThreads
from liqscape.service.allocating import share_arenas

P = ParamSpec("P")
T = TypeVar("T")

PREFIX = "liqscape-"
OWN = ("market", "storage", "estimates", "frames", "planning", "studies", "scores", "alerts")
"""Pools of what the map does unasked."""
SWITCH_S = 0.001
"""A thread that computes in Python gives way after so long: the event loop waits for a millisecond instead of five each
time it has waited for bytes."""
MAX_HEAVY = 4
MAX_KERNEL_THREADS = 4
"""For one frame; beyond, memory is what solving waits for."""
MAX_SIMULATIONS = 2
"""At a time; each takes a core and some hundred MB."""


@dataclass(frozen=True, kw_only=True)
class Executors:
    """One pool of threads a purpose.

    market       messages of frames; the steps of a demo's market.
    storage      whatever is written to disk, and what is read from an own node's files.
    questions    answers of a few milliseconds: status, a frame held in memory, snapshots of the stream.
    windows      small costly questions: a page's window, a past frame (service/costly.py bounds them).
    heavy        large ones: larger windows, joint solving.
    simulations  cascades, each for as long as it lasts.
    estimates    what is worked out now and then over all accounts: near coverage, kinds, room on disk.
    parts        parts of solving and banding, beside the thread that cuts a frame.
    frames       cutting them: solving and banding everybody.
    planning     whom to read next, among everybody known.
    studies      what happened to clusters, a stored frame after the other.
    scores       waiting for the process that scores days.
    risks        risks of deleveraging, renewed a coin at a time.
    alerts       rules held against what comes, in its order; waiting for the outbox.
    """

    market: Executor
    storage: Executor
    questions: Executor
    windows: Executor
    heavy: Executor
    simulations: Executor
    estimates: Executor
    parts: Executor
    frames: Executor
    """Ended before what it hands parts to."""
    planning: Executor
    studies: Executor
    scores: Executor
    risks: Executor
    alerts: Executor

    @classmethod
    def start(cls) -> Executors:
        """Pools whose threads start when there is work. Those that take a core leave half of the cores free."""
        sizes = {
            "market": 2,
            "storage": 4,
            "questions": 4,
            "windows": 2,
            "heavy": max(1, min((os.cpu_count() or 1) // 2, MAX_HEAVY)),
            "simulations": MAX_SIMULATIONS,
            "estimates": 1,
            "parts": max(1, _kernel_threads() - 1),
            "frames": 1,
            "planning": 1,
            "studies": 1,
            "scores": 1,
            "risks": 1,
            "alerts": 1,
        }
        return cls(**{name: ThreadPoolExecutor(size, f"{PREFIX}{name}") for name, size in sizes.items()})

    def kernel_threads(self) -> KernelThreads:
        """Threads for one frame: half of the cores, and so the caller's alone on two."""
        return KernelThreads(_kernel_threads(), self.parts)


def _kernel_threads() -> int:
    return max(1, min((os.cpu_count() or 1) // 2, MAX_KERNEL_THREADS))


@contextmanager
def open_executors() -> Iterator[Executors]:
    """Pools that end with the block, after the work in hand: what a thread writes to may be closed then."""
    share_arenas()
    sys.setswitchinterval(SWITCH_S)
    executors = Executors.start()
    with ExitStack() as stack:
        for each in fields(executors):
            executor: Executor = getattr(executors, each.name)
            stack.callback(executor.shutdown, wait=True, cancel_futures=True)
        yield executors


async def beside(executor: Executor | None, work: Callable[P, T], *args: P.args) -> T:  # type: ignore[valid-type]
    """The result of work done in a thread of a pool; None is asyncio's own."""
    return await asyncio.get_running_loop().run_in_executor(executor, work, *args)


def is_of_questions(thread: str) -> bool:
    """Whether a thread of this name, or one it started, works on what somebody asked, and not for the map itself."""
    return thread != threading.main_thread().name and not thread.startswith(tuple(PREFIX + name for name in OWN))
