"""Where each table of a node stands, and what is missing between two of its lines (docs/node.md, "Holes").

By-block tables number their blocks, so a jump of numbers is a hole. Other tables have times alone: on the exchange
somebody trades every second, so a silence is one. A node that seeks a peer writes nothing for up to half an hour, and
one that starts again may go on at a later block.
"""

from __future__ import annotations

from dataclasses import dataclass

from liqscape.wire.node.misc_events import MISC_EVENTS
from liqscape.wire.node.tables import Batching

SILENCE_MS = 30_000
"""Between two events of a table without numbers. Where nobody trades for so long, holders are read once too often."""


@dataclass(frozen=True)
class Hole:
    """What happened between two times is missing."""

    from_ms: int
    to_ms: int
    reason: str


@dataclass
class Place:
    """Where a table stands."""

    block: int = 0
    time_ms: int = 0


class TablePlaces:
    """`note_block` and `note_time` in the order of lines. repeated, missing_blocks: counts since the start."""

    def __init__(self) -> None:
        self.repeated = self.missing_blocks = 0
        self._places: dict[str, Place] = {}
        self._known_ms = 0
        self._newest = Place()

    def __getitem__(self, name: str) -> Place:
        held = self._places.get(name)
        if held is None:
            held = self._places[name] = Place()
        return held

    @property
    def newest(self) -> Place:
        """Highest block and time seen in any table; 0 before the first."""
        return self._newest

    def know(self, time_ms: int) -> None:
        """Note that everybody's state is known at this time: a table that begins later lacks what was before."""
        self._known_ms = max(self._known_ms, time_ms)

    def note_block(self, name: str, batching: Batching, block: int, time_ms: int) -> tuple[bool, Hole | None]:
        """(whether the block has not come before, what is missing before it)."""
        held = self[name]
        if block < held.block or (block == held.block and batching is Batching.BLOCK):
            self.repeated += 1
            return False, None
        missing = block - held.block - 1 if held.block and batching is Batching.BLOCK else 0
        hole = None
        if missing > 0:
            self.missing_blocks += missing
            hole = Hole(held.time_ms, time_ms, f"{name}: {missing} blocks after {held.block} are missing")
        elif batching is not Batching.BLOCK or not held.block:
            hole = self.note_time(name, time_ms)
        self._move(held, block, time_ms)
        return True, hole

    def note_time(self, name: str, time_ms: int) -> Hole | None:
        """What is missing before an event of a table without numbers, or before the first line of any."""
        held = self[name]
        from_ms = held.time_ms or self._known_ms
        if name.startswith(MISC_EVENTS):  # seldom by themselves: they are written while fills are
            from_ms = max(from_ms, self._newest.time_ms)
        self._move(held, held.block, time_ms)
        if not from_ms or time_ms - from_ms <= SILENCE_MS:
            return None
        return Hole(from_ms, time_ms, f"{name}: nothing for {(time_ms - from_ms) / 1_000:.0f} s")

    def _move(self, held: Place, block: int, time_ms: int) -> None:
        for place in (held, self._newest):
            if block > place.block:
                place.block = block
            if time_ms > place.time_ms:
                place.time_ms = time_ms
