"""Alerts as the outbox reads them, made up."""

from __future__ import annotations

import msgspec

from liqscape.store.outbox import OutboxMessage


class MadeAlert(msgspec.Struct, frozen=True, kw_only=True):
    """What the outbox needs of an alert."""

    alert_id: str
    title: str = "BTC: mark within 0.5 % of a cluster"
    text: str = "Mark 67,000, cluster at 66,700 (12.3 million USD). Source: sandbox, 3 s old, coverage 0.81."
    destinations: tuple[str, ...] = ("phone",)


def made_alerts(*ids: str, to: tuple[str, ...] = ("phone",)) -> list[MadeAlert]:
    """Alerts of these ids."""
    return [MadeAlert(alert_id=each, destinations=to) for each in ids]


def made_message(
    message_id: str = "rule-1/event-1", *, to: tuple[str, ...] = ("phone",), put_ms: int = 0
) -> OutboxMessage:
    """A message as the outbox makes it."""
    (alert,) = made_alerts(message_id, to=to)
    body = msgspec.json.encode(alert).decode()
    return OutboxMessage(
        message_id=message_id, put_ms=put_ms, destinations=to, title=alert.title, text=alert.text, body=body
    )
