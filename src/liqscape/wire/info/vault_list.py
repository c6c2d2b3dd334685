"""GET /Mainnet/vaults of the statistics host: every vault there ever was, with results (undocumented).

`vaultSummaries` tells only vaults younger than about two hours; this list is what the exchange's own page shows. Its
layout is known from public code that reads it (docs/venue.md): of each row only `summary` is read here.
"""

from __future__ import annotations

import msgspec

from liqscape.wire.info.vault_summaries import VaultSummary


class ListedVault(msgspec.Struct, frozen=True):
    """One vault; closed ones stay listed."""

    summary: VaultSummary


VaultList = tuple[ListedVault, ...]
