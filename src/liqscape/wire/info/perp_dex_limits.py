"""`{"type": "perpDexLimits", "dex"}` and `perpDexStatus`: caps of one builder-deployed dex; null for the first dex."""

from __future__ import annotations

import msgspec


class PerpDexLimits(msgspec.Struct, frozen=True):
    """USD, coins, USD, USD by coin."""

    totalOiCap: float
    oiSzCapPerPerp: float
    maxTransferNtl: float
    coinToOiCap: tuple[tuple[str, float], ...]


class PerpDexStatus(msgspec.Struct, frozen=True):
    """USD paid in less taken out."""

    totalNetDeposit: float


PerpDexLimitsAnswer = PerpDexLimits | None
PerpDexStatusAnswer = PerpDexStatus | None
