"""`{"type": "subAccounts", "user"}` and `subAccounts2`: the accounts below a master; null where there are none."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseState


class SubAccount(msgspec.Struct, frozen=True, kw_only=True):
    """As `subAccounts` tells it: the state of the first dex."""

    name: str
    subAccountUser: str
    master: str
    clearinghouseState: ClearinghouseState
    spotState: SpotClearinghouseState


class SubAccount2(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As `subAccounts2` tells it: the state of every dex, and the margin mode."""

    dexToClearinghouseState: tuple[tuple[str, ClearinghouseState], ...]
    spotState: SpotClearinghouseState
    name: str | None = None
    subAccountUser: str | None = None
    master: str | None = None
    abstraction: str | None = None


SubAccountsAnswer = tuple[SubAccount, ...] | None
SubAccounts2Answer = tuple[SubAccount2, ...] | None
