"""Liquidations that were stored or settled since the last look, for readers of the stream.

Whoever writes them, this process or another one, a day's file is replaced as a whole: a look costs a question to the
folder where nothing changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from liqscape.service.answers.liquidations import LiquidationRow, liquidation_row
from liqscape.service.answers.parts import ProvenanceAnswer, TimeMs
from liqscape.units import DAY_MS

if TYPE_CHECKING:
    from liqscape.store.liquidations import StoredLiquidation

LAST_DAYS = 2
"""Days that are looked at: a liquidation of yesterday may be settled today."""
MAX_ROWS = 5_000
"""Newest that are compared: on the worst days some thousands come in an hour."""

Key = tuple[str, str, int, int]
Settled = tuple[str, str, int, float]
"""What a settled liquidation differs in."""


class LiquidationsMessage(msgspec.Struct, frozen=True, kw_only=True, tag="liquidations", tag_field="type"):
    """Push message: liquidations of a coin that were stored since the last one, or whose evidence has changed."""

    coin: str
    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    liquidations: Annotated[
        list[LiquidationRow],
        msgspec.Meta(description="Oldest first; what price did after each is null here: it is measured later."),
    ]


class LiquidationNews:
    """Looks into one folder. In one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, tuple[int, int]] = {}
        self._known: dict[Key, Settled] | None = None
        self._since_ms = 0
        """Older ones were not among those that are compared."""

    def look(self) -> list[StoredLiquidation]:
        """What is new or changed, oldest first; nothing at the first look. Raises StoreError, SchemaMismatch."""
        from liqscape.store.liquidations import LiquidationFilter, LiquidationReader
        from liqscape.store.liquidations.schema import day_start_ms

        now = dict(self._files())
        if now == self._seen and self._known is not None:
            return []
        self._seen = now
        if not now:
            self._known = {}
            return []
        wanted = LiquidationFilter(from_ms=day_start_ms(min(now)), to_ms=day_start_ms(max(now)) + DAY_MS)
        rows = LiquidationReader(self._folder).find(wanted, MAX_ROWS).rows
        known, since_ms = self._known, self._since_ms
        self._known = {_key(row): _settled(row) for row in rows}
        self._since_ms = rows[-1].first_ms if len(rows) == MAX_ROWS else 0
        if known is None:
            return []
        news = [row for row in rows if row.first_ms >= since_ms and known.get(_key(row)) != _settled(row)]
        return news[::-1]

    def _files(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Days with their file as it is now."""
        from liqscape.store.liquidations.schema import day_path, list_days

        for day in list_days(self._folder)[-LAST_DAYS:]:
            try:
                found = day_path(self._folder, day).stat()
            except OSError:
                continue
            yield day, (found.st_mtime_ns, found.st_size)


def liquidation_messages(
    news: list[StoredLiquidation], provenance: ProvenanceAnswer, as_of_ms: int
) -> list[LiquidationsMessage]:
    """One message a coin."""
    by_coin: dict[str, list[LiquidationRow]] = {}
    for row in news:
        by_coin.setdefault(row.coin, []).append(liquidation_row(row))
    return [
        LiquidationsMessage(coin=coin, provenance=provenance, as_of_ms=as_of_ms, liquidations=rows)
        for coin, rows in by_coin.items()
    ]


def _key(row: StoredLiquidation) -> Key:
    return row.address, row.coin, row.side, row.first_ms


def _settled(row: StoredLiquidation) -> Settled:
    return row.evidence, row.method, row.fill_count, row.size
