"""Lines of a node's file with their numbers, and what of a record of them is under way while it is decoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from liqscape.model.events import Event
from liqscape.wire.node.tables import Batching, split_table

MAX_FILES = 64
"""Files whose lines are counted."""


class NodeLine(NamedTuple):
    """number: counted from 1, in the file or from the first line that was read of it."""

    subject: str
    number: int
    content: bytes

    @property
    def source(self) -> str:
        """As errors name it; spelt only for them."""
        return f"{self.subject}: line {self.number}"


@dataclass
class LineBatch:
    """Lines of one file that are decoded together, and the events made of them so far.

    name, table: of the folder, `node_fills_by_block` and `node_fills`. received_ns: when they came; 0 of an archive.
    """

    subject: str
    received_ns: int
    lines: Sequence[NodeLine]
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name = self.subject.partition("/")[0]
        self.table: str
        self.batching: Batching
        self.table, self.batching = split_table(self.name)


class LineCounter:
    """Numbers of lines that come piece by piece, by file."""

    def __init__(self) -> None:
        self._counted: dict[str, int] = {}

    def take(self, subject: str, content: bytes) -> list[NodeLine]:
        """Lines of a piece, empty ones left out but counted."""
        lines = content.splitlines()
        first = self._counted.pop(subject, 0) + 1
        self._counted[subject] = first + len(lines) - 1
        while len(self._counted) > MAX_FILES:
            del self._counted[next(iter(self._counted))]
        return [NodeLine(subject, number, line) for number, line in enumerate(lines, start=first) if line]
