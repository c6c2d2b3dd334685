"""Channel `notification`: a line for the user to read."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example
from liqscape.wire.ws.subscription import Subscription


class NotificationMessage(msgspec.Struct, frozen=True):
    notification: str


class NotificationSubscription(Subscription[NotificationMessage], frozen=True, tag="notification"):
    """Lines for one user to read."""

    user: str

    example: ClassVar = Example(
        '{"type": "notification", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"notification": "Made up"}',
    )
