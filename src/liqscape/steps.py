"""Long work cut into steps, so that whoever else shares the thread is never kept waiting.

A generator of steps does itself what needs the live state, in pieces of a millisecond or two, and yields the rest as
work on frozen arrays, which may be done in any thread; it is sent back what that work returned. None yielded: let
others go first. `finish` does it all at once, `feed.beside_loop` beside an event loop: the result is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

Work: TypeAlias = Callable[[], object]
Steps: TypeAlias = Generator[Work | None, Any, T]

BLOCK = 32_768
"""Rows looked at in one step: a millisecond or two of copying."""


def finish(steps: Steps[T]) -> T:
    """Run all steps here and now, one after the other."""
    answer: object = None
    while True:
        try:
            work = steps.send(answer)
        except StopIteration as ended:
            result: T = ended.value
            return result
        answer = None if work is None else work()


def at_once(result: T) -> Steps[T]:
    """A result that is known already, as steps of which there are none."""
    yield from ()
    return result


def blocks(count: int, size: int = BLOCK) -> Iterator[slice]:
    """Rows 0 to `count` in pieces."""
    for first in range(0, count, size):
        yield slice(first, min(count, first + size))
