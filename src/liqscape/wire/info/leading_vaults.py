"""`{"type": "leadingVaults", "user"}`: vaults an address leads."""

from __future__ import annotations

import msgspec


class LedVault(msgspec.Struct, frozen=True):
    address: str
    name: str


LeadingVaultsAnswer = tuple[LedVault, ...]
