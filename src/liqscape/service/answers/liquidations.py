"""Liquidations that were seen, each against the level this map showed before."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from liqscape.errors import QuestionError
from liqscape.service.answers.damage import DamageRow, damage_rows
from liqscape.service.answers.parts import Coins, ProvenanceAnswer, SideNumber, TimeMs, Usd, known
from liqscape.service.paging import MAX_ROWS, VERSION, Place, digest_of, read_cursor, write_cursor
from liqscape.service.questions import check_range, check_side, checked_address, checked_time

if TYPE_CHECKING:
    from liqscape.service.view import MapView
    from liqscape.store.liquidations import StoredLiquidation

DEFAULT_ROWS = 100

Method = Literal["none", "market", "backstop", "deleveraging"]
EvidenceName = Literal["exact", "inferred", "confirmed", "refuted"]


NONE_KEPT = (
    "Snapshots of positions do not tell liquidations: a position that is gone may have been closed by its owner. "
    "A live map and imported fills do."
)


class LiquidationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event: all fills that closed one position of one wallet in one go."""

    address: str
    coin: str
    side: SideNumber
    size: Coins
    price: Annotated[float, msgspec.Meta(description="Average price of the fills, USD for one coin.")]
    notional: Annotated[float, msgspec.Meta(description="Sum of size * price, USD.")]
    mark: Annotated[float | None, msgspec.Meta(description="Mark that triggered it, USD for one coin.")]
    predicted_price: Annotated[float | None, msgspec.Meta(description="Level this map had just before.")]
    method: Method
    evidence: EvidenceName
    fee: Usd | None
    account_value: Annotated[float | None, msgspec.Meta(description="USD left in the margin pool afterwards.")]
    fill_count: int
    first_ms: TimeMs
    last_ms: TimeMs
    trade_ids: list[int]


class LiquidationTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Of all events that fit, also those beyond the limit. Refuted ones are counted apart and in no other figure."""

    count: int
    address_count: int
    long_notional: Usd
    short_notional: Usd
    refuted_count: int


class LiquidationsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. as_of_ms is the time of the newest frame."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    totals: LiquidationTotals
    liquidations: list[LiquidationRow]
    note: Annotated[str | None, msgspec.Meta(description="Why this map can have none; null where it keeps them.")]
    damaged: Annotated[list[DamageRow], msgspec.Meta(description="Files of days asked about that are damaged.")]
    next_cursor: Annotated[
        str | None, msgspec.Meta(description="Asks for older ones, whatever new ones have come; null at the end.")
    ] = None


class _AfterEvent(Place, frozen=True, array_like=True):
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
            liquidations=[_row(each) for each in found.rows],
            note=NONE_KEPT if self._folder is None else None,
            damaged=damage_rows(found.damaged),
            next_cursor=_cursor(digest, found.rows[-1]) if found.has_more else None,
        )


def _cursor(question: bytes, last: StoredLiquidation) -> str:
    return write_cursor(_AfterEvent(VERSION, question, last.first_ms, last.address, last.coin, last.side))


def _row(stored: StoredLiquidation) -> LiquidationRow:
    return LiquidationRow(
        address=stored.address,
        coin=stored.coin,
        side=stored.side,
        size=stored.size,
        price=stored.price,
        notional=stored.notional,
        mark=known(stored.mark),
        predicted_price=known(stored.predicted_price),
        method=stored.method,  # type: ignore[arg-type]
        evidence=stored.evidence,  # type: ignore[arg-type]
        fee=known(stored.fee),
        account_value=known(stored.account_value),
        fill_count=stored.fill_count,
        first_ms=stored.first_ms,
        last_ms=stored.last_ms,
        trade_ids=list(stored.trade_ids),
    )
