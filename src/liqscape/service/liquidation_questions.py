"""Questions about the liquidations that were stored: checks, pages, and the answer in records."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from liqscape.errors import QuestionError
from liqscape.service.answers.damage import damage_rows
from liqscape.service.answers.events import EventAnswer
from liqscape.service.answers.liquidations import (
    LiquidationRow,
    LiquidationsAnswer,
    LiquidationTotals,
    liquidation_row,
)
from liqscape.service.asked_address import checked_address
from liqscape.service.paging import MAX_ROWS, VERSION, CursorPlace, digest_of, read_cursor, write_cursor
from liqscape.service.questions import check_range, check_side, checked_time
from liqscape.service.study_records import of_columns
from liqscape.service.view import MapView

if TYPE_CHECKING:
    from liqscape.store.liquidations import StoredLiquidation

DEFAULT_ROWS = 100
OF_IMPACT = LiquidationRow.__struct_fields__[LiquidationRow.__struct_fields__.index("event_id") :]
"""Fields that a liquidation has of the event that was measured."""

NONE_KEPT = (
    "Snapshots of positions do not tell liquidations: a position that is gone may have been closed by its owner. "
    "A live map and imported fills do."
)


class _AfterEvent(CursorPlace, frozen=True, array_like=True):
    """A page ended with this event: new ones come before it and change nothing of what follows."""

    first_ms: int
    address: str
    coin: str
    side: int


class LiquidationQuestions:
    """Asks the stored events. folder None: this map keeps none, every answer is empty."""

    def __init__(self, view: MapView, folder: Path | None) -> None:
        self._view = view
        self._folder = folder

    @property
    def folder(self) -> Path | None:
        """Where events are kept."""
        return self._folder

    def ask(
        self,
        *,
        coin: str | None = None,
        address: str | None = None,
        side: int | None = None,
        method: str | None = None,
        evidence: str | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        min_notional: float = 0.0,
        limit: int = DEFAULT_ROWS,
        cursor: str | None = None,
    ) -> LiquidationsAnswer:
        """Events that began in [start, end). Raises NotFound for a coin not in this map, QuestionError for bounds."""
        from liqscape.store.liquidations import (
            After,
            FoundLiquidations,
            LiquidationFilter,
            LiquidationReader,
            LiquidationSums,
        )

        if coin is not None:
            self._view.check_coin(coin)
        check_side(side)
        if start_ms is not None and end_ms is not None:
            check_range(start_ms, end_ms)
        if not 1 <= limit <= MAX_ROWS:
            raise QuestionError(f"limit {limit} is outside 1 to {MAX_ROWS}")
        if not 0.0 <= min_notional < math.inf:
            raise QuestionError(f"min_notional {min_notional} is not a number of USD from 0 on")
        wanted = LiquidationFilter(
            coin=coin,
            address=None if address is None else checked_address(address),
            side=side,
            method=method,
            evidence=evidence,
            from_ms=checked_time(start_ms),
            to_ms=checked_time(end_ms),
            min_notional=min_notional,
        )
        digest, after = digest_of(wanted), None
        if cursor is not None:
            place = read_cursor(cursor, digest, _AfterEvent)
            after = After(place.first_ms, place.address, place.coin, place.side)
        found = FoundLiquidations(
            [], LiquidationSums(count=0, address_count=0, long_notional=0.0, short_notional=0.0, refuted_count=0)
        )
        if self._folder is not None:
            found = LiquidationReader(self._folder).find(wanted, limit, after)
        standing, sums = self._view.status(), found.sums
        return LiquidationsAnswer(
            provenance=standing.provenance,
            as_of_ms=standing.as_of_ms,
            totals=LiquidationTotals(
                count=sums.count,
                address_count=sums.address_count,
                long_notional=sums.long_notional,
                short_notional=sums.short_notional,
                refuted_count=sums.refuted_count,
            ),
            liquidations=with_impact([liquidation_row(each) for each in found.rows], self._view),
            note=NONE_KEPT if self._folder is None else None,
            damaged=damage_rows(found.damaged),
            next_cursor=_cursor(digest, found.rows[-1]) if found.has_more else None,
        )


def with_impact(rows: list[LiquidationRow], view: MapView) -> list[LiquidationRow]:
    """The same with what price did after each, where that was measured."""
    if not rows:
        return rows
    times = [row.first_fill_ms for row in rows]
    coins = {row.coin for row in rows}
    coin = coins.pop() if len(coins) == 1 else None
    measured = view.studied.rows("liquidation_events", coin, min(times), max(times) + 1)
    events = {
        (event.address, event.coin, event.side, event.first_fill_ms): event
        for event in of_columns(measured, EventAnswer)
    }
    found = []
    for row in rows:
        event = events.get((row.address, row.coin, row.side, row.first_fill_ms))
        known = {} if event is None else {name: getattr(event, name) for name in OF_IMPACT}
        found.append(msgspec.structs.replace(row, **known))
    return found


def _cursor(question: bytes, last: StoredLiquidation) -> str:
    return write_cursor(_AfterEvent(VERSION, question, last.first_ms, last.address, last.coin, last.side))
