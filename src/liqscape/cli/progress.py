"""Progress of long work: a bar on stderr where that is a terminal, else nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def with_progress(items: Iterable[Item], text: str, total: int | None = None) -> Iterator[Item]:
    """The same items; a bar runs along where stderr is a terminal. Without a total it only moves."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description=text, total=total, console=Console(stderr=True), transient=True)
