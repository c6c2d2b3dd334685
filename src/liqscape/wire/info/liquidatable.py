"""`{"type": "liquidatable"}`: pools below maintenance right now.

Undocumented; the isolated form and the two numbers are third-party reports, the cross form is an inference
(docs/venue.md). Here the numbers are account value and maintenance margin, USD.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest


class IsolatedIndex(msgspec.Struct, frozen=True):
    """Index in the dex's universe."""

    asset: int


class PositionIndex(msgspec.Struct, frozen=True, omit_defaults=True):
    """Absent `isolated` means the cross pool."""

    isolated: IsolatedIndex | None = None


class LiquidatablePool(msgspec.Struct, frozen=True):
    plain_numbers: ClassVar = ("marginAvailable",)

    user: str
    positionIndex: PositionIndex | str
    marginAvailable: tuple[float, float]


LiquidatableAnswer = tuple[LiquidatablePool, ...]


class LiquidatableRequest(InfoRequest[LiquidatableAnswer], frozen=True, tag="liquidatable"):
    """Pools below maintenance now."""

    example: ClassVar = Example(
        '{"type": "liquidatable"}',
        '[{"user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "positionIndex": {"isolated": {"asset": 3}}, '
        '"marginAvailable": [10.5, 12.0]}]',
    )
