"""Steps (liqscape.steps) beside an event loop: work on copies in a thread, the rest between other tasks."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import TypeVar

from liqscape.steps import Steps

T = TypeVar("T")


class BesideLoop:
    """Runs steps, those of one caller at a time: what one is in the middle of, no other changes.

    executor  whose threads do the work; None: it is done on the loop.
    """

    def __init__(self, executor: Executor | None = None) -> None:
        self._executor = executor
        self._turn = asyncio.Lock()

    async def run(self, steps: Steps[T]) -> T:
        """Run the steps and return their result; when cancelled between two steps, the remaining ones are not run."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            answer: object = None
            try:
                while True:
                    work = steps.send(answer)
                    if work is None or self._executor is None:
                        answer = None if work is None else work()
                        await asyncio.sleep(0)
                    else:
                        answer = await loop.run_in_executor(self._executor, work)
            except StopIteration as ended:
                result: T = ended.value
                return result
            finally:
                steps.close()
