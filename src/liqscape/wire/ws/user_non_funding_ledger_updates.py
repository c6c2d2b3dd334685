"""Channel `userNonFundingLedgerUpdates`: an account's ledger; the first message holds the past and says so."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example
from liqscape.wire.info.user_non_funding_ledger_updates import LedgerUpdate
from liqscape.wire.ws.subscription import Subscription


class LedgerMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    user: str
    nonFundingLedgerUpdates: tuple[LedgerUpdate, ...]
    isSnapshot: bool | None = None


class UserNonFundingLedgerUpdatesSubscription(
    Subscription[LedgerMessage], frozen=True, tag="userNonFundingLedgerUpdates"
):
    """Money in and out of one account."""

    user: str

    example: ClassVar = Example(
        '{"type": "userNonFundingLedgerUpdates", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", '
        '"nonFundingLedgerUpdates": [{"time": 1770000000000, '
        '"hash": "0x0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e", '
        '"delta": {"type": "deposit", "usdc": "1000.0"}}]}',
    )
