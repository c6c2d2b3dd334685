"""Channel `webData3`: an account's mode and vault money; carries no positions."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.leading_vaults import LedVault
from liqscape.wire.info.request import Example
from liqscape.wire.ws.subscription import Subscription


class UserState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`abstraction` as in userAbstraction."""

    agentAddress: str | None
    agentValidUntil: int | None
    cumLedger: float
    serverTime: int
    isVault: bool
    user: str
    abstraction: str | None = None


class PerpDexState(msgspec.Struct, frozen=True, omit_defaults=True):
    """USD in vaults."""

    totalVaultEquity: float
    perpsAtOpenInterestCap: tuple[str, ...] | None = None
    leadingVaults: tuple[LedVault, ...] | None = None


class WebData3(msgspec.Struct, frozen=True):
    userState: UserState
    perpDexStates: tuple[PerpDexState, ...]


class WebData3Subscription(Subscription[WebData3], frozen=True, tag="webData3"):
    """Mode and vault money of one account."""

    user: str

    example: ClassVar = Example(
        '{"type": "webData3", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"userState": {"agentAddress": null, "agentValidUntil": null, "cumLedger": "1000.0", '
        '"serverTime": 1770000000000, "isVault": false, "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", '
        '"abstraction": "unifiedAccount"}, "perpDexStates": [{"totalVaultEquity": "0.0"}]}',
    )
