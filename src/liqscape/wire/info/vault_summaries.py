"""`{"type": "vaultSummaries"}`: vaults younger than about two hours."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest
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


class VaultSummariesRequest(InfoRequest[VaultSummariesAnswer], frozen=True, tag="vaultSummaries"):
    """Young vaults."""

    example: ClassVar = Example(
        '{"type": "vaultSummaries"}',
        '[{"name": "A vault", "vaultAddress": "0xc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3", '
        '"leader": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "tvl": "1000.0", "isClosed": false, '
        '"relationship": {"type": "normal"}, "createTimeMillis": 1770000000000}]',
    )
