"""Records of what arrives, exactly as it arrived: the only thing the raw log keeps and replay reads.

Everything that decides a frame is in the records: messages, answers with their questions, lines of a node, connections
made and lost, and the ticks of the loop's clock. Nothing downstream reads a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class RecordKind(IntEnum):
    """What `subject` and `content` of a record are."""

    MESSAGE = 1
    """A message of a socket. subject: number of the connection; content: the text."""
    ANSWER = 2
    """An answer to an info request with HTTP 200. subject: the request as JSON; content: the body."""
    LISTING = 3
    """The leaderboard or the list of vaults. subject: its address; content: the body."""
    CONNECTED = 4
    """Everything wanted of a socket stands. subject: number; content: JSON list of the subscriptions."""
    LOST = 5
    """Messages are missed from now on, until the next CONNECTED. subject: number; "limit" for what has no room,
    "volume" for coins whose volume rises without a print. content: JSON {"reason", "subscriptions"}. Lines of a node
    that cannot be had: the path of their file."""
    NODE_LINES = 6
    """Whole lines of a node's file. subject: the file's path below the data folder; content: the lines."""
    NODE_STATE = 7
    """A node's state snapshot, extracted. subject: its path; content: columns (states.node.state_columns)."""
    TICK = 8
    """The clock of the loop, about once a second. Both empty."""
    WATCHED = 9
    """Addresses the user wants followed. subject: origin; content: JSON list."""
    STARTED = 10
    """A process began. content: JSON of what it was started with (service.collecting.core); state begins anew."""
    CHECKPOINT = 11
    """All that is known (sources.live.checkpoint). Taken up where nothing is known yet, else passed over. subject: JSON
    as of STARTED where it stands in the middle of a process."""
    HOLE = 12
    """Only in the raw log: records before this one were not kept, for the disk was full too long. content: JSON
    {"lost", "from_ns"}."""
    NODE_TRIGGERS = 13
    """Statuses of trigger orders, out of the lines of a node's order statuses, which are too many to be kept. subject:
    name of the table; content: JSON (wire.node.trigger_statuses)."""
    TRIGGER_SNAPSHOT = 14
    """Everybody's trigger orders at one block, extracted. subject: where it was had; content: columns
    (wire.node.trigger_columns)."""


@dataclass(frozen=True, slots=True)
class Record:
    """received_ns: wall clock of this machine, nanoseconds since 1970."""

    kind: RecordKind
    subject: str
    content: bytes
    received_ns: int
