"""The message of a test: not an alert, and it says so."""

from __future__ import annotations

import msgspec

from liqscape.insight.alerts.text import time_text
from liqscape.store.outbox import OutboxMessage


class SampleAlert(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook gets of a test: the fields every alert has, and `is_test`."""

    alert_id: str
    kind: str
    at_ms: int
    title: str
    text: str
    is_test: bool = True


def sample_message(destination: str, now_ms: int, unique: str) -> OutboxMessage:
    """A message to one destination. unique: part of its id that no other test has."""
    sample = SampleAlert(
        alert_id=f"test/{destination}/{unique}",
        kind="test",
        at_ms=now_ms,
        title=f"liqscape: test of destination {destination}",
        text=f"Asked for at {time_text(now_ms)}. This is no alert and says nothing about any price. Source: none.",
    )
    return OutboxMessage(
        message_id=sample.alert_id,
        put_ms=now_ms,
        destinations=(destination,),
        title=sample.title,
        text=sample.text,
        body=msgspec.json.encode(sample).decode(),
    )
