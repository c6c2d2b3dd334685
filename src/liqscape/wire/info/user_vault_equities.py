"""`{"type": "userVaultEquities", "user"}`: an address's money in vaults."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest


class VaultEquity(msgspec.Struct, frozen=True, omit_defaults=True):
    """USD; locked until a time in ms."""

    vaultAddress: str
    equity: float
    lockedUntilTimestamp: int | None = None


UserVaultEquitiesAnswer = tuple[VaultEquity, ...]


class UserVaultEquitiesRequest(InfoRequest[UserVaultEquitiesAnswer], frozen=True, tag="userVaultEquities"):
    """Money of one address in vaults."""

    user: str

    example: ClassVar = Example(
        '{"type": "userVaultEquities", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '[{"vaultAddress": "0xc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3", "equity": "500.0", '
        '"lockedUntilTimestamp": 1770300000000}]',
    )
