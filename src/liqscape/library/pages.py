"""Put lists that come in pages together again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from liqscape.errors import FrameGone

Answer = TypeVar("Answer", bound=msgspec.Struct)

MAX_TRIES = 3
"""Of a list whose frame goes while it is read, page by page; each begins anew in a newer frame."""


def whole_list(ask: Callable[[str | None], Answer], name: str) -> Answer:
    """The answer with all rows of its list `name`. `ask` is given the cursor of a page, None for the first.

    Raises FrameGone where frames go faster than they can be read.
    """
    for number in range(MAX_TRIES):
        try:
            return _read(ask, name)
        except FrameGone:
            if number == MAX_TRIES - 1:
                raise
    raise AssertionError


def _read(ask: Callable[[str | None], Answer], name: str) -> Answer:
    first = ask(None)
    rows: list[Any] = list(getattr(first, name))
    cursor: str | None = getattr(first, "next_cursor")  # noqa: B009
    while cursor is not None:
        page = ask(cursor)
        rows += getattr(page, name)
        cursor = getattr(page, "next_cursor")  # noqa: B009
    return msgspec.structs.replace(first, **{name: rows, "next_cursor": None})
