"""Who is asked before a kernel is compiled, because compiling takes seconds and somebody may be waiting.

A server refuses while the kernels are compiled beside it (service/warming/preparation.py); everything else has nobody
asked, and compiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Asked = Callable[[str], None]
"""Given the name of the kernel; refuses by raising."""

_asked: list[Asked] = []


def before_compiling(kernel: str) -> None:
    """Ask everybody. Raises what one of them raises; then nothing is compiled, and the next call asks again."""
    for each in tuple(_asked):
        each(kernel)


@contextmanager
def asked_before_compiling(asked: Asked) -> Iterator[None]:
    """Ask first, in whatever thread, as long as the block runs."""
    _asked.append(asked)
    try:
        yield
    finally:
        _asked.remove(asked)
