"""Tells how far the compiler is: the first simulation of a machine waits for it, a minute and more, later ones do not.

What is compiled is kept on disk beside the package; where the kept code is used nothing is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

OWN = "liqscape."

TellCompiled = Callable[[int, int], None]
"""Told how many functions were compiled, and how many there are as far as is known."""


@contextmanager
def compiling_reporter(tell: TellCompiled) -> Iterator[None]:
    """Tell when one of our functions begins or has ended to be compiled, in whatever thread."""
    # Whole, before a part of it: while one thread loads numba, another that asks for a part first holds the part's
    # lock and waits for the whole, whose loading needs the part: both wait for ever.
    import numba  # noqa: F401
    from numba.core import event

    class Watch(event.Listener):
        def __init__(self) -> None:
            self._lock = Lock()
            self._needed: set[int] = set()
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
                if id(dispatcher) not in self._needed:
                    self._needed |= needed_by(dispatcher)
                if is_over:
                    self._compiled.add(id(dispatcher))
                counts = len(self._compiled), len(self._needed)
            tell(*counts)

    watch = Watch()
    event.register("numba:compile", watch)  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        event.unregister("numba:compile", watch)  # type: ignore[no-untyped-call]


def needed_by(dispatcher: Any) -> set[int]:
    """Ids of a compiled function and of all that it calls, directly or not, as far as they are not compiled yet."""
    from numba.core.dispatcher import Dispatcher

    found, waiting = {id(dispatcher)}, [dispatcher]
    while waiting:
        function = waiting.pop().py_func
        for name in function.__code__.co_names:
            called = function.__globals__.get(name)
            if isinstance(called, Dispatcher) and id(called) not in found and not called.signatures:
                found.add(id(called))
                waiting.append(called)
    return found
