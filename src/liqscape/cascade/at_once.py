"""Jobs on several threads, and one caller who is told how far all of them are."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

Result = TypeVar("Result")
Watch = Callable[[float], None]
"""Told the share done in 0..1."""


class _EndedError(Exception):
    """Another job, or whoever was told, has ended all of them."""


def at_once(
    job: Callable[[int, Watch], Result], count: int, threads: int, progress: Callable[[float], None]
) -> list[Result]:
    """Results of job(0) to job(count - 1), in that order. A job tells its watch the share of it that is done.

    progress is called in this thread, with the share of all. What it raises, or a job, ends the others when they next
    tell how far they are, and is raised.
    """
    reported: SimpleQueue[Future[Result] | tuple[int, float]] = SimpleQueue()
    shares, endings = [0.0] * count, list[bool]()

    def one(number: int) -> Result:
        def watch(share: float) -> None:
            if endings:
                raise _EndedError
            reported.put((number, share))

        return job(number, watch)

    with ThreadPoolExecutor(threads, "liqscape-run") as pool:
        futures = [pool.submit(one, number) for number in range(count)]
        for future in futures:
            future.add_done_callback(reported.put)
        try:
            left = count
            while left:
                news = reported.get()
                if isinstance(news, Future):
                    news.result()
                    left -= 1
                    continue
                shares[news[0]] = news[1]
                progress(sum(shares) / count)
        finally:
            endings.append(True)
            for future in futures:
                future.cancel()
    return [future.result() for future in futures]
