"""What a map keeps on disk: room taken and left, and what the disk does not take."""

from __future__ import annotations

from typing import Annotated

import msgspec

Bytes = Annotated[int, msgspec.Meta(ge=0, description="Bytes.")]


class DiskPart(msgspec.Struct, frozen=True):
    """A folder of what is kept."""

    part: Annotated[str, msgspec.Meta(description='"history", "raw_log", "register", "liquidations".')]
    bytes: Bytes


class DiskTrouble(msgspec.Struct, frozen=True):
    """A part that cannot be written now, or could not and has a hole for it."""

    part: Annotated[str, msgspec.Meta(description="As of disk parts.")]
    not_stored_since_ms: Annotated[
        int | None, msgspec.Meta(description="Nothing is stored since, ms UTC; null: it is written again.")
    ] = None
    reason: str | None = None
    waiting: Annotated[int, msgspec.Meta(ge=0, description="Entries in memory, written when there is room.")] = 0
    lost: Annotated[int, msgspec.Meta(ge=0, description="Entries dropped since the start: a hole.")] = 0


class DiskAnswer(msgspec.Struct, frozen=True):
    """Room taken and left, and what cannot be written."""

    parts: list[DiskPart] = []
    free_bytes: Bytes | None = None
    troubles: list[DiskTrouble] = []
