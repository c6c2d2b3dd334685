"""Admission of costly questions: few are answered at once, few more wait, and one asked twice is answered once.

What a question costs is stated in cells of a window, the measure of both time and memory: a cell is 8 bytes of the
answer and some 50 ns of a core. A question that would go over the bound is refused at once, so that a server under load
says so within milliseconds and its memory is bounded. Small and large ones have threads and a bound of their own: a
page gets its window while others read the largest there are.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

from liqscape.errors import Busy

T = TypeVar("T")

SMALL_CELLS = 1_000_000
"""A page asks for some 300,000."""
MAX_SMALL_CELLS, MAX_LARGE_CELLS = 16_000_000, 48_000_000
"""Of all questions under way: waiting, being answered, or with an answer not yet sent. As windows, 512 MB together."""
JSON_FACTOR = 8
"""A cell of JSON is 30 bytes, and several objects on the way there."""
PAST_CELLS = 1_000_000
"""A frame read from disk with its accounts and solved again; events of many days; all positions of a coin."""
JOINT_CELLS = 4_000_000
"""All accounts solved along two paths; some tens of MB on a whole market."""
JOINT_HEAT_CELLS = 4 * JOINT_CELLS
"""The holders of one coin solved so in a hundred frames."""
RETRY_AFTER_S = 2


class _Asked(Generic[T]):
    """One question under way and how many wait for it or still read its answer."""

    def __init__(self, answer: asyncio.Future[T], cells: int) -> None:
        self.answer = answer
        self.cells = cells
        self.readers = 0


class CostlyQuestions(Generic[T]):
    """Costly questions of one size. Used by the event loop only; the threads of `executor` bound how many run."""

    def __init__(self, executor: Executor | None, max_cells: int) -> None:
        self.executor = executor
        self._max_cells = max_cells
        self._asked: dict[Hashable, _Asked[T]] = {}

    @property
    def count(self) -> int:
        """Different questions under way."""
        return len(self._asked)

    @property
    def cells(self) -> int:
        """What they cost together."""
        return sum(asked.cells for asked in self._asked.values())

    @asynccontextmanager
    async def answer(self, key: Hashable, cells: int, question: Callable[[], T]) -> AsyncIterator[T]:
        """The answer, which keeps its place until the block is left.

        Equal keys are one question: it goes on while anybody waits for it. One that nobody waits for any more is not
        begun. Raises Busy where it does not fit, and what `question` raises.
        """
        asked = self._asked.get(key)
        if asked is None:
            if self._asked and self.cells + cells > self._max_cells:
                raise Busy(f"{self.count} costly questions are under way; try again in {RETRY_AFTER_S} s")
            future = asyncio.get_running_loop().run_in_executor(self.executor, question)
            future.add_done_callback(_seen)
            asked = self._asked[key] = _Asked(future, cells)
        asked.readers += 1
        try:
            yield await asyncio.shield(asked.answer)
        finally:
            asked.readers -= 1
            if not asked.readers:
                del self._asked[key]
                asked.answer.cancel()


def _seen(answer: asyncio.Future[Any]) -> None:
    """A failure that its last reader did not wait for is nobody's any more."""
    if not answer.cancelled():
        answer.exception()
