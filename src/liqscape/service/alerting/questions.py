"""Questions about deliveries, and the one request that sends something: a test message."""

from __future__ import annotations

import secrets
import time

from liqscape.errors import NotFound, SettingsError
from liqscape.service.alerting.attempt import failed
from liqscape.service.alerting.delivery import Deliverer, wall_clock_ms
from liqscape.service.alerting.destinations import Kind, choose_destination
from liqscape.service.alerting.outbox import Delivery, QueueFigures
from liqscape.service.alerting.sample import sample_message
from liqscape.service.answers.deliveries import (
    DeliveriesAnswer,
    DeliveryRow,
    DeliveryStanding,
    DeliveryStatus,
    DeliveryTestAnswer,
    DestinationRow,
)
from liqscape.service.answers.parts import ProvenanceAnswer
from liqscape.service.view import MapView

NOT_DELIVERED = "this server only looks at what is stored: it fires no alerts and delivers none"
DEFAULT_DELIVERIES, MAX_DELIVERIES = 100, 1_000


class DeliveryQuestions:
    """About the outbox of a live map; without one, that there is none."""

    def __init__(self, view: MapView, deliverer: Deliverer | None) -> None:
        self._view = view
        self._deliverer = deliverer

    def ask(
        self,
        *,
        destination: str | None = None,
        status: DeliveryStatus | None = None,
        limit: int = DEFAULT_DELIVERIES,
    ) -> DeliveriesAnswer:
        """The newest deliveries, perhaps of one destination or status. Raises NotFound for an unknown destination."""
        provenance, deliverer = self._provenance(), self._deliverer
        if deliverer is None:
            return DeliveriesAnswer(
                provenance=provenance,
                as_of_ms=wall_clock_ms(),
                note=NOT_DELIVERED,
                standing=None,
                destinations=[],
                delivery_count=0,
                deliveries=[],
            )
        now_ms = deliverer.now_ms()
        rows = [_destination_row(deliverer, each, now_ms) for each in deliverer.queues()]
        if destination is not None and destination not in {row.destination for row in rows}:
            self._choose(deliverer, destination)
        chosen = [
            each
            for each in deliverer.outbox.deliveries()
            if (destination is None or each.destination == destination) and (status is None or _status(each) == status)
        ]
        return DeliveriesAnswer(
            provenance=provenance,
            as_of_ms=now_ms,
            note=None,
            standing=delivery_standing(deliverer, now_ms),
            destinations=rows,
            delivery_count=len(chosen),
            deliveries=[_delivery_row(each) for each in chosen[:limit]],
        )

    def standing(self) -> DeliveryStanding | None:
        """The outbox in figures; None where there is none."""
        deliverer = self._deliverer
        return None if deliverer is None else delivery_standing(deliverer, deliverer.now_ms())

    async def test(self, destination: str) -> DeliveryTestAnswer:
        """Send a test message at once. Raises NotFound, and Busy where one is on its way to that destination."""
        deliverer = self._deliverer
        if deliverer is None:
            raise NotFound(NOT_DELIVERED)
        kind = self._choose(deliverer, destination)
        now_ms, began = deliverer.now_ms(), time.perf_counter()
        try:
            attempt = await deliverer.test(destination, sample_message(destination, now_ms, secrets.token_hex(8)))
        except SettingsError as error:
            attempt = failed(str(error).removeprefix(f"destination {destination}: "))
        return DeliveryTestAnswer(
            provenance=self._provenance(),
            as_of_ms=now_ms,
            destination=destination,
            kind=kind,
            is_delivered=attempt.is_delivered,
            reason=None if attempt.is_delivered else attempt.reason,
            took_ms=round((time.perf_counter() - began) * 1_000.0),
        )

    def _choose(self, deliverer: Deliverer, destination: str) -> Kind:
        try:
            return choose_destination(deliverer.destinations, destination).kind
        except SettingsError as error:
            raise NotFound(str(error)) from None

    def _provenance(self) -> ProvenanceAnswer:
        return self._view.status().provenance


def delivery_standing(deliverer: Deliverer, now_ms: int) -> DeliveryStanding:
    """Sums over all destinations."""
    outbox, figures = deliverer.outbox, deliverer.outbox.figures()
    ages = [age_ms for each in figures if (age_ms := each.oldest_age_ms(now_ms)) is not None]
    return DeliveryStanding(
        waiting=sum(each.waiting for each in figures),
        delivered=sum(each.delivered for each in figures),
        failed=sum(each.failed for each in figures),
        oldest_age_ms=max(ages, default=None),
        not_stored_since_ms=outbox.not_stored_since_ms,
        not_stored_reason=outbox.not_stored_reason,
    )


def _destination_row(deliverer: Deliverer, queue: QueueFigures, now_ms: int) -> DestinationRow:
    found = deliverer.destinations.get(queue.destination)
    return DestinationRow(
        destination=queue.destination,
        kind=None if found is None else found.kind,
        waiting=queue.waiting,
        delivered=queue.delivered,
        failed=queue.failed,
        oldest_age_ms=queue.oldest_age_ms(now_ms),
        last_reason=queue.last_reason,
    )


def _delivery_row(delivery: Delivery) -> DeliveryRow:
    return DeliveryRow(
        alert_id=delivery.message.message_id,
        title=delivery.message.title,
        destination=delivery.destination,
        status=_status(delivery),
        attempts=delivery.attempts,
        put_ms=delivery.message.put_ms,
        settled_ms=delivery.settled_ms,
        reason=delivery.reason,
    )


def _status(delivery: Delivery) -> DeliveryStatus:
    return delivery.outcome or "waiting"
