"""`{"type": "allMids", "dex"}`: mid by coin, USD; the last trade where a side of the book is empty."""

from __future__ import annotations

AllMidsAnswer = dict[str, float]
