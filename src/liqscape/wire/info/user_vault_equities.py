"""`{"type": "userVaultEquities", "user"}`: an address's money in vaults."""

from __future__ import annotations

import msgspec


class VaultEquity(msgspec.Struct, frozen=True, omit_defaults=True):
    """USD; locked until a time in ms."""

    vaultAddress: str
    equity: float
    lockedUntilTimestamp: int | None = None


UserVaultEquitiesAnswer = tuple[VaultEquity, ...]
