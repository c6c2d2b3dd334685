"""Answers and messages as they came, with the times they took: all that the checks look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from liqscape.wire.info.request import InfoRequest
from liqscape.wire.ws.subscription import Subscription

Request = InfoRequest[Any] | str
"""Asked of an info server, or the address of a list."""


@dataclass(frozen=True, kw_only=True)
class SeenAnswer:
    """One answer of the info server, or of a list of the statistics host.

    content  its bytes; None: there was none, and trouble says why.
    sent_ms, received_ms  our clock.
    """

    request: Request
    content: bytes | None
    trouble: str
    sent_ms: float
    received_ms: float


@dataclass(frozen=True)
class SeenMessage:
    """One message of the socket; received_ms by our clock."""

    content: bytes
    received_ms: float


@dataclass(kw_only=True)
class Heard:
    """What a socket said while it was listened to.

    messages  by channel, in order of arrival. wanted: subscriptions sent. errors: texts of channel `error`.
    bad       messages that are no JSON object with a channel. ended: why the connection ended by itself.
    """

    messages: dict[str, list[SeenMessage]] = field(default_factory=dict)
    wanted: list[Subscription[Any]] = field(default_factory=list)
    granted: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    ended: str | None = None
    connected: bool = False


@dataclass(frozen=True)
class NodeTable:
    """One table of an own node: how long ago its newest file was written, seconds; None: no file."""

    name: str
    age_s: float | None


@dataclass(frozen=True)
class Machine:
    """free_bytes of the disk a map would be kept on; kernels: "" where they compile and run, else why not."""

    folder: str
    free_bytes: int
    kernels: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One visit. answers by the name of their check; node: of an own node's info server, None without."""

    answers: dict[str, SeenAnswer]
    heard: Heard
    users: tuple[str, ...]
    machine: Machine
    weight: int
    node: dict[str, SeenAnswer] | None = None
    tables: tuple[NodeTable, ...] | None = None

    def content(self, name: str) -> bytes | None:
        """Bytes of an answer; None where there is none."""
        answer = self.answers.get(name)
        return None if answer is None else answer.content
