"""A reader of the stream in a view, written from docs/api.md without our own code, and what it should hold."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

Rows = dict[tuple[int, int], tuple[float, int]]
"""(size, position_count) by (band, side)."""


def rows_in_view(
    bands: Iterable[tuple[int, int, float, int]], level: int, first: int | None, end: int | None, side: int | None
) -> Rows:
    """Slow twin: base bands (band, side, size, count) summed to a level, row by row, those in view."""
    rows: Rows = {}
    for base, of_side, size, count in bands:
        band = base // 2**level
        if (first is None or band >= first) and (end is None or band < end) and side in (None, of_side):
            held = rows.get((band, of_side), (0.0, 0))
            rows[band, of_side] = (held[0] + size, held[1] + count)
    return rows


@dataclass
class ViewReader:
    """Holds what it was told."""

    rows: Rows = field(default_factory=dict)
    sequence: int | None = None
    frame: dict = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)

    def hear(self, payload: str | bytes) -> dict:
        """Take one message."""
        message = json.loads(payload if isinstance(payload, str) else zlib.decompress(payload))
        self.kinds.append(message["type"])
        if message["type"] == "view":
            self.rows = {}
            columns = message["frame"]["bands"]
            assert message["frame"]["changes"] is None
        elif message["type"] == "changes":
            assert message["since"] == self.sequence
            columns = message["frame"]["changes"]
            assert message["frame"]["bands"] is None
        else:
            return message
        self.sequence, self.frame = message["sequence"], message["frame"]
        for band, side, size, count in zip(
            columns["band"], columns["side"], columns["size"], columns["position_count"], strict=True
        ):
            if size == 0:
                del self.rows[band, side]
            else:
                self.rows[band, side] = (size, count)
        return message
