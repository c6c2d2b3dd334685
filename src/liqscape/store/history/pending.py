"""Frames that are stored but not on disk yet: as rows while they are few, of a bulk load as a part."""

from __future__ import annotations

from dataclasses import dataclass, field

from liqscape.store.history.batch import StoredFrame
from liqscape.store.history.content import PartContent
from liqscape.store.history.manifest import Definition
from liqscape.store.history.schema import Batch

BULK_FRAMES = 32
"""From here on a run of frames goes into a part at once."""


@dataclass(kw_only=True)
class PendingFrames:
    """Of one run of frames; a bulk load is kept as both until it is known which it becomes."""

    batches: list[Batch] = field(default_factory=list)
    content: PartContent | None = None
    count: int = 0
    first_ms: int = 0
    last_ms: int = 0

    @property
    def byte_count(self) -> int:
        """What they take in memory, of a bulk load."""
        return 0 if self.content is None else self.content.byte_count

    def add(self, stored: StoredFrame, definition: Definition, *, is_many: bool) -> None:
        if is_many:
            self.content = PartContent(definition) if self.content is None else self.content
            self.content.add(stored)
        self.last_ms = stored.time_ms
        self.first_ms = self.first_ms if self.count else stored.time_ms
        self.count += 1
        self.batches.append(stored.batch)
        if self.is_part:
            self.batches.clear()

    @property
    def is_part(self) -> bool:
        """Whether they are enough for one."""
        return self.content is not None and self.count >= BULK_FRAMES
