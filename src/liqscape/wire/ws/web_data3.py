"""Channel `webData3`: an account's mode and vault money; carries no positions."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.leading_vaults import LedVault


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
