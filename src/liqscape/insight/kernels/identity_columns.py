"""Columns of what identity keeps from frame to frame, and places of its rules."""

from __future__ import annotations

(
    BORN_MS,
    BORN_BAND,
    BORN_AT,
    SEEN_AT,
    IS_STANDING,
    HITS,
    LOW,
    HIGH,
    PEAK,
    FOUND_AT,
    GAPS_MISSED,
    PARENT_MS,
    PARENT_BAND,
    IS_FOUND,
    IS_BORN_NOW,
    SHOWN_LOW,
    SHOWN_HIGH,
    FIRST_ROW,
    LAST_ROW,
    OLDEST,
    HEIR_MS,
    HEIR_BAND,
    CLUSTER_COLUMNS,
) = range(23)
"""Columns of a cluster. `_AT` is observed time; LOW and HIGH its span where it was last found, SHOWN_ now."""
FOUND_SIZE, SIZE, FIGURE_COLUMNS = 0, 1, 7
"""Columns of its figures: coins where it was last found, coins now, mean residence, shares held so long."""
(
    REACH,
    PROMINENCE_KEPT,
    PROMINENCE_BORN,
    SHARE_KEPT,
    SHARE_BORN,
    NEAR_BANDS,
    EDGE_KEPT,
    EDGE_NEW,
    PAD_BANDS,
    SAME_SHARE,
    PARENT_SHARE,
    HITS_NEEDED,
    HITS_OF_LAST,
    MEMORY_MS,
    MAX_GAPS_MISSED,
) = range(15)
"""Places of the rules (`identity/rules.py`)."""
NONE = -1
