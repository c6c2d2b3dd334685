"""A process that is killed, seen from its folder: from some moment on no file takes its place any more.

Whatever is durable here is written beside its place and renamed; what runs after the moment (`finally`, handlers)
leaves nothing, as after SIGKILL. Works in the process of the test, so that it can be done often.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

EVENTS = ("os.rename", "os.remove", "os.rmdir")


class Killed(BaseException):
    """The moment has come. No handler of ours takes it for a fault of the disk."""


class _Fuse:
    """Steps left; None: none counted."""

    def __init__(self) -> None:
        self.left: int | None = None
        sys.addaudithook(self._see)

    def _see(self, event: str, _arguments: object) -> None:
        if self.left is not None and event in EVENTS:
            self.left -= 1
            if self.left < 0:
                raise Killed


_fuses: list[_Fuse] = []


@contextmanager
def killed_after(steps: int) -> Iterator[None]:
    """Raises Killed inside once so many files were renamed or removed."""
    if not _fuses:  # a hook can not be taken away again, so there is one
        _fuses.append(_Fuse())
    _fuses[0].left = steps
    try:
        yield
    finally:
        _fuses[0].left = None
