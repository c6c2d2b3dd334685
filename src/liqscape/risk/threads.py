"""Several threads for one kernel: it is called for parts of its work, which threads take as they become free.

Kernels let go of the interpreter, so parts of one run at the same time. Whoever starts the process decides how many
threads there are and whose they are; here is only how work is cut. What a part computes does not depend on which thread
took it, nor on how many there are.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, wait

import numpy as np

from liqscape.units import Int64Array

PARTS_A_THREAD = 4
"""More parts than threads: one thread may find its core taken, and parts do not all take as long."""
FEWEST_ITEMS = 16_384
"""Of a part: some 0.1 ms. Handing work to another thread takes some 0.05 ms."""


class KernelThreads:
    """So many threads, the caller's among them; the others are borrowed from an executor.

    fewest_items  of a part.
    """

    def __init__(self, count: int, executor: Executor | None = None, fewest_items: int = FEWEST_ITEMS) -> None:
        self.count = 1 if executor is None else count
        self._executor, self._fewest_items = executor, fewest_items

    def split(self, offsets: Int64Array) -> list[int]:
        """Bounds of runs of the groups [offsets[g], offsets[g + 1]) with about as many items in each; one run where
        items are few."""
        if self.count == 1:
            return sorted({0, len(offsets) - 1})
        inner = np.array(self.split_evenly(int(offsets[-1]))[1:-1], np.int64)
        return sorted({0, *np.searchsorted(offsets, inner).tolist(), len(offsets) - 1})

    def split_evenly(self, items: int) -> list[int]:
        """Bounds of runs of so many items; one run where they are few."""
        parts = min(PARTS_A_THREAD * self.count, items // self._fewest_items) if self.count > 1 else 1
        return [items * part // max(parts, 1) for part in range(max(parts, 1) + 1)]

    def run(self, job: Callable[[int, int], object], parts: int) -> None:
        """Do job(thread, part) for every part below `parts`. No two at the same time have the same thread, below count.

        Ends when all are done. Raises what a job raised.
        """
        left = iter(range(parts))  # one at a time: the interpreter's lock is held while it is asked

        def work(thread: int) -> None:
            for part in left:
                job(thread, part)

        if self._executor is None or parts < 2:
            work(0)
            return
        helpers = [self._executor.submit(work, thread) for thread in range(1, min(self.count, parts))]
        try:
            work(0)
        finally:
            begun = [helper for helper in helpers if not helper.cancel()]
            wait(begun)
        for helper in begun:
            helper.result()


ONE_THREAD = KernelThreads(1)
"""The caller's alone."""
