"""A process that helps another one ends with it, however that ended: by a signal nobody can catch too."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable

STDIN = 0


def end_with_starter() -> None:
    """This process gets SIGTERM once nobody holds the other end of its stdin, a pipe from who started it."""
    _end_after(_read_stdin)


def end_with_pool() -> None:
    """The same for a worker of a pool: once the process of the pool is gone. Does nothing elsewhere."""
    starter = multiprocessing.parent_process()
    if starter is not None:
        _end_after(starter.join)


def _read_stdin() -> None:
    # By its number: a thread that waits in `sys.stdin` holds a lock the interpreter wants as it ends.
    while os.read(STDIN, 4096):
        pass


def _end_after(wait: Callable[[], None]) -> None:
    def watch() -> None:
        wait()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="starter", daemon=True).start()
