"""Channel `userNonFundingLedgerUpdates`: an account's ledger; the first message holds the past and says so."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.user_non_funding_ledger_updates import LedgerUpdate


class LedgerMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    user: str
    nonFundingLedgerUpdates: tuple[LedgerUpdate, ...]
    isSnapshot: bool | None = None
