"""Who does pieces of work: this thread, or processes of this machine. Ray's machines: `ray_executor.py`.

Studies and scores go through it alike: a piece names itself, and what is done with it is a function at a module's top.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Protocol, TypeVar

from liqscape.errors import StoreError
from liqscape.service.starter import end_with_pool
from liqscape.service.studying.span import study_span

ATTEMPTS = 3
"""A piece whose worker died is begun again; one that kills its workers is not a matter of chance."""


class Piece(Protocol):
    """A piece of work: of which folder and span of time, and how it is called in a sentence."""

    @property
    def data(self) -> Path: ...

    @property
    def name(self) -> str: ...

    @property
    def start_ms(self) -> int: ...

    @property
    def end_ms(self) -> int: ...


Task = TypeVar("Task", bound=Piece)
Result = TypeVar("Result")


class StudyExecutor(Protocol):
    """Does pieces of work, in any order, each until it is done."""

    def map(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[Task, Result]]:
        """Each task with its result, as they are done; where a worker dies its own piece is begun again.

        Raises what `work` raises, and StoreError for a piece whose workers died ATTEMPTS times.
        """

    def close(self) -> None:
        """Let go of the workers."""


class HereExecutor:
    """This thread, one piece after the other.

    progress  gets the time of each frame that is done.
    stop      asked after each frame and before each piece; what was studied till then is given back.
    """

    def __init__(
        self, progress: Callable[[int], None] = lambda _: None, stop: Callable[[], bool] = lambda: False
    ) -> None:
        self._progress = progress
        self._stop = stop

    def map(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[Task, Result]]:
        does: Callable[..., Any] = work
        for task in tasks:
            if self._stop():
                return
            yield task, (does(task, self._progress, self._stop) if does is study_span else work(task))

    def close(self) -> None:
        return


class ProcessExecutor:
    """Processes of this machine, each a pool of its own: where one dies the others go on."""

    def __init__(self, workers: int) -> None:
        self._context = multiprocessing.get_context("spawn")  # forks of a process with threads may hang
        self._pools: list[ProcessPoolExecutor | None] = [None] * workers

    def map(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[Task, Result]]:
        waiting = [(task, 1) for task in reversed(tasks)]
        running: dict[Future[Result], tuple[int, Task, int]] = {}
        free = list(range(len(self._pools)))
        try:
            while waiting or running:
                while waiting and free:
                    task, attempt = waiting.pop()
                    place = free.pop(0)
                    running[self._pool(place).submit(work, task)] = (place, task, attempt)
                    self._submitted(place)
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    place, task, attempt = running.pop(future)
                    free.append(place)
                    try:
                        result = future.result()
                    except BrokenProcessPool:
                        self._drop(place)
                        if attempt == ATTEMPTS:
                            raise worker_died(task) from None
                        waiting.append((task, attempt + 1))
                        continue
                    yield task, result
        finally:
            for future in running:
                future.cancel()

    def close(self) -> None:
        for place in range(len(self._pools)):
            self._drop(place)

    @property
    def process_ids(self) -> list[int]:
        """Of the workers that are there."""
        return [pid for pool in self._pools if pool is not None for pid in (pool._processes or {})]

    def _submitted(self, place: int) -> None:
        """A piece was given to a worker."""

    def _pool(self, place: int) -> ProcessPoolExecutor:
        pool = self._pools[place]
        if pool is None:
            pool = self._pools[place] = ProcessPoolExecutor(1, mp_context=self._context, initializer=end_with_pool)
        return pool

    def _drop(self, place: int) -> None:
        pool, self._pools[place] = self._pools[place], None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)


def worker_died(task: Piece) -> StoreError:
    """What is said of a piece that nobody could finish."""
    return StoreError(
        f"{ATTEMPTS} workers died on {task.name} from {task.start_ms} to {task.end_ms} ms; what was done before is "
        "kept: more memory, or more workers with fewer coins each, may be needed",
        path=str(task.data),
    )
