"""What became of alerts on their way to destinations. No answer holds an address or a part of one."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.service.answers.parts import ProvenanceAnswer

DeliveryStatus = Literal["waiting", "delivered", "given_up"]
AlertId = Annotated[str, msgspec.Meta(description="Id of the alert: its idempotency key at every destination.")]
DestinationName = Annotated[str, msgspec.Meta(description="Name in alerts.toml; its address is never told.")]
WaitAgeMs = Annotated[int, msgspec.Meta(description="Milliseconds since the oldest alert that waits was put there.")]
Reason = Annotated[str, msgspec.Meta(description="Why the last attempt failed, in words without addresses.")]


class DeliveryStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The outbox in figures; delivered and failed count since the server began."""

    waiting: Annotated[int, msgspec.Meta(description="Messages that wait, over all destinations.")]
    delivered: int
    failed: Annotated[int, msgspec.Meta(description="Given up: not delivered in time, or no room for them.")]
    oldest_age_ms: WaitAgeMs | None
    not_stored_since_ms: Annotated[
        int | None, msgspec.Meta(description="Alerts are not written to disk since, ms UTC; null: all are.")
    ]
    not_stored_reason: str | None


class DestinationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One destination and its queue."""

    destination: DestinationName
    kind: Annotated[
        Literal["apprise", "webhook"] | None, msgspec.Meta(description="null: it is not in the file any more.")
    ]
    waiting: int
    delivered: int
    failed: int
    oldest_age_ms: WaitAgeMs | None
    last_reason: Annotated[str | None, msgspec.Meta(description="null once a message was delivered.")]


class DeliveryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One alert at one destination."""

    alert_id: AlertId
    title: str
    destination: DestinationName
    status: DeliveryStatus
    attempts: Annotated[int, msgspec.Meta(description="Since the server began, where it still waits.")]
    put_ms: Annotated[int, msgspec.Meta(description="When it was put into the outbox, ms UTC.")]
    settled_ms: Annotated[int | None, msgspec.Meta(description="When it was delivered or given up, ms UTC.")]
    reason: Reason | None


class DeliveriesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Deliveries, those of the newest alerts first."""

    provenance: ProvenanceAnswer
    as_of_ms: Annotated[int, msgspec.Meta(description="When this was asked, ms UTC.")]
    note: Annotated[str | None, msgspec.Meta(description="Why there is nothing; null where alerts are delivered.")]
    standing: DeliveryStanding | None
    destinations: list[DestinationRow]
    delivery_count: Annotated[int, msgspec.Meta(description="Rows that fit the question, also those not shown.")]
    deliveries: list[DeliveryRow]


class DeliveryTestAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How a test message fared."""

    provenance: ProvenanceAnswer
    as_of_ms: Annotated[int, msgspec.Meta(description="When it was asked for, ms UTC.")]
    destination: DestinationName
    kind: Literal["apprise", "webhook"]
    is_delivered: bool
    reason: Reason | None
    took_ms: Annotated[int, msgspec.Meta(description="From the question to the destination's answer.")]
