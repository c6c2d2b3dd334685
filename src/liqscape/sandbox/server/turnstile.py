"""A lock between the thread that makes blocks and readers of the exchange between two blocks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

GIVE_WAY_SECONDS = 0.0005


class Turnstile:
    """A lock in which readers go first: `with turnstile` makes a block, `with turnstile.reading()` reads.

    A world that runs as fast as it can would otherwise never let anybody in.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = threading.Lock()
        self._waiting = 0

    def __enter__(self) -> Turnstile:
        while self._waiting:
            time.sleep(GIVE_WAY_SECONDS)
        self._lock.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold off new blocks while reading."""
        with self._count:
            self._waiting += 1
        self._lock.acquire()
        with self._count:
            self._waiting -= 1
        try:
            yield
        finally:
            self._lock.release()
