"""Lines of the outbox's journal: a message with its destinations, and what became of it at one of them."""

from __future__ import annotations

from typing import Literal

import msgspec

Outcome = Literal["delivered", "given_up"]


class OutboxMessage(msgspec.Struct, frozen=True, kw_only=True, tag="message", tag_field="line"):
    """One message, as it is sent at every attempt.

    message_id    its idempotency key: the same message put again is known by it.
    put_ms        when it was put, ms UTC.
    destinations  names of those it is for.
    title, text   for destinations that show text.
    body          JSON for destinations that read JSON: the same bytes at every attempt.
    """

    message_id: str
    put_ms: int
    destinations: tuple[str, ...]
    title: str
    text: str = ""
    body: str = ""


class DeliveryEnd(msgspec.Struct, frozen=True, kw_only=True, tag="settled", tag_field="line"):
    """The end of one delivery.

    at_ms     when, ms UTC.
    attempts  how many were made, as far as this process counted.
    reason    why it was given up, or what the last attempt but the good one met; without addresses.
    """

    message_id: str
    destination: str
    outcome: Outcome
    at_ms: int
    attempts: int
    reason: str | None = None


OutboxLine = OutboxMessage | DeliveryEnd
