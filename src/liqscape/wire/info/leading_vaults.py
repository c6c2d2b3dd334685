"""`{"type": "leadingVaults", "user"}`: vaults an address leads."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest


class LedVault(msgspec.Struct, frozen=True):
    address: str
    name: str


LeadingVaultsAnswer = tuple[LedVault, ...]


class LeadingVaultsRequest(InfoRequest[LeadingVaultsAnswer], frozen=True, tag="leadingVaults"):
    """Vaults that an address leads."""

    user: str

    example: ClassVar = Example(
        '{"type": "leadingVaults", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '[{"address": "0xc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3", "name": "A vault"}]',
    )
