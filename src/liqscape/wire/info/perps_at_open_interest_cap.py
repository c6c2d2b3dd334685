"""`{"type": "perpsAtOpenInterestCap", "dex"}`: coins that take no new open interest."""

from __future__ import annotations

PerpsAtOpenInterestCapAnswer = tuple[str, ...]
