"""Channel `notification`: a line for the user to read."""

from __future__ import annotations

import msgspec


class NotificationMessage(msgspec.Struct, frozen=True):
    notification: str
