"""`{"type": "batchClearinghouseStates", "users", "dex"}`: many accounts in one answer, in order; null where unknown.

Undocumented; the official Rust client has it (docs/venue.md).
"""

from __future__ import annotations

from liqscape.wire.info.clearinghouse_state import ClearinghouseState

BatchClearinghouseStatesAnswer = tuple[ClearinghouseState | None, ...]
