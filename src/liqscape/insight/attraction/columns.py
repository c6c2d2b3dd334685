"""Names of the columns of trials (docs/data.md, "Scores"), for whoever stores them."""

from __future__ import annotations

DISTANCES = (1, 2, 3, 5)
"""Standard deviations of an hour; the pre-registered family."""
WHOLE_COLUMNS = tuple(f"{name}_{distance}" for name in ("outcome", "past", "end_ms") for distance in DISTANCES)
"""Whole numbers, by distance; always known."""
REAL_COLUMNS = (
    *("mark", "sigma_1h", "funding_rate", "basis", "round_number"),
    *("return_5m", "return_1h", "return_24h", "to_high", "to_low"),
    *(f"{name}_{d}" for name in ("asymmetry", "profile", "jittered", "anchors") for d in DISTANCES),
)
