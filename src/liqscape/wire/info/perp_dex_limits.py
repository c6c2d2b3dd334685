"""`{"type": "perpDexLimits", "dex"}` and `perpDexStatus`: caps of one builder-deployed dex; null for the first dex."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Dex, Example, InfoRequest


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


class PerpDexLimitsRequest(InfoRequest[PerpDexLimitsAnswer], frozen=True, tag="perpDexLimits"):
    """Caps of one dex."""

    dex: Dex = ""

    example: ClassVar = Example(
        '{"type": "perpDexLimits"}',
        '{"totalOiCap": "50000000.0", "oiSzCapPerPerp": "1000000000.0", "maxTransferNtl": "10000000.0", '
        '"coinToOiCap": [["xyz:GOLD", "25000000.0"]]}',
    )


class PerpDexStatusRequest(InfoRequest[PerpDexStatusAnswer], frozen=True, tag="perpDexStatus"):
    """Money in one dex."""

    dex: Dex = ""

    example: ClassVar = Example(
        '{"type": "perpDexStatus"}',
        '{"totalNetDeposit": "1000000.0"}',
    )
