"""A bar on stderr while a server is read, which takes minutes where it allows few requests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TellRead = Callable[[str, int, int], None]
"""A callback told what is being read, how many items are done and how many there are."""


@contextmanager
def reading_reporter() -> Iterator[TellRead | None]:
    """A callback that shows progress of reading; None where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading the server", total=None)

        def tell(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"reading {what}: {done} of {total}", completed=done, total=total)

        yield tell
