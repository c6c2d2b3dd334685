"""Messages that wait for their destinations, in a journal that survives the process."""

from liqscape.store.outbox.journal import Journal
from liqscape.store.outbox.records import DeliveryEnd, OutboxLine, OutboxMessage, Outcome

__all__ = ["DeliveryEnd", "Journal", "OutboxLine", "OutboxMessage", "Outcome"]
