"""Channel `userFills`: an account's fills; the first message holds the past and says so."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.user_fills import Fill


class UserFillsMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """`isSnapshot` is absent or false after the first message."""

    user: str
    fills: tuple[Fill, ...]
    isSnapshot: bool | None = None
