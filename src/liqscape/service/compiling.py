"""Tells how far the compiler is: the first simulation of a machine waits for it, a minute and more, later ones do not.

What is compiled is kept on disk beside the package; where the kept code is used nothing is told.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

OWN = "liqscape."
KERNELS = ".kernels"

TellCompiled = Callable[[int, int], None]
"""Told how many functions were compiled and how many there are. Not all of them are needed by every run."""


@contextmanager
def told_of_compiling(tell: TellCompiled) -> Iterator[None]:
    """Tell when one of our functions begins or has ended to be compiled, in whatever thread."""
    from numba.core import event

    class Watch(event.Listener):
        def __init__(self) -> None:
            self._lock = Lock()
            self._compiled: set[int] = set()

        def on_start(self, event: Any) -> None:
            self._tell(event, is_over=False)

        def on_end(self, event: Any) -> None:
            self._tell(event, is_over=True)

        def _tell(self, event: Any, *, is_over: bool) -> None:
            dispatcher = event.data["dispatcher"]
            if not dispatcher.py_func.__module__.startswith(OWN):
                return
            with self._lock:
                if is_over:
                    self._compiled.add(id(dispatcher))
                done = len(self._compiled)
            tell(done, max(kernel_count(), done))

    watch = Watch()
    event.register("numba:compile", watch)  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        event.unregister("numba:compile", watch)  # type: ignore[no-untyped-call]


def kernel_count() -> int:
    """Functions to compile in the modules of kernels that are loaded."""
    from numba.core.dispatcher import Dispatcher

    names = [name for name in sys.modules if name.startswith(OWN) and KERNELS in name]
    return sum(
        isinstance(value, Dispatcher) and value.py_func.__module__ == name
        for name in names
        for value in vars(sys.modules[name]).values()
    )
