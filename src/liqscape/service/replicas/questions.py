"""What a replica asks its collector for: a piece of a file."""

from __future__ import annotations

from typing import Annotated

import msgspec

MAX_ANSWER_BYTES = 512 * 1024


class FileQuestion(msgspec.Struct, frozen=True, array_like=True):
    """So many bytes of a file from an offset on."""

    path: str
    offset: Annotated[int, msgspec.Meta(ge=0)]
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_ANSWER_BYTES)]


class FileAnswer(msgspec.Struct, frozen=True, array_like=True):
    """size of the whole file; why: one sentence where there is nothing to give."""

    size: int = 0
    content: bytes = b""
    why: str = ""
