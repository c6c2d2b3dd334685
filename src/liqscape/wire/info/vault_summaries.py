"""`{"type": "vaultSummaries"}`: vaults younger than about two hours."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.vault_details import Relationship


class VaultSummary(msgspec.Struct, frozen=True, kw_only=True):
    """USD held."""

    name: str
    vaultAddress: str
    leader: str
    tvl: float
    isClosed: bool
    relationship: Relationship
    createTimeMillis: int


VaultSummariesAnswer = tuple[VaultSummary, ...]
