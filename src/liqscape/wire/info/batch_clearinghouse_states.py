"""`{"type": "batchClearinghouseStates", "users", "dex"}`: many accounts in one answer, in order; null where unknown.

Undocumented; the official Rust client has it (docs/venue.md).
"""

from __future__ import annotations

from typing import ClassVar

from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.request import Dex, Example, InfoRequest
from liqscape.wire.info.sizes import MB

BatchClearinghouseStatesAnswer = tuple[ClearinghouseState | None, ...]


class BatchClearinghouseStatesRequest(
    InfoRequest[BatchClearinghouseStatesAnswer], frozen=True, tag="batchClearinghouseStates"
):
    """States of many accounts in one dex."""

    users: tuple[str, ...]
    dex: Dex = ""

    max_bytes: ClassVar = 16 * MB  # 50 accounts of up to 340 positions; the usual one is below 0.5 MB
    example: ClassVar = Example(
        '{"type": "batchClearinghouseStates", "users": ["0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", '
        '"0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"]}',
        '[{"marginSummary": {"accountValue": "0.0", "totalNtlPos": "0.0", "totalRawUsd": "0.0", '
        '"totalMarginUsed": "0.0"}, "crossMarginSummary": {"accountValue": "0.0", "totalNtlPos": "0.0", '
        '"totalRawUsd": "0.0", "totalMarginUsed": "0.0"}, "crossMaintenanceMarginUsed": "0.0", '
        '"withdrawable": "0.0", "assetPositions": [], "time": 1770000000000}, null]',
    )
