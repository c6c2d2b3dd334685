"""One attempt to deliver, how it ended, and why in words of our own: those of libraries hold addresses."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Protocol

from liqscape.store.outbox import OutboxMessage

SENT = "sent"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """How one attempt ended.

    reason        why it failed, without any part of an address; None where it did not.
    retry_after_s what the destination asks to be waited, None where it says nothing.
    """

    is_delivered: bool
    reason: str | None = None
    retry_after_s: float | None = None


class Sender(Protocol):
    """Sends to one destination, one message at a time."""

    async def send(self, message: OutboxMessage) -> Attempt:
        """Deliver a message, or say why not. Raises SettingsError where the destination cannot be used at all."""

    async def close(self) -> None:
        """Give back what it holds; it may send again later."""


def failed(reason: str, retry_after_s: float | None = None) -> Attempt:
    """An attempt that failed."""
    return Attempt(is_delivered=False, reason=reason, retry_after_s=retry_after_s)


def refused_status(status: int, retry_after_s: float | None = None) -> Attempt:
    """An attempt that was answered by anything but success."""
    if 300 <= status < 400:
        return failed(f"it answers {status}: redirects are not followed")
    return failed(f"it answers {status}", retry_after_s)


def words_of(error: OSError) -> str:
    """What an error of the system says, from its number: its own text may name the address."""
    return "it cannot be connected to" if error.errno is None else os.strerror(error.errno).lower()
