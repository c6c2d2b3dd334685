"""Resting orders by plain loops, written from docs/heatmap.md: which book a column shows, and what is in each cell."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

Level = tuple[float, float]
"""price, size."""
Book = tuple[Sequence[Level], Sequence[Level]]
"""bids, asks."""
BASE = 0.0005


def band_of(price: float, level: int) -> int:
    band = math.floor(math.log(price) / math.log1p(BASE))
    while math.exp((band + 1) * math.log1p(BASE)) <= price:
        band += 1
    while math.exp(band * math.log1p(BASE)) > price:
        band -= 1
    return band // 2**level


def book_shown(books: Mapping[int, Book], begin_ms: int, end_ms: int, hold_ms: int) -> int | None:
    """Time of the last book before a column's end, unless it is older than the column by more than a sampling span."""
    shown = None
    for time_ms in sorted(books):
        if time_ms < end_ms:
            shown = time_ms
    return None if shown is None or shown < begin_ms - hold_ms else shown


def cells_of(book: Book, level: int, first_band: int, rows: int) -> tuple[dict[int, float], dict[int, float]]:
    """USD by row of both sides."""
    sides = []
    for levels in book:
        cells: dict[int, float] = defaultdict(float)
        for price, size in levels:
            row = band_of(price, level) - first_band
            if 0 <= row < rows:
                cells[row] += price * size
        sides.append(dict(cells))
    return sides[0], sides[1]


def densities(books: Mapping[int, Book]) -> list[float]:
    """Cells of 0.1 % of price of the last book in each quarter of an hour."""
    last: dict[int, int] = {}
    for time_ms in sorted(books):
        last[time_ms // 900_000] = time_ms
    found = []
    for time_ms in last.values():
        for levels in books[time_ms]:
            cells: dict[int, float] = defaultdict(float)
            for price, size in levels:
                cells[band_of(price, 1)] += price * size
            found += (usd * 0.001 / (2 * math.log1p(BASE)) for usd in cells.values())
    return found


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]
